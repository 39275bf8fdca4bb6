from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.pages.willow import Willow
from tests.pages.windows import Enter
from tests.people import PASSWORD, PIN


def sign_in(page: Page, email: str) -> None:
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_two_people_share_a_tablet(willow: Willow, enter: Enter, *, script: bool) -> None:
    page = enter(willow, None, script=script)
    page.goto("/account")
    sign_in(page, "front_desk@willow.example")
    expect(page).to_have_url(f"{willow.address}/account")
    if script:
        assert page.evaluate("document.cookie") == ""  # out of reach of scripts
    page.goto("/sign-in?way=password&next=/account")
    sign_in(page, "treatment@willow.example")
    expect(page.get_by_role("link", name="Priya Kaur (treatment)")).to_be_visible()

    page.get_by_role("link", name="Switch").click()
    page.get_by_label("Sam Reed").check()
    page.get_by_label("Your PIN").fill(PIN)
    page.keyboard.press("Enter")

    expect(page).to_have_url(f"{willow.address}/account")  # the page they came from
    expect(page.get_by_role("link", name="Sam Reed (front desk)")).to_be_visible()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("heading", name="Who are you?")).to_be_visible()


def test_an_error_of_signing_in_has_the_focus_and_leads_to_its_field(willow: Willow, enter: Enter) -> None:
    page = enter(willow, None)
    page.goto("/sign-in")
    page.get_by_label("Email address").fill("front_desk@willow.example")
    page.get_by_role("button", name="Sign in").click()

    expect(page).to_have_title("Error: Sign in – Aftercare Scheduler")
    expect(page.locator("#errors")).to_be_focused()
    page.get_by_role("link", name="Write your password.").click()
    expect(page.get_by_label("Password")).to_be_focused()
    expect(page.get_by_label("Email address")).to_have_value("front_desk@willow.example")
