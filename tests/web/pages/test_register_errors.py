from __future__ import annotations

from datetime import datetime

import pytest

from scheduler.domain.people.roles import Role
from scheduler.storage.patient_records import get_patient_record
from tests.builders import NOW
from tests.web.pages.desk_client import Browser, a_browser
from tests.web.pages.register_desk import (
    BEA,
    NEEDLING,
    SAVE,
    check_pattern,
    opened,
    press,
    session_of,
    sessions,
)

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
    browser: Browser, fields: dict[str, str], errors: dict[str, str]
) -> None:
    filled = {**NEEDLING, **BEA, **fields}

    page = opened(browser.post("/register", {**filled, **SAVE}), 422)

    assert page.errors == {f"register-{name}": words for name, words in errors.items()}
    check_pattern(page)
    kept = {name: value for name, value in page.fields.items() if name in fields and name in page.fields}
    shown = {"phone", "email", "name", "birth_date", "ended_date", "ended_time", "fact.needle_mm.text"}
    assert kept.items() >= {name: [value] for name, value in fields.items() if name in shown}.items()
    assert sessions(browser) == 0


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_a_nasty_text_in_any_field_is_answered_calmly(browser: Browser, text: str) -> None:
    names = ["name", "phone", "email", "birth_date", "language", "agrees", "treatment", "q", "patient", "who", "act"]
    names += ["fact.needle_mm", "fact.needle_mm.text", "fact.modality", "fact.areas", "fact.weeping", "seen", "_key"]
    for name in (*names, "ended", "ended_date", "ended_time"):
        answer = browser.post("/register", {**NEEDLING, **BEA, **SAVE, name: text})
        shown = browser.post("/register", {**NEEDLING, "act": "show", name: text})

        assert answer.status_code in {200, 303, 422}, name
        assert shown.status_code in {200, 404 if name == "patient" else 200}, name
        assert "<script>alert" not in answer.text + shown.text
        assert "\u202e" not in answer.text + shown.text
        assert "\x00" not in answer.text + shown.text


def test_a_name_in_any_script_is_kept_and_shown_as_it_is(browser: Browser) -> None:
    for number, name in enumerate(("Łucja Nguyễn", "أمل حسن", "王小明", "O’Brien-Łuc")):
        patient = {**BEA, "name": name, "phone": f"0770090020{number}"}

        session = session_of(browser, browser.post("/register", {**NEEDLING, **patient, **SAVE, "_key": f"k{number}"}))

        with browser.database.read(browser.clinic.id) as db:
            assert get_patient_record(db, str(session.patient_id)).name == name


# The clock


@pytest.mark.parametrize(
    ("ended_time", "utc"), [("14:30", "14:30"), ("2:30pm", "14:30"), ("2.30 PM", "14:30"), ("midday", "12:00")]
)
def test_an_earlier_end_is_read_on_the_clinics_clock(browser: Browser, ended_time: str, utc: str) -> None:
    earlier = {"ended": "earlier", "ended_date": "2/3/2026", "ended_time": ended_time}

    session = session_of(browser, browser.post("/register", {**NEEDLING, **BEA, **earlier, **SAVE}))

    assert f"{session.ended_at:%d %H:%M}" == f"02 {utc}"


def test_a_time_that_the_clocks_skipped_is_refused_with_why(browser: Browser) -> None:
    browser = at(browser, datetime(2026, 3, 29, 12, 0, tzinfo=NOW.tzinfo))
    skipped = {"ended": "earlier", "ended_date": "2026-03-29", "ended_time": "01:30"}

    page = opened(browser.post("/register", {**NEEDLING, **BEA, **skipped, **SAVE}), 422)

    assert page.errors == {
        "register-ended-time": "Clocks went forward on Sunday 29 March and never showed 1:30am: "
        "enter the time that they showed."
    }


def test_a_time_that_the_clocks_showed_twice_is_said_and_the_first_is_meant(browser: Browser) -> None:
    browser = at(browser, datetime(2026, 10, 25, 12, 0, tzinfo=NOW.tzinfo))
    twice = {"ended": "earlier", "ended_date": "2026-10-25", "ended_time": "01:30"}

    page = opened(browser.post("/register", {**NEEDLING, **BEA, **twice, "act": "show"}))
    session = session_of(browser, browser.post("/register", {**NEEDLING, **BEA, **twice, **SAVE}))

    assert "Clocks went back on Sunday 25 October, so 1:30am came twice: the first is meant here." in page.words
    assert f"{session.ended_at:%H:%M}" == "00:30"


def at(browser: Browser, now: datetime) -> Browser:
    """A browser of the same clinic, signed in at another time."""
    browser.clock.now = now
    return a_browser(browser.database, browser.clinic, role=Role.MANAGER, clock=browser.clock, app=browser.app)
