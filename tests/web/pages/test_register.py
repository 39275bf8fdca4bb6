from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.domain.people.consent import Consent, Purpose, Word
from scheduler.storage.consents import add_consent, history_of
from scheduler.storage.database import Database
from scheduler.storage.patient_records import get_patient_record
from tests.builders import ENDED_AT, NOW, a_person, a_session, register
from tests.web.pages.desk_client import Browser
from tests.web.pages.register_desk import (
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


# A patient who was here before


def test_a_known_patient_is_registered_with_their_last_settings_through_full_pages(browser: Browser) -> None:
    empty = opened(browser.get("/register"))
    found = opened(press(browser, empty, "show", q="0321"))
    used = opened(press(browser, found, "use"))

    answer = press(browser, used, "save")

    session = session_of(browser, answer)
    assert (session.procedure, session.facts["needle_mm"], session.facts["areas"]) == ("microneedling", 0.5, ("face",))
    assert session.ended_at == NOW
    assert len(session.reminders) > 0
    assert sessions(browser) == 2


def test_the_consequence_stands_above_the_button_before_saving(browser: Browser) -> None:
    found = opened(browser.post("/register", {"act": "show", "q": "amira"}))
    used = opened(press(browser, found, "use"))

    assert "1 patient found, Amira Khan" in found.words
    assert "Last session: Microneedling, Tuesday 20 January, 0.5 mm, pen, face." in found.words
    assert "texts will be planned, from today 6pm to Wednesday 11 March 10am." in used.words
    assert "Save and start texts" in used.words
    assert sessions(browser) == 1


def test_what_was_saved_is_said_with_the_way_back(browser: Browser) -> None:
    answer = browser.post("/register", {**NEEDLING, **BEA, **SAVE})

    session_of(browser, answer)
    page = browser.get("/register").text
    assert "Saved. First text at 3:35pm." in page
    assert "/register/undo/" in page


def test_undo_voids_the_session_and_says_that_nothing_was_sent(browser: Browser) -> None:
    session = session_of(browser, browser.post("/register", {**NEEDLING, **BEA, **SAVE}))
    browser.clock.now = NOW + timedelta(seconds=50)

    answer = browser.post(f"/register/undo/{session.id}")

    assert session_of(browser, answer).voided
    assert "Undone. Nothing was sent." in said(browser)


def test_undo_after_a_minute_does_nothing_and_says_who_can(browser: Browser) -> None:
    session = session_of(browser, browser.post("/register", {**NEEDLING, **BEA, **SAVE}))
    browser.clock.now = NOW + timedelta(seconds=61)

    answer = browser.post(f"/register/undo/{session.id}")

    assert not session_of(browser, answer).voided
    assert "over a minute ago" in said(browser)


def test_several_who_fit_are_told_apart_and_one_is_selected(browser: Browser) -> None:
    register(browser.database, browser.clinic, a_session(a_person("Amina Khan", phone="+447700900321")))
    found = opened(browser.post("/register", {"act": "show", "q": "0321"}))
    choices = [value for _, value in found.buttons if value.startswith("choose:")]
    assert ("2 patients found" in found.words, len(choices)) == (True, 2)

    chosen = opened(press(browser, found, choices[1]))
    answer = press(browser, chosen, "save", **{name.replace(".", "__"): value for name, value in NEEDLING.items()})

    session = session_of(browser, answer)
    assert session.patient_id == choices[1].removeprefix("choose:")


def test_a_patient_whom_nobody_has_seen_on_the_page_is_not_saved_for(browser: Browser) -> None:
    answer = browser.post("/register", {**NEEDLING, **SAVE, "q": "0321"})

    page = opened(answer, 422)
    assert page.errors == {"register-q": "Check that Amira Khan is the patient, then save."}
    assert session_of(browser, press(browser, page, "save")).reminders


def test_looking_for_somebody_else_leaves_the_patient_who_was_chosen(browser: Browser) -> None:
    register(browser.database, browser.clinic, a_session(a_person("Zoe Lin", phone="+447700900555")))
    found = opened(browser.post("/register", {"act": "show", "q": "0321", **NEEDLING}))

    page = opened(press(browser, found, "save", q="0555"), 422)

    assert page.errors == {"register-q": "Check that Zoe Lin is the patient, then save."}
    assert sessions(browser) == 2


def test_a_patients_own_page_leads_here_with_them_chosen(browser: Browser) -> None:
    found = opened(browser.post("/register", {"act": "show", "q": "0321"}))

    page = opened(browser.get(f"/register?patient={found.fields['patient'][0]}"))

    assert "Amira Khan" in page.words
    assert session_of(browser, press(browser, opened(press(browser, page, "use")), "save")).reminders


def test_a_known_patient_who_was_never_asked_is_asked(browser: Browser) -> None:
    unasked = a_person("Cleo Marsh", phone="+447700900777", sms=None)
    register(browser.database, browser.clinic, a_session(unasked, ended_at=ENDED_AT - 20 * DAY))
    found = opened(browser.post("/register", {"act": "show", "q": "0777", **NEEDLING}))
    assert "Texts: Not asked" in found.words

    missing = opened(press(browser, found, "save"), 422)
    answer = press(browser, missing, "save", agrees="yes")

    assert missing.errors == {"register-agrees": "Select whether Cleo agrees to texts."}
    session = session_of(browser, answer)
    with browser.database.read(browser.clinic.id) as db:
        [(word, told)] = history_of(db, str(session.patient_id))
    assert (word.word, word.at, told.recorded_by, told.wording) == (Word.GIVEN, NOW, "Sam Reed", "desk-1")


def test_who_stopped_texts_is_said_before_saving_and_saving_still_works(browser: Browser) -> None:
    found = opened(browser.post("/register", {"act": "show", "q": "0321", **NEEDLING}))
    with browser.database.write(browser.clinic.id) as db:
        word = Consent(channel="sms", purpose=Purpose.CARE, word=Word.STOPPED, source="inbound text", at=NOW - 9 * DAY)
        add_consent(db, found.fields["patient"][0], word, recorded_by="patient")

    page = opened(press(browser, found, "show"))
    answer = press(browser, page, "save")

    assert "Amira stopped texts on 22 February. Give the printed plan. No messages will be planned." in page.words
    assert session_of(browser, answer).reminders == ()
    assert "Saved. No messages are planned." in said(browser)


# A new patient


def test_a_new_patient_needs_three_facts_and_what_was_looked_for_is_carried_over(browser: Browser) -> None:
    none = opened(browser.post("/register", {"act": "show", "q": "07700 900124", **NEEDLING}))
    new = opened(press(browser, none, "new"))
    assert ("No one found for 07700 900124" in none.words, new.fields["phone"]) == (True, ["07700 900124"])

    answer = press(browser, new, "save", name="Bea Osei", agrees="yes")

    session = session_of(browser, answer)
    with browser.database.read(browser.clinic.id) as db:
        [(word, told)] = history_of(db, str(session.patient_id))
        assert get_patient_record(db, str(session.patient_id)).name == "Bea Osei"
    assert (word.channel, word.word, word.at, told.recorded_by, told.wording) == (
        "sms",
        Word.GIVEN,
        NOW,
        "Sam Reed",
        "desk-1",
    )
    assert len(session.reminders) == 10


@pytest.mark.parametrize(
    ("typed", "name", "phone", "email"),
    [("Bea Osei", "Bea Osei", "", ""), ("0124", "", "0124", ""), ("b@example.com", "", "", "b@example.com")],
)
def test_what_was_looked_for_fills_the_field_that_it_is_of(
    browser: Browser, typed: str, name: str, phone: str, email: str
) -> None:
    page = opened(browser.post("/register", {"act": "new", "q": typed}))

    assert (page.fields["name"], page.fields["phone"], page.fields["email"]) == ([name], [phone], [email])


def test_a_new_patient_may_have_an_address_in_place_of_a_number(browser: Browser) -> None:
    mail = {**BEA, "phone": "", "email": "bea@example.com", "birth_date": "1991-05-14"}

    shown = opened(browser.post("/register", {**NEEDLING, **mail, "act": "show"}))
    session = session_of(browser, browser.post("/register", {**NEEDLING, **mail, **SAVE}))

    assert "There is no mobile number. We will email instead." in shown.words
    assert "Save and start emails" in shown.words
    assert {reminder.channel for reminder in session.reminders} == {"email"}


def test_a_landline_is_said_and_can_be_saved(browser: Browser) -> None:
    landline = {**BEA, "phone": "01632 960103"}

    shown = opened(browser.post("/register", {**NEEDLING, **landline, "act": "show"}))

    assert "This looks like a landline. Texts will not arrive. Use email instead?" in shown.words
    assert session_of(browser, browser.post("/register", {**NEEDLING, **landline, **SAVE})).reminders == ()


def test_who_does_not_agree_gets_nothing(browser: Browser) -> None:
    shown = opened(browser.post("/register", {**NEEDLING, **BEA, "agrees": "no", "act": "show"}))

    assert "Bea has not agreed to texts. Give the printed plan. No messages will be planned." in shown.words


def test_going_back_to_looking_keeps_what_was_filled_in(browser: Browser) -> None:
    new = opened(browser.post("/register", {**NEEDLING, "act": "new", "q": "0321"}))

    back = opened(press(browser, new, "old"))

    assert (back.fields["q"], back.fields["fact.needle_mm"]) == (["0321"], ["0.5"])
    assert "Amira Khan" in back.words
