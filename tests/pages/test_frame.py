"""The frame of every page in a browser: nothing of it from elsewhere, errors, undo, a form over a sign-in."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from scheduler.domain.people.roles import Role
from scheduler.services.signing_in import IDLE
from tests.pages.willow import Willow
from tests.pages.windows import Enter
from tests.people import PIN


def test_a_page_runs_under_its_own_policy_and_asks_nobody_else(willow: Willow, enter: Enter) -> None:
    page = enter(willow)
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))

    page.goto("/gallery")
    page.wait_for_function("() => window.htmx && document.styleSheets.length === 1")

    assert said == []
    assert [url for url in asked if not url.startswith(willow.address)] == []


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_check_5_errors_follow_the_pattern(willow: Willow, enter: Enter, *, script: bool) -> None:
    page = enter(willow, script=script)
    page.goto("/gallery")
    page.get_by_label("Name").fill(" ")
    page.get_by_label("Note").fill("kept")

    page.get_by_role("button", name="Save and start texts").click()

    expect(page).to_have_title(re.compile("^Error: "))
    summary = page.get_by_role("alert").filter(has_text="There is a problem")
    expect(summary).to_be_focused()
    expect(page.get_by_label("Note")).to_have_value("kept")
    for link, label in zip(summary.get_by_role("link").all(), ("Name", "Mobile number"), strict=True):
        field = page.get_by_label(label)
        link.click()
        expect(field).to_be_focused()
        expect(field).to_have_attribute("aria-invalid", "true")
        described = page.locator(f"#{field.get_attribute('id')}-error")
        assert described.inner_text().removeprefix("Error:").strip() == link.inner_text()


def test_what_was_done_is_said_and_can_be_undone(willow: Willow, enter: Enter) -> None:
    page = enter(willow)
    page.goto("/gallery")

    page.get_by_label("Name").fill("Zoë")
    page.get_by_role("button", name="Save and start texts").click()

    status = page.get_by_role("status").filter(has_text="Saved Zoë.")
    expect(status).to_be_visible()
    status.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This can't be done now")


def test_a_half_filled_form_survives_a_sign_in_that_ended(willow: Willow, enter: Enter) -> None:
    page = enter(willow)
    page.goto("/gallery")
    page.get_by_label("Name").fill("Zoë")
    willow.clock.now += IDLE

    page.get_by_role("button", name="Save and start texts").click()
    expect(page.get_by_text("What you typed is kept.")).to_be_visible()
    page.get_by_label("Your PIN").fill(PIN)
    page.get_by_role("button", name="Carry on").click()

    expect(page.get_by_label("Name")).to_have_value("Zoë")
    expect(page.get_by_role("status").filter(has_text="What you typed is still here")).to_be_visible()


def test_a_lost_connection_keeps_the_form_and_sends_it_once_it_is_back(willow: Willow, enter: Enter) -> None:
    page = enter(willow)
    page.goto("/gallery")
    page.get_by_label("Name").fill("Zoë")
    page.context.set_offline(True)

    page.get_by_role("button", name="Save and start texts").click()
    expect(page.get_by_text("Not saved: no connection.")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Zoë")
    page.context.set_offline(False)

    expect(page.get_by_text("Saved Zoë.")).to_be_visible()


def test_a_fault_while_saving_takes_the_place_of_the_page(willow: Willow, enter: Enter) -> None:
    page = enter(willow, Role.FRONT_DESK)
    page.goto("/gallery")

    page.get_by_role("button", name="Skip the text").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("You can't do this")
    expect(page.get_by_text("Ask somebody who treats, or an approver.")).to_be_visible()


def test_a_page_works_on_postgresql(postgresql_willow: Willow, enter: Enter) -> None:
    page = enter(postgresql_willow, None)

    page.goto("/nowhere")

    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
