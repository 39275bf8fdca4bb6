from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from httpx2 import Response

from scheduler.domain.people.consent import Consent, Purpose, Word
from scheduler.domain.people.roles import Role
from scheduler.services.views import SessionView, session_view
from scheduler.storage.consents import add_consent, history_of
from scheduler.storage.crypto import KeyRing
from scheduler.storage.database import Database
from scheduler.storage.patient_records import get_patient_record
from tests.builders import ENDED_AT, NOW, a_clinic, a_person, a_session, register, stored_rows
from tests.web.pages.desk_client import Browser, a_browser
from tests.web.pages.html_form import Page, read_page

DAY = timedelta(days=1)
BANNED = ("please", "sorry", "invalid", "oops", "required")
AMIRA = a_person("Amira Khan", phone="+447700900321")
NEEDLING: dict[str, str | list[str]] = {
    "treatment": "microneedling",
    "fact.needle_mm": "0.5",
    "fact.modality": "pen",
    "fact.areas": ["face"],
    "fact.weeping": "no",
    "ended": "now",
}
BEA: dict[str, str | list[str]] = {"who": "new", "name": "Bea Osei", "phone": "07700 900124", "agrees": "yes"}
SAVE: dict[str, str | list[str]] = {"act": "save", "_key": "k-1"}
NASTY = {
    "script": "<script>alert(1)</script>",
    "turned": "\u202egnp.exe",
    "emoji": "\U0001f600\U0001f469\u200d\U0001f4bb",
    "null": "a\x00b",
    "long": "x" * 5000,
    "quotes": "\"'><b>",
    "template": "{{ 7 * 7 }}",
    "line": "a\r\nb: c",
}


@pytest.fixture
def browser(database: Database) -> Browser:
    """Sam's browser at a clinic that treated Amira six weeks ago."""
    browser = a_browser(database, role=Role.FRONT_DESK)
    before = NOW - 42 * DAY
    register(database, browser.clinic, a_session(AMIRA, ended_at=before - timedelta(minutes=5)), now=before)
    return browser


@pytest.fixture
def quick_browser(fresh_sqlite_url: str, key_ring: KeyRing) -> Iterator[Browser]:
    """The same at a clinic without patients, on SQLite alone: for what has to do with no database."""
    database = Database(fresh_sqlite_url, key_ring)
    yield a_browser(database, role=Role.FRONT_DESK)
    database.close()


def opened(answer: Response, status: int = 200) -> Page:
    assert answer.status_code == status, answer.text
    return read_page(answer.text)


def press(browser: Browser, page: Page, button: str, **fields: str | list[str]) -> Response:
    """Press a button of the page, after these fields were filled in."""
    return browser.post("/register", page.fill(button, **fields), page="/register")


def session_of(browser: Browser, answer: Response) -> SessionView:
    """The session to whose page an answer leads."""
    assert answer.status_code == 303, answer.text
    session_id = answer.headers["location"].removeprefix("/sessions/")
    with browser.database.read(browser.clinic.id) as db:
        return session_view(db, session_id, now=browser.clock.now)


def sessions(browser: Browser) -> int:
    return stored_rows(browser.database)["sessions"]


def said(browser: Browser) -> str:
    """What the next page says of what was done."""
    return read_page(browser.get("/register").text, "/sign-out").words


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
    assert "texts will be planned, from today 3:35pm to Tuesday 31 March" in used.words
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


# What is missing or wrong


def test_saving_an_empty_form_says_what_is_missing_at_each_field(browser: Browser) -> None:
    page = opened(press(browser, opened(browser.get("/register")), "save"), 422)

    assert page.title.startswith("Error: Register a session")
    assert page.errors == {
        "register-q": "Find the patient, or add a new one.",
        "register-treatment": "Select the treatment.",
    }
    check_pattern(page)


def test_saving_an_empty_new_patient_says_the_three_facts_and_the_protocols_own(browser: Browser) -> None:
    page = opened(browser.post("/register", {"who": "new", "treatment": "microneedling", **SAVE}), 422)

    assert page.errors == {
        "register-name": "Enter the patient's name.",
        "register-phone": "Enter a mobile number, like 07700 900321.",
        "register-agrees": "Select whether the patient agrees to texts.",
        "register-fact-needle-mm": "Select the longest needle.",
        "register-fact-modality": "Select the device.",
    }
    check_pattern(page)


def check_pattern(page: Page) -> None:
    """Each link of the summary leads to a field that says the same, in words that put nobody off."""
    assert set(page.errors) <= page.ids
    assert page.at_fields == page.errors
    words = page.words.lower()
    assert not [word for word in BANNED if word in words]


WRONG = {
    "no number": ({"phone": "none"}, {"phone": "Enter a mobile number, like 07700 900321."}),
    "half a number": ({"phone": "07700 9003"}, {"phone": "That can't be a real number: check the digits."}),
    "no address": ({"email": "bea"}, {"email": "Enter an email address, like name@example.com."}),
    "no name": ({"name": "..."}, {"name": "Enter the patient's name."}),
    "no day": ({"birth_date": "31/2/1991"}, {"birth-date": "Enter the date of birth, like 14/5/1991."}),
    "born tomorrow": ({"birth_date": "2026-03-04"}, {"birth-date": "Date of birth must be in the past."}),
    "language": ({"language": "tlh"}, {"language": "Select a language of the list."}),
    "agrees": ({"agrees": "maybe"}, {"agrees": "Select whether the patient agrees to texts."}),
    "treatment": ({"treatment": "laser"}, {"treatment": "Select the treatment."}),
    "needle": (
        {"fact.needle_mm": "(other)", "fact.needle_mm.text": "30"},
        {"fact-needle-mm-text": "Enter the longest needle from 0.1 mm to 3.5 mm."},
    ),
    "device": ({"fact.modality": "axe"}, {"fact-modality": "Select the device."}),
    "tomorrow": (
        {"ended": "earlier", "ended_date": "2026-03-04", "ended_time": "10:00"},
        {"ended-date": "End time must be today or earlier."},
    ),
    "in an hour": (
        {"ended": "earlier", "ended_date": "2026-03-03", "ended_time": "15:35"},
        {"ended-time": "End time must be now or earlier."},
    ),
    "long ago": (
        {"ended": "earlier", "ended_date": "2025-12-03", "ended_time": "15:35"},
        {"ended-date": "End time must be in the last 60 days."},
    ),
    "no time": (
        {"ended": "earlier", "ended_date": "soon", "ended_time": "tea time"},
        {
            "ended-date": "Enter the day that the session ended, like 3/3/2026.",
            "ended-time": "Enter the time that the session ended, like 2:30pm.",
        },
    ),
}


@pytest.mark.parametrize(("fields", "errors"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    quick_browser: Browser, fields: dict[str, str], errors: dict[str, str]
) -> None:
    filled = {**NEEDLING, **BEA, **fields}

    page = opened(quick_browser.post("/register", {**filled, **SAVE}), 422)

    assert page.errors == {f"register-{name}": words for name, words in errors.items()}
    check_pattern(page)
    kept = {name: value for name, value in page.fields.items() if name in fields and name in page.fields}
    shown = {"phone", "email", "name", "birth_date", "ended_date", "ended_time", "fact.needle_mm.text"}
    assert kept.items() >= {name: [value] for name, value in fields.items() if name in shown}.items()
    assert sessions(quick_browser) == 0


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_a_nasty_text_in_any_field_is_answered_calmly(quick_browser: Browser, text: str) -> None:
    names = ["name", "phone", "email", "birth_date", "language", "agrees", "treatment", "q", "patient", "who", "act"]
    names += ["fact.needle_mm", "fact.needle_mm.text", "fact.modality", "fact.areas", "fact.weeping", "seen", "_key"]
    for name in (*names, "ended", "ended_date", "ended_time"):
        answer = quick_browser.post("/register", {**NEEDLING, **BEA, **SAVE, name: text})
        shown = quick_browser.post("/register", {**NEEDLING, "act": "show", name: text})

        assert answer.status_code in {200, 303, 422}, name
        assert shown.status_code in {200, 404 if name == "patient" else 200}, name
        assert "<script>alert" not in answer.text + shown.text
        assert "\u202e" not in answer.text + shown.text
        assert "\x00" not in answer.text + shown.text


def test_a_name_in_any_script_is_kept_and_shown_as_it_is(quick_browser: Browser) -> None:
    for number, name in enumerate(("Łucja Nguyễn", "أمل حسن", "王小明", "O’Brien-Łuc")):
        patient = {**BEA, "name": name, "phone": f"0770090020{number}"}

        session = session_of(
            quick_browser, quick_browser.post("/register", {**NEEDLING, **patient, **SAVE, "_key": f"k{number}"})
        )

        with quick_browser.database.read(quick_browser.clinic.id) as db:
            assert get_patient_record(db, str(session.patient_id)).name == name


# The clock


@pytest.mark.parametrize(
    ("ended_time", "utc"), [("14:30", "14:30"), ("2:30pm", "14:30"), ("2.30 PM", "14:30"), ("midday", "12:00")]
)
def test_an_earlier_end_is_read_on_the_clinics_clock(quick_browser: Browser, ended_time: str, utc: str) -> None:
    earlier = {"ended": "earlier", "ended_date": "2/3/2026", "ended_time": ended_time}

    session = session_of(quick_browser, quick_browser.post("/register", {**NEEDLING, **BEA, **earlier, **SAVE}))

    assert f"{session.ended_at:%d %H:%M}" == f"02 {utc}"


def test_a_time_that_the_clocks_skipped_is_refused_with_why(quick_browser: Browser) -> None:
    quick_browser = at(quick_browser, datetime(2026, 3, 29, 12, 0, tzinfo=NOW.tzinfo))
    skipped = {"ended": "earlier", "ended_date": "2026-03-29", "ended_time": "01:30"}

    page = opened(quick_browser.post("/register", {**NEEDLING, **BEA, **skipped, **SAVE}), 422)

    assert page.errors == {
        "register-ended-time": "Clocks went forward on Sunday 29 March and never showed 1:30am: "
        "enter the time that they showed."
    }


def test_a_time_that_the_clocks_showed_twice_is_said_and_the_first_is_meant(quick_browser: Browser) -> None:
    quick_browser = at(quick_browser, datetime(2026, 10, 25, 12, 0, tzinfo=NOW.tzinfo))
    twice = {"ended": "earlier", "ended_date": "2026-10-25", "ended_time": "01:30"}

    page = opened(quick_browser.post("/register", {**NEEDLING, **BEA, **twice, "act": "show"}))
    session = session_of(quick_browser, quick_browser.post("/register", {**NEEDLING, **BEA, **twice, **SAVE}))

    assert "Clocks went back on Sunday 25 October, so 1:30am came twice: the first is meant here." in page.words
    assert f"{session.ended_at:%H:%M}" == "00:30"


def at(browser: Browser, now: datetime) -> Browser:
    """A browser of the same clinic, signed in at another time."""
    browser.clock.now = now
    return a_browser(browser.database, browser.clinic, role=Role.TREATMENT, clock=browser.clock, app=browser.app)


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
