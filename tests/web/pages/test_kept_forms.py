from __future__ import annotations

import pytest

from scheduler.domain.people.roles import Role
from scheduler.services.signing_in import IDLE
from scheduler.web.pages.kept_forms import safe_page
from tests.builders import a_clinic
from tests.web.pages.desk_client import COOKIE, Browser, a_browser

TYPED: dict[str, str | list[str]] = {"name": "Zoë", "note": "one\ntwo", "areas": ["neck"], "_key": "k-1"}
STILL_HERE = "What you typed is still here"


def sign_in_again(browser: Browser, other: Browser) -> None:
    """Let the browser carry the sign-in of another one."""
    browser.client.cookies.set(COOKIE, other.client.cookies[COOKIE])


def expired(browser: Browser) -> None:
    browser.clock.now += IDLE


def test_what_was_typed_survives_signing_in(browser: Browser) -> None:
    expired(browser)
    answer = browser.post("/gallery/save", TYPED, page="/gallery")
    sign_in_again(browser, browser.as_role(Role.FRONT_DESK))

    shown, again = browser.get("/gallery"), browser.get("/gallery")

    assert answer.headers["location"] == "/sign-in?next=/gallery"
    assert STILL_HERE in shown.text
    assert 'value="Zoë"' in shown.text
    assert "\none\ntwo</textarea>" in shown.text
    assert 'value="neck" checked' in shown.text
    assert 'value="face" checked' not in shown.text
    assert 'value="k-1"' in shown.text  # sent twice, it is still one
    assert STILL_HERE not in again.text
    assert 'value="Amira"' in again.text


def test_only_the_page_on_which_the_form_stood_shows_it(browser: Browser) -> None:
    expired(browser)
    browser.post("/gallery/save", TYPED, page="/today?x=1")
    sign_in_again(browser, browser.as_role(Role.FRONT_DESK))

    assert STILL_HERE not in browser.get("/gallery").text


def test_the_sign_in_page_knows_that_a_form_waits(browser: Browser) -> None:
    before = browser.get("/gallery-open").text
    expired(browser)
    browser.post("/gallery/save", TYPED, page="/gallery")

    assert "Kept." not in before
    assert "Kept." in browser.get("/gallery-open").text


def test_a_form_of_an_older_sign_in_is_shown_again_and_not_lost(browser: Browser) -> None:
    answer = browser.post("/gallery/save", {**TYPED, "_csrf": "of the sign-in before"}, page="/gallery")

    assert (answer.status_code, answer.headers["location"]) == (303, "/gallery")
    assert 'value="Zoë"' in browser.get("/gallery").text


def test_another_clinics_people_do_not_see_it(browser: Browser) -> None:
    expired(browser)
    browser.post("/gallery/save", TYPED, page="/gallery")
    clinic = a_clinic(browser.database, name="Fern")
    sign_in_again(browser, a_browser(browser.database, clinic, clock=browser.clock, app=browser.app))

    assert "Zoë" not in browser.get("/gallery").text


@pytest.mark.parametrize("fields", [{}, {"_from": "x"}, {"_from": "00.11./gallery"}])
def test_what_no_page_of_ours_sent_is_not_kept(browser: Browser, fields: dict[str, str]) -> None:
    browser.client.cookies.clear()

    answer = browser.client.post("/gallery/save", data={"name": "Zoë", **fields})

    assert answer.headers["location"] == "/sign-in?next=/"
    assert "set-cookie" not in answer.headers


def test_what_another_site_sent_is_not_kept(browser: Browser) -> None:
    expired(browser)
    browser.client.headers["Origin"] = "https://evil.example"

    answer = browser.post("/gallery/save", TYPED, page="/gallery")

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_passwords_are_never_kept(browser: Browser) -> None:
    expired(browser)
    answer = browser.post("/gallery/save", {**TYPED, "password": "otters", "new_pin": "739150"}, page="/gallery")
    sign_in_again(browser, browser.as_role(Role.FRONT_DESK))

    page = browser.get("/gallery").text

    assert "Zoë" not in answer.headers["set-cookie"]
    assert 'value="Zoë"' in page
    assert "otters" not in page


def test_what_is_too_long_to_keep_is_said_to_be(browser: Browser) -> None:
    expired(browser)
    long = "".join(chr(0x4E00 + (i * 7919) % 20000) for i in range(5000))
    answer = browser.post("/gallery/save", {"name": "Zoë", "note": long}, page="/gallery")
    sign_in_again(browser, browser.as_role(Role.FRONT_DESK))

    page = browser.get("/gallery").text

    assert len(answer.headers["set-cookie"]) < 4096
    assert "too long to keep" in page
    assert 'value="Amira"' in page


@pytest.mark.parametrize("cookie", ["", "x", "AAAA", "é"])
def test_a_cookie_that_was_not_made_here_says_nothing(browser: Browser, cookie: str) -> None:
    sent = f"{COOKIE}={browser.client.cookies[COOKIE]}; aftercare-kept={cookie}; aftercare-flash={cookie}"

    answer = browser.client.get("/gallery", headers={b"Cookie": sent.encode()})

    assert answer.status_code == 200
    assert STILL_HERE not in answer.text


@pytest.mark.parametrize(
    "address", ["//evil.example", "/\\evil.example", "https://evil.example", "today", "", "/a b", "/\n"]
)
def test_nobody_is_sent_elsewhere_by_a_link(address: str) -> None:
    assert safe_page(address) == "/"
    assert safe_page("/sessions/1?page=2") == "/sessions/1?page=2"
