"""Today and the outbox in a browser: checks 17 and 25 of ux.md on the pages that they are about."""

from __future__ import annotations

import re
from typing import Literal

from playwright.sync_api import Page, expect

from scheduler.domain.delivery.reminders import Status
from scheduler.domain.people.todos import Todo, TodoKind
from scheduler.storage.outbox import Wanted
from tests.builders import stored
from tests.pages.willow import Willow
from tests.pages.windows import Enter
from tests.services.put import put
from tests.services.todo_lists import need

PHONE = (390, 844)
ROLES: tuple[Literal["button", "link"], ...] = ("button", "link")
CODES = {
    "30003": ("The phone was off or had no signal.", "Send again"),
    "30005": ("This number is not in use.", "Check number and email"),
    "30006": ("This is a landline. It cannot get texts.", "Check number and email"),
    "21610": ("The patient sent STOP.", "Open Leah P"),
    "99999": ("Not delivered. The network gave no reason.", "Send again"),
}
FAILED = "/outbox?state=not-delivered&days=any&session="


def fail(willow: Willow) -> str:
    """The address of Leah's messages of today, some of which did not arrive, each for another reason."""
    session = willow.seeds.sessions["Leah"]
    records = stored(willow.database, willow.seeds.clinic, Wanted(session_id=session))
    for record, code in zip(records, CODES, strict=False):
        put(willow.database, record.id, Status.UNDELIVERED, f"undelivered {code}", at=willow.clock.now)
    return f"{FAILED}{session}"


def test_check_17_failed_texts_show_reason_advice_and_action(willow: Willow, enter: Enter) -> None:
    page = enter(willow)
    page.goto(fail(willow))

    expect(page.get_by_role("heading", level=1)).to_have_text("Outbox: 5 not delivered")
    rows = page.get_by_role("row").filter(has_text="What to do:")
    expect(rows).to_have_count(len(CODES))
    for why, action in CODES.values():
        row = rows.filter(has_text=why)
        button, link = (row.get_by_role(role, name=action) for role in ROLES)
        expect(button.or_(link)).to_be_visible()
    said = page.locator("#main").inner_text()
    assert not [code for code in CODES if code in said]


def test_check_17_a_raw_code_is_in_the_technical_details_alone(willow: Willow, enter: Enter) -> None:
    page = enter(willow)
    page.goto("/outbox?state=not-delivered")
    row = page.get_by_role("row").filter(has_text="Grace B").first
    assert "30005" not in row.inner_text()

    row.get_by_text("Technical details").click()

    expect(row.get_by_text("code 30005")).to_be_visible()


def test_check_17_a_failed_text_is_sent_again_or_marked_as_told_from_the_list(willow: Willow, enter: Enter) -> None:
    page = enter(willow)
    address = fail(willow)
    page.goto(address)
    unreached = page.get_by_role("row").filter(has_text="The phone was off")

    unreached.get_by_role("button", name="Send again").click()
    expect(page.get_by_role("button", name="Stop").first).to_be_visible()
    page.goto(address)
    lost = page.get_by_role("row").filter(has_text="This number is not in use.")
    lost.get_by_text("Mark as told").first.click()
    lost.get_by_label("What came of it").fill("Told her at the desk.")
    lost.get_by_role("button", name="Mark as told").click()

    expect(page.get_by_role("status").filter(has_text="Noted: the patient knows.")).to_be_visible()
    page.goto("/today")
    told = page.locator("#board li", has_text="Leah P").filter(has_text="This number is not in use.")
    expect(told).to_have_count(0)


def test_on_a_phone_messages_are_cards_and_nothing_scrolls_sideways(willow: Willow, enter: Enter) -> None:
    page = enter(willow, size=PHONE)
    for address in (fail(willow), "/today", "/outbox"):
        page.goto(address)

        assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    page.goto(fail(willow))
    cell = page.get_by_role("cell").first
    assert cell.evaluate("one => getComputedStyle(one, '::before').content") == '"When: "'


def today(willow: Willow, enter: Enter) -> Page:
    """Today, whose clock the test moves."""
    todo = Todo(kind=TodoKind.MAYBE_NOT_ARRIVED, details={"rule": "check"}, patient_id=willow.seeds.patients["Leah"])
    need(willow.database, willow.seeds.clinic, todo)
    page = enter(willow)
    page.clock.install()
    page.goto("/today")
    page.clock.run_for(1000)
    page.evaluate("""() => {
        window.spoken = [];
        const status = document.getElementById("status");
        new MutationObserver(() => status.innerText.trim() && window.spoken.push(status.innerText.trim())).observe(
            status, {childList: true, subtree: true, characterData: true});
    }""")
    return page


def let_polls_pass(page: Page, count: int) -> None:
    for _ in range(count):
        with page.expect_response("**/today/board*"):
            page.clock.run_for(21_000)


def test_check_25_todays_board_keeps_open_details_and_says_nothing_without_news(willow: Willow, enter: Enter) -> None:
    page = today(willow, enter)
    todo = page.locator("#needs ~ ul > li", has_text="Leah P").first
    todo.get_by_text("Done").first.click()
    page.locator("#main").focus()

    let_polls_pass(page, 3)

    expect(todo.get_by_label("What came of it")).to_be_visible()
    assert page.evaluate("() => window.spoken") == []


def test_check_25_a_note_that_is_being_typed_is_left_alone(willow: Willow, enter: Enter) -> None:
    page = today(willow, enter)
    todo = page.locator("#needs ~ ul > li", has_text="Leah P").first
    todo.get_by_text("Done").first.click()
    note = todo.get_by_label("What came of it")
    note.fill("Called her")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.clock.run_for(65_000)

    expect(note).to_be_focused()
    expect(note).to_have_value("Called her")
    assert asked == []


def test_check_25_today_speaks_when_more_needs_somebody_and_not_when_less_does(willow: Willow, enter: Enter) -> None:
    page = today(willow, enter)
    before = int(re.findall(r"\d+", page.get_by_role("heading", name="Needs you now").inner_text())[0])

    fail(willow)
    let_polls_pass(page, 2)

    expect(page.get_by_role("heading", name="Needs you now")).to_have_text(f"Needs you now ({before + 5})")
    assert set(page.evaluate("() => window.spoken")) == {f"More needs you now: {before + 5} in all."}


def test_today_says_since_when_it_could_not_be_brought_up_to_date(willow: Willow, enter: Enter) -> None:
    page = today(willow, enter)
    page.context.set_offline(True)

    page.clock.run_for(21_000)

    expect(page.get_by_text("This page is not up to date.")).to_be_visible()
    expect(page.get_by_text("Up to date as of 3:30pm.")).to_be_visible()


def test_filters_work_without_script_and_stay_in_the_address(willow: Willow, enter: Enter) -> None:
    page = enter(willow, script=False)
    page.goto("/outbox")

    page.get_by_label("State", exact=True).select_option("not-delivered")
    page.get_by_label("Number or name").fill("bell")
    page.get_by_role("button", name="Search").click()

    assert "state=not-delivered" in page.url
    assert "who=bell" in page.url
    expect(page.get_by_role("row").filter(has_text="Grace B").first).to_be_visible()
