"""The demo in a browser: a newcomer sees the whole loop, with nothing but what stands on its pages."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from scheduler.bootstrap.demo import Demo, build_demo_app, open_demo
from scheduler.settings import Settings
from tests.pages.axe import load_axe, violations
from tests.pages.served import served
from tests.pages.windows import TIMEOUT, Theme


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo for all tests of this module, in which time passes."""
    with open_demo(Settings(), tmp_path_factory.mktemp("demo")) as demo:
        demo.engine.start()
        yield demo
        demo.engine.stop()


@pytest.fixture(scope="module")
def address(demo: Demo) -> Iterator[str]:
    with served(build_demo_app(demo)) as address:
        yield address


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    context = chromium.new_context(base_url=address, locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(TIMEOUT)
    yield context.new_page()
    context.close()


def test_a_newcomer_registers_moves_the_clock_reads_the_text_and_sees_why(page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))

    page.goto("/demo")
    page.get_by_role("button", name="Sign in as Tom Nair, and register").click()
    page.get_by_label("Mobile number or name").fill("Amira")
    page.get_by_role("button", name="Use last settings").click()
    page.get_by_role("button", name="Save and start texts").click()
    page.wait_for_url(re.compile("/sessions/"))
    bar = page.get_by_role("complementary", name="Demo")
    expect(bar).to_contain_text("Wednesday 4 March at 10:3")
    bar.get_by_role("link", name="Phone and clock").click()
    page.get_by_role("button", name="Amira’s next message").click()

    phone = page.get_by_role("region", name="Messages on this phone")
    expect(phone.get_by_role("listitem").last).to_contain_text("Willow Skin: Today use only what we gave you")
    expect(page.get_by_role("heading", name="Move the clock")).to_contain_text("Done")
    expect(bar).to_contain_text("Wednesday 4 March at 11:3")
    page.get_by_role("link", name="See why").click()
    told = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Your care today"))
    told.get_by_text("Why was this sent?").click()
    expect(told).to_contain_text("rule start")
    assert said == []


def test_a_text_that_comes_while_the_page_is_open_appears_on_the_phone_by_itself(page: Page, demo: Demo) -> None:
    page.goto("/demo")
    page.get_by_label("Whose phone").select_option("Dana Reyes")
    page.get_by_role("button", name="Show").click()
    phone = page.get_by_role("region", name="Messages on this phone")
    before = phone.get_by_role("listitem").count()

    demo.engine.move_to(demo.clock().replace(day=5, hour=12, minute=0))

    expect(phone.get_by_role("listitem")).to_have_count(before + 1)
    expect(page.locator("#demo-clock")).to_contain_text(re.compile("Thursday 5 March at (midday|12:)"))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 820, 1180])
def test_the_demos_page_has_no_barrier_and_no_sideways_scrolling(page: Page, theme: Theme, width: int) -> None:
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 820})
    page.goto("/demo")
    load_axe(page)

    assert violations(page) == {}
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
