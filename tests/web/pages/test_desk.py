from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.domain.people.roles import Role
from scheduler.services import clinics
from scheduler.services.signing_in import IDLE
from scheduler.storage.sign_ins import find
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import BY, a_clinic
from tests.web.pages.desk_client import COOKIE, Browser, a_browser

OTHER_SITE = [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}]


@pytest.mark.parametrize("path", ["/gallery", "/gallery?q=a%20b&x=1"])
def test_who_is_not_signed_in_is_sent_to_sign_in_and_back(browser: Browser, path: str) -> None:
    browser.client.cookies.clear()

    answer = browser.get(path)

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=/gallery")
    assert ("q%3Da%2520b%26x%3D1" in answer.headers["location"]) == ("?" in path)


def test_the_bare_address_leads_to_today(browser: Browser) -> None:
    answer = browser.get("/")

    assert (answer.status_code, answer.headers["location"]) == (303, "/today")


def test_a_sign_in_that_nobody_used_for_hours_has_ended(browser: Browser) -> None:
    browser.clock.now += IDLE

    assert browser.get("/gallery").status_code == 303


def test_a_page_that_looks_for_news_by_itself_keeps_nobody_signed_in(browser: Browser) -> None:
    browser.clock.now += IDLE / 2
    polled = browser.get("/gallery/board", headers={"Desk-Poll": "true"})
    browser.clock.now += IDLE / 2

    assert polled.status_code == 200
    assert browser.get("/gallery").status_code == 303


def test_a_page_that_somebody_opens_keeps_them_signed_in(browser: Browser) -> None:
    browser.clock.now += IDLE / 2
    browser.get("/gallery")
    browser.clock.now += IDLE / 2

    assert browser.get("/gallery").status_code == 200


def test_a_page_says_who_is_at_the_desk_of_which_clinic(browser: Browser) -> None:
    page = browser.as_role(Role.FRONT_DESK).get("/gallery").text

    assert "Willow Skin" in page
    assert "Sam Reed (front desk)" in page
    assert "Times are clinic time (London)." in page
    assert "<title>Gallery – Willow Skin</title>" in page


def test_a_page_says_that_the_clinic_is_in_trial_or_paused(browser: Browser) -> None:
    in_trial = browser.get("/gallery").text
    with browser.database.write(browser.clinic.id) as db:
        clinics.go_live(db, signed_by="Dr Osei", by=BY, now=browser.clock.now)
    live = browser.get("/gallery").text

    assert "Trial mode." in in_trial
    assert "Trial mode." not in live
    assert "Everything is paused." not in live


def test_a_form_of_a_page_is_taken(browser: Browser) -> None:
    assert browser.post("/gallery/save", {"name": "Amira"}).status_code == 303


def test_a_form_without_the_sign_ins_token_does_nothing(browser: Browser) -> None:
    bare = browser.client.post("/gallery/save", data={"name": "Amira"})
    wrong = browser.client.post("/gallery/save", data={"name": "Amira", "_csrf": "x" * 64, "_from": "x.y./gallery"})

    assert (bare.status_code, wrong.status_code) == (403, 403)
    assert "location" not in bare.headers


@pytest.mark.parametrize("headers", OTHER_SITE)
def test_a_form_of_another_site_does_nothing_even_with_the_token(browser: Browser, headers: dict[str, str]) -> None:
    fields = {"name": "Amira", "_csrf": browser.sign_in.csrf}

    assert browser.client.post("/gallery/save", data=fields, headers=headers).status_code == 403


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://testserver"}, {}])
def test_a_form_of_this_site_is_known_by_what_the_browser_says(browser: Browser, headers: dict[str, str]) -> None:
    fields = {"name": "Amira", "_csrf": browser.sign_in.csrf}

    assert browser.client.post("/gallery/save", data=fields, headers=headers).status_code == 303


def test_the_token_may_come_as_a_header(browser: Browser) -> None:
    headers = {"X-CSRF": browser.sign_in.csrf}

    assert browser.client.post("/gallery/save", data={"name": "Amira"}, headers=headers).status_code == 303


@pytest.mark.parametrize("headers", [*OTHER_SITE, {}])
def test_an_open_form_must_come_from_here(browser: Browser, headers: dict[str, str]) -> None:
    assert browser.client.post("/gallery-open", data={"password": "x"}, headers=headers).status_code == 403


def test_an_open_form_shows_what_is_wrong_but_never_a_password(browser: Browser) -> None:
    answer = browser.client.post("/gallery-open", data={"password": "secret"}, headers={"Origin": "http://testserver"})

    assert answer.status_code == 422
    assert "Write your password." in answer.text
    assert "secret" not in answer.text


def test_a_role_that_may_not_is_told_whom_to_ask(browser: Browser) -> None:
    desk, treatment = browser.as_role(Role.FRONT_DESK), browser

    refused = desk.post("/gallery/skip")

    assert treatment.post("/gallery/skip").status_code == 303
    assert refused.status_code == 403
    assert "Ask somebody who treats, or an approver." in refused.text


def test_a_page_of_htmx_is_sent_to_sign_in_as_a_whole(browser: Browser) -> None:
    browser.client.cookies.clear()

    answer = browser.get("/gallery/board", headers={"HX-Request": "true", "HX-Request-Type": "partial"})

    assert answer.status_code == 204
    assert answer.headers["hx-redirect"] == "/sign-in?next=/gallery/board"


def test_somebody_sees_their_own_clinic_and_no_other(browser: Browser) -> None:
    other = a_browser(browser.database, a_clinic(browser.database, name="Fern"), app=browser.app)

    assert "Fern" in other.get("/gallery").text
    assert "Fern" not in browser.get("/gallery").text


def test_the_cookie_is_kept_from_scripts_other_sites_and_plain_http(browser: Browser) -> None:
    answer = browser.client.post(
        "https://testserver/gallery/save",
        data={"name": "Amira", "_csrf": browser.sign_in.csrf},
        headers={"Cookie": f"__Host-{COOKIE}={browser.client.cookies[COOKIE]}"},
    )

    assert answer.status_code == 303
    assert answer.headers["set-cookie"].startswith("__Host-aftercare-flash=")
    assert answer.headers["set-cookie"].endswith("; HttpOnly; Max-Age=60; Path=/; SameSite=lax; Secure")


def test_a_use_is_noted_at_most_once_a_minute(browser: Browser) -> None:
    secret = browser.client.cookies[COOKIE]
    browser.clock.now += timedelta(seconds=59)

    browser.get("/gallery")

    with browser.database.read(ALL_CLINICS) as db:
        found = find(db, secret, now=browser.clock.now, idle=IDLE)
    assert found
    assert found.used_at == browser.clock.now - timedelta(seconds=59)
