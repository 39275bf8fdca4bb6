from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.domain.people.roles import Role
from scheduler.storage.database import Database
from tests.builders import ENDED_AT, NOW, a_clinic, a_session, register, stored_rows
from tests.web.pages.desk_client import Browser, a_browser
from tests.web.pages.register_desk import (
    AMIRA,
    BEA,
    DAY,
    NEEDLING,
    SAVE,
    at_willow,
    opened,
    press,
    said,
    session_of,
    sessions,
)


@pytest.fixture
def browser(database: Database) -> Browser:
    return at_willow(database)


# The second look


def test_an_unlikely_needle_is_asked_about_and_saved_when_it_is_right(browser: Browser) -> None:
    deep = {"fact.needle_mm": "(other)", "fact.needle_mm.text": "3.0"}

    check = opened(browser.post("/register", {**NEEDLING, **BEA, **deep, **SAVE}))
    assert "Longest needle 3.0 mm: that is far from what is usual here, 0.25 mm to 1.5 mm." in check.words
    assert (check.title.startswith("Check before saving"), sessions(browser)) == (True, 1)

    session = session_of(browser, press(browser, check, "save"))

    assert session.facts["needle_mm"] == 3.0
    assert session.facts["areas"] == ("face",)


def test_going_back_from_the_second_look_keeps_everything(browser: Browser) -> None:
    deep = {"fact.needle_mm": "(other)", "fact.needle_mm.text": "3.0"}
    check = opened(browser.post("/register", {**NEEDLING, **BEA, **deep, **SAVE}))

    page = opened(press(browser, check, "show"))

    assert (page.fields["fact.needle_mm.text"], page.fields["name"]) == (["3.0"], ["Bea Osei"])
    assert sessions(browser) == 1


def test_a_session_of_last_week_says_what_is_too_late(browser: Browser) -> None:
    late = {"ended": "earlier", "ended_date": "2026-02-26", "ended_time": "10:00"}

    check = opened(browser.post("/register", {**NEEDLING, **BEA, **late, **SAVE}))

    assert "The session ended 5 days ago." in check.words
    assert "already too late and will not be sent." in check.words
    assert session_of(browser, press(browser, check, "save")).ended_at < NOW - 4 * DAY


def test_the_same_treatment_within_a_week_leads_to_the_other_session(browser: Browser) -> None:
    other = register(browser.database, browser.clinic, a_session(AMIRA, ended_at=ENDED_AT - 3 * DAY))
    found = opened(browser.post("/register", {"act": "show", "q": "0321", **NEEDLING}))

    answer = press(browser, found, "save")

    check = opened(answer)
    assert "Amira had the same treatment on Saturday 28 February." in check.words
    assert f"/sessions/{other.id}" in answer.text
    assert session_of(browser, press(browser, check, "save")).id != other.id


# Once


def test_a_double_tap_and_a_retry_make_one_session(browser: Browser) -> None:
    answers = [browser.post("/register", {**NEEDLING, **BEA, **SAVE}) for _ in range(3)]

    assert len({session_of(browser, answer).id for answer in answers}) == 1
    assert sessions(browser) == 2


def test_a_retry_a_minute_later_is_the_same_session(browser: Browser) -> None:
    first = session_of(browser, browser.post("/register", {**NEEDLING, **BEA, **SAVE}))
    browser.clock.now = NOW + timedelta(minutes=3)

    assert session_of(browser, browser.post("/register", {**NEEDLING, **BEA, **SAVE})).id == first.id


def test_two_tabs_of_the_same_minute_make_one_session(browser: Browser) -> None:
    first = session_of(browser, browser.post("/register", {**NEEDLING, **BEA, **SAVE}))

    second = session_of(browser, browser.post("/register", {**NEEDLING, **BEA, **SAVE, "_key": "k-2"}))

    assert second.id == first.id
    assert "This session was registered already." in said(browser)


def test_a_saved_form_that_is_sent_again_with_something_else_is_looked_at_first(browser: Browser) -> None:
    browser.post("/register", {**NEEDLING, **BEA, **SAVE})

    page = opened(browser.post("/register", {**NEEDLING, **BEA, **SAVE, "fact.modality": "roller"}))

    assert "This form was saved before, with other details in it." in page.words
    assert sessions(browser) == 2
    assert page.fields["_key"] != ["k-1"]
    assert page.fields["fact.modality"] == ["roller"]


def test_a_form_without_a_key_is_not_saved(browser: Browser) -> None:
    for key in ("", "\u00e9", "x" * 101):
        answer = browser.post("/register", {**NEEDLING, **BEA, "act": "save", "_key": key})

        assert answer.status_code in {200, 422}
        assert sessions(browser) == 1


# Who may, and whose


def test_every_role_may_register_and_undo(browser: Browser) -> None:
    for role in Role:
        if role is not Role.FRONT_DESK:
            assert browser.as_role(role).get("/register").status_code == 200


def test_another_clinics_patient_is_not_there(browser: Browser) -> None:
    theirs = register(browser.database, a_clinic(browser.database, name="Birch"), a_session(AMIRA))
    before = stored_rows(browser.database)

    forged = {**NEEDLING, "patient": str(theirs.patient_id), "patient_q": "", "q": ""}
    assert browser.post("/register", {**forged, **SAVE}).status_code == 404
    assert browser.post("/register", {**forged, "act": "show"}).status_code == 404
    assert browser.post("/register", {**forged, "act": f"choose:{theirs.patient_id}"}).status_code == 404
    assert browser.get(f"/register?patient={theirs.patient_id}").status_code == 404
    assert browser.post(f"/register/undo/{theirs.id}").status_code == 404
    assert stored_rows(browser.database) == before


def test_a_form_of_another_site_is_refused(browser: Browser) -> None:
    answer = browser.client.post(
        "/register", data={**NEEDLING, **BEA, **SAVE}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert (answer.status_code, sessions(browser)) == (403, 1)


def test_what_was_typed_outlives_the_sign_in(browser: Browser) -> None:
    fields = opened(browser.post("/register", {**NEEDLING, **BEA, "act": "show"}, page="/register")).fields
    browser.clock.now = NOW + timedelta(hours=9)
    signed_out = browser.client.post("/register", data={**fields, "act": "save"})
    assert signed_out.headers["location"].startswith("/sign-in?next=/register")

    again = a_browser(browser.database, browser.clinic, role=Role.TREATMENT, clock=browser.clock, app=browser.app)
    again.client.cookies.set("aftercare-kept", browser.client.cookies["aftercare-kept"])
    page = opened(again.get("/register"))

    assert (page.fields["name"], page.fields["fact.needle_mm"]) == (["Bea Osei"], ["0.5"])
    assert "What you typed is still here" in page.words
    assert sessions(browser) == 1


def test_a_form_that_arrives_late_saves_the_moment_that_its_page_called_just_now(browser: Browser) -> None:
    used = opened(press(browser, opened(press(browser, opened(browser.get("/register")), "show", q="0321")), "use"))
    browser.clock.now = NOW + timedelta(minutes=15)

    answer = press(browser, used, "save")

    assert session_of(browser, answer).ended_at == NOW


def test_a_form_that_arrives_too_late_asks_when_the_session_ended(browser: Browser) -> None:
    used = opened(press(browser, opened(press(browser, opened(browser.get("/register")), "show", q="0321")), "use"))
    browser.clock.now = NOW + timedelta(minutes=16)

    asked = opened(press(browser, used, "save"), 422)
    answer = press(browser, asked, "save")

    assert "This page is from 2:35pm: check when the session ended, and save again" in asked.words
    assert session_of(browser, answer).ended_at == browser.clock.now
