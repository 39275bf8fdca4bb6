"""Check 25: what a page fetches by itself disturbs nobody."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.pages.willow import Willow
from tests.pages.windows import Enter
from tests.web.pages.gallery import Counted

HIDE = """() => {
    Object.defineProperty(document, "hidden", {value: true, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""
SHOW = """() => {
    Object.defineProperty(document, "hidden", {value: false, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def opened(willow: Willow, enter: Enter) -> tuple[Page, Counted]:
    """The gallery, whose board asks each second of a clock that the test moves, and how often it did."""
    page = enter(willow)
    page.clock.install()
    page.goto("/gallery")
    expect(page.locator("#board .num")).to_have_text("0")
    page.clock.run_for(1000)
    return page, willow.app.state.board


def let_polls_pass(page: Page, count: int) -> None:
    for _ in range(count):
        with page.expect_response("**/gallery/board"):
            page.clock.run_for(1100)


def test_check_25_open_details_stay_open(willow: Willow, enter: Enter) -> None:
    page, board = opened(willow, enter)
    page.get_by_text("Why?", exact=True).click()
    page.get_by_label("Name").focus()

    let_polls_pass(page, 3)

    expect(page.locator("#board .num")).to_have_text(str(board.asked))
    expect(page.get_by_text("Since it is due.")).to_be_visible()


def test_check_25_focus_and_caret_stay(willow: Willow, enter: Enter) -> None:
    page, board = opened(willow, enter)
    look = page.get_by_label("Look for")
    look.fill("amira")
    look.press("ArrowLeft")
    before = board.asked

    page.clock.run_for(5000)

    expect(look).to_be_focused()
    expect(look).to_have_value("amira")
    assert look.evaluate("one => one.selectionStart") == 4
    assert board.asked <= before + 1  # one may have been on its way


def test_check_25_nothing_is_asked_while_nobody_can_see_it(willow: Willow, enter: Enter) -> None:
    page, board = opened(willow, enter)
    let_polls_pass(page, 1)
    page.evaluate(HIDE)
    before = board.asked

    page.clock.run_for(60_000)
    while_hidden = board.asked
    with page.expect_response("**/gallery/board"):
        page.evaluate(SHOW)

    assert while_hidden == before


def test_check_25_a_finished_page_asks_no_more(willow: Willow, enter: Enter) -> None:
    page, board = opened(willow, enter)
    board.ends_after = board.asked + 1
    let_polls_pass(page, 1)
    expect(page.locator("[data-poll]")).to_have_count(0)
    before = board.asked

    page.clock.run_for(10_000)

    assert board.asked == before


def test_check_25_the_status_region_speaks_only_of_changes(willow: Willow, enter: Enter) -> None:
    page, _ = opened(willow, enter)
    page.evaluate("""() => {
        window.spoken = 0;
        new MutationObserver(() => window.spoken++).observe(
            document.getElementById("status"), {childList: true, subtree: true, characterData: true});
    }""")

    let_polls_pass(page, 3)

    assert page.evaluate("() => window.spoken") == 0


def test_a_page_that_cannot_look_for_news_says_so_until_it_can(willow: Willow, enter: Enter) -> None:
    page, _ = opened(willow, enter)
    page.context.set_offline(True)
    page.clock.run_for(2000)
    expect(page.get_by_text("This page is not up to date.")).to_be_visible()
    page.context.set_offline(False)

    let_polls_pass(page, 1)

    expect(page.get_by_text("This page is not up to date.")).to_be_hidden()
