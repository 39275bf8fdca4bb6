from __future__ import annotations

import re

import pytest

from scheduler.domain.care.reasons import Why
from scheduler.domain.delivery.reminders import Kind
from scheduler.domain.delivery.rendering import Occasion, render
from scheduler.domain.people.patients import Channel
from tests.catalog.config_folder import microneedling, shipped
from tests.domain.care.builders import ENDED, LONDON, a_clinic, a_patient, utc, wall
from tests.domain.care.shipped_sessions import NEEDLES, a_shipped_plan, a_shipped_session, texts

DAY_0 = ["start, day 0 at 15:30", "shade, day 0 at 18:00"]
DAY_1 = ["no-actives, day 1 at 10:00", "danger, day 1 at 17:00"]
FIRST = [
    *DAY_0,
    *DAY_1,
    "heat-exercise, day 2 at 09:00",
    "spf-sun, day 2 at 09:00",
    "flaking, day 3 at 10:00",
    "check, day 7 at 10:00",
]
PATCHES = "patches, day 28 at 10:00"
RESUMES = {"D0": 6, "D1": 8, "D2": 8, "D3": 11, "D4": 15}
SIX_WEEKS_ON = utc("2026-04-14T13:30")
REPEAT = ["again, day 0 at 18:00", *DAY_1, "spf-sun, day 2 at 09:00"]


def resume(band: str) -> str:
    return f"resume-actives, day {RESUMES[band]} at 10:00"


def test_a_first_session_with_short_needles_gets_six() -> None:
    assert texts(a_shipped_plan(a_shipped_session(NEEDLES["D0"], "roller"))) == [
        "start-d0, day 0 at 15:30",
        "shade, day 0 at 18:00",
        *DAY_1,
        "spf-sun, day 2 at 09:00",
        resume("D0"),
    ]


@pytest.mark.parametrize("band", ["D1", "D2", "D3", "D4"])
def test_a_deeper_first_session_also_hears_of_heat_flakes_checks_and_patches(band: str) -> None:
    planned = texts(a_shipped_plan(a_shipped_session(NEEDLES[band])))

    assert planned == [*FIRST, resume(band), PATCHES]


@pytest.mark.parametrize(("needle_mm", "band"), [(0.25, "D3"), (1.5, "D3"), (1.6, "D4")])
def test_radiofrequency_is_also_looked_at_on_day_56(needle_mm: float, band: str) -> None:
    planned = texts(a_shipped_plan(a_shipped_session(needle_mm, "rf")))

    assert planned == [*FIRST, resume(band), PATCHES, "rf-check, day 56 at 10:00"]


def test_weeping_skin_after_radiofrequency_hears_of_sunscreen_a_day_later() -> None:
    planned = texts(a_shipped_plan(a_shipped_session(1.0, "rf", weeping=True)))

    assert [text for text in planned if text.startswith("spf-sun")] == ["spf-sun-weeping, day 3 at 09:00"]


def test_an_unknown_length_gets_the_deepest_set() -> None:
    assert texts(a_shipped_plan(a_shipped_session(None))) == [*FIRST, resume("D4"), PATCHES]


@pytest.mark.parametrize("band", NEEDLES)
def test_a_repeat_session_gets_exactly_five(band: str) -> None:
    first = a_shipped_session(NEEDLES[band])
    repeat = a_shipped_session(NEEDLES[band], id="s-2", ended_at=SIX_WEEKS_ON)

    planned = texts(a_shipped_plan(first, repeat), "s-2")

    assert planned == [*REPEAT, resume(band)]
    assert len(planned) == 5


def test_more_than_180_days_after_the_last_session_the_first_set_goes_again() -> None:
    first = a_shipped_session(ended_at=utc("2025-09-03T13:30"), id="s-0")
    within = a_shipped_session(ended_at=utc("2025-09-04T13:30"), id="s-0")

    late, soon = (texts(a_shipped_plan(session, a_shipped_session())) for session in (first, within))

    assert late == [*FIRST, resume("D1"), PATCHES]
    assert soon == [*REPEAT, resume("D1")]


@pytest.mark.parametrize(("ended", "rule"), [("15:59", "shade"), ("16:00", "shade-late")])
def test_shade_comes_first_in_the_words_of_an_early_session(ended: str, rule: str) -> None:
    planned = texts(a_shipped_plan(a_shipped_session(ended_at=wall(f"2026-03-03T{ended}"))))

    assert [text for text in planned if text.startswith("shade")] == [f"{rule}, day 0 at 18:00"]


@pytest.mark.parametrize("flag", ["pregnant", "breastfeeding"])
@pytest.mark.parametrize("modality", ["pen", "rf"])
def test_who_is_pregnant_gets_no_text_that_permits_retinoids(flag: str, modality: str) -> None:
    plan = a_shipped_plan(a_shipped_session(0.5, modality), flags=[flag, "melasma", "herpes"])

    permits = {rule.template for rule in microneedling().reminders if rule.kind is Kind.RESUME}
    assert permits == {"resume-actives"}
    assert not permits & {reminder.template for reminder in plan.reminders}
    told = {left.rule: left.reason for left in plan.not_planned}
    assert told["resume-actives"].code is Why.CONDITION
    assert told["resume-actives"].details == {"facts": f"{flag} is among the patient's flags"}


PERMITS = re.compile(r"restart|start again|use .* again|may use|can use", re.IGNORECASE)


def test_only_resume_texts_permit_anything() -> None:
    permitting = {
        template
        for (template, _), words in shipped().messages.items()
        if any(PERMITS.search(text) for text in words.texts())
    }

    assert permitting == {"resume-actives"}


@pytest.mark.parametrize(
    ("flag", "extra"),
    [
        ("herpes", ["blisters, day 2 at 12:00", "blisters, day 4 at 12:00", "blisters, day 7 at 12:00"]),
        ("keloid", ["raised-scars, day 28 at 10:00", "raised-scars, day 56 at 10:00", "raised-scars, day 84 at 10:00"]),
        ("fitzpatrick_4_6", ["dark-patches, day 14 at 10:00"]),
        ("melasma", ["dark-patches, day 14 at 10:00"]),
        ("dark_marks", ["dark-patches, day 14 at 10:00"]),
    ],
)
@pytest.mark.parametrize("band", ["D0", "D1"])
def test_a_flag_adds_its_own_texts_and_takes_none(flag: str, extra: list[str], band: str) -> None:
    session = a_shipped_session(NEEDLES[band])

    without, with_flag = (a_shipped_plan(session, flags=flags) for flags in ((), (flag,)))

    rules = [text.split(",")[0] for text in texts(without)]
    found = texts(with_flag)
    assert [text for text in found if text.split(",")[0] not in rules] == extra
    assert sorted(text.split(",")[0] for text in found if text not in extra) == sorted(rules)


def test_darker_skin_resumes_with_the_next_band() -> None:
    planned = texts(a_shipped_plan(a_shipped_session(NEEDLES["D2"]), flags=["melasma"]))

    assert "resume-actives, day 11 at 10:00" in planned


@pytest.mark.parametrize("flag", ["isotretinoin", "blood_thinners", "active_acne", "allergy", "immune"])
def test_other_flags_change_no_text(flag: str) -> None:
    assert texts(a_shipped_plan(a_shipped_session(), flags=[flag])) == [*FIRST, resume("D1"), PATCHES]


def test_one_resume_text_waits_for_the_repeat_session_that_forbids_the_same() -> None:
    first = a_shipped_session(NEEDLES["D4"])
    repeat = a_shipped_session(NEEDLES["D4"], id="s-2", ended_at=utc("2026-03-10T14:30"))

    plan = a_shipped_plan(first, repeat)

    assert "resume-actives, day 22 at 10:00" in texts(plan)
    assert texts(plan, "s-2") == REPEAT


def test_the_dates_of_the_texts_to_a_pen_patient_agree() -> None:
    plan = a_shipped_plan(a_shipped_session())

    dates = {}
    for reminder in plan.reminders:
        occasion = Occasion(patient=a_patient(), clinic=a_clinic(), topic_ends=reminder.topic_ends, at=reminder.due_at)
        body = render(shipped().messages, reminder.template, Channel.SMS, occasion).body
        found = re.search(r"until after (\w+ \d+ \w+)", body)
        if found:
            dates[reminder.template] = found[1]
    assert dates == {
        "start": "Tuesday 10 March",  # picking
        "shade": "Thursday 5 March",  # exercise, 48 hours
        "no-actives": "Tuesday 10 March",  # vitamin C and scrubs
        "spf-sun": "Tuesday 31 March",
        "heat-exercise": "Friday 6 March",
        "flaking": "Tuesday 10 March",
    }


def test_every_shipped_reminder_is_on_the_clock_it_was_meant_for() -> None:
    plan = a_shipped_plan(a_shipped_session(1.0, "rf"), flags=["herpes", "keloid", "melasma"])

    assert all(reminder.due_at == reminder.intended_at for reminder in plan.reminders)
    assert {reminder.intent.zone for reminder in plan.reminders if reminder.intent} == {LONDON}
    assert [reminder.identity.rule for reminder in plan.reminders if reminder.intent is None] == ["start"]
    assert all(reminder.due_at > ENDED for reminder in plan.reminders)
