from __future__ import annotations

from datetime import time

import pytest

from scheduler.domain.care.protocols import After
from scheduler.domain.care.reasons import Why
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.clinics.hours import Span, WeekHours
from scheduler.domain.delivery.reminders import Kind
from scheduler.domain.people.consent import Purpose, Word
from tests.domain.care.builders import (
    YES,
    a_clinic,
    a_patient,
    a_protocol,
    a_rule,
    a_session,
    lasts,
    on_clock,
    on_days,
    said,
    utc,
    wall,
)
from tests.domain.care.plans import a_plan, only_refusal, only_reminder

DAYTIME = Span(time(8), time(20))
WEEKDAYS_NINE_TO_FIVE = WeekHours(((Span(time(9), time(17)),),) * 5 + ((),) * 2)
NEVER = WeekHours(((),) * 7)
PATIENT = a_patient(consents=(*YES, said(Word.GIVEN, purpose=Purpose.MARKETING)))


def due(at: str, kind: Kind = Kind.SAFETY, *, clinic: Clinic | None = None, zone: str | None = None) -> str:
    """When a reminder goes that is meant for this wall-clock time of day 3, Friday 6 March."""
    rule = a_rule(kind=kind, send=on_days(3, at=at), topics=(), useful_for="30d")
    patient = a_patient(zone=zone, consents=PATIENT.consents)
    reminder = only_reminder(a_plan(a_protocol(rule), patient=patient, clinic=clinic))
    return on_clock(reminder.due_at, zone or "Europe/London")


@pytest.mark.parametrize(
    ("meant", "goes"),
    [
        ("07:59:59", "2026-03-06 08:00"),
        ("08:00", "2026-03-06 08:00"),
        ("19:59", "2026-03-06 19:59"),
        ("20:00", "2026-03-07 08:00"),
        ("23:59", "2026-03-07 08:00"),
    ],
)
def test_sending_hours_are_half_open_from_8_to_20_unless_a_clinic_says_otherwise(meant: str, goes: str) -> None:
    assert due(meant) == goes


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.CORRECTION])
def test_every_kind_keeps_to_sending_hours(kind: Kind) -> None:
    assert due("21:00", kind) == "2026-03-07 08:00"


def test_sending_hours_are_per_weekday() -> None:
    weekend_off = WeekHours(((DAYTIME,),) * 5 + ((),) * 2)

    assert due("20:30", clinic=a_clinic(sending_hours=weekend_off)) == "2026-03-09 08:00"


def test_sending_hours_are_on_the_patients_clock() -> None:
    assert due("21:00", zone="Asia/Tokyo") == "2026-03-07 08:00"


def test_a_time_counted_from_the_end_waits_for_sending_hours_too() -> None:
    late = a_session(ended_at=wall("2026-03-03T19:30"))

    reminder = only_reminder(a_plan(a_protocol(a_rule(send=After(lasts("1h")))), sessions=[late]))

    assert (on_clock(reminder.intended_at), on_clock(reminder.due_at)) == ("2026-03-03 20:30", "2026-03-04 08:00")


@pytest.mark.parametrize("kind", [Kind.CHECK, Kind.REBOOK])
@pytest.mark.parametrize(
    ("meant", "goes"),
    [("08:30", "2026-03-06 09:00"), ("16:59", "2026-03-06 16:59"), ("17:00", "2026-03-09 09:00")],
)
def test_checks_and_rebookings_wait_until_somebody_answers_the_phone(kind: Kind, meant: str, goes: str) -> None:
    assert due(meant, kind, clinic=a_clinic(opening_hours=WEEKDAYS_NINE_TO_FIVE)) == goes


@pytest.mark.parametrize("kind", [Kind.SAFETY, Kind.INSTRUCT, Kind.RESUME, Kind.REASSURE])
def test_no_other_kind_waits_for_opening_hours_or_closed_days(kind: Kind) -> None:
    clinic = a_clinic(opening_hours=WEEKDAYS_NINE_TO_FIVE, closed_days=["2026-03-06"])

    assert due("08:30", kind, clinic=clinic) == "2026-03-06 08:30"


@pytest.mark.parametrize("kind", [Kind.CHECK, Kind.REBOOK])
def test_checks_and_rebookings_keep_clear_of_closed_days(kind: Kind) -> None:
    closed = ["2026-03-06", "2026-03-07"]

    assert due("10:00", kind, clinic=a_clinic(closed_days=closed)) == "2026-03-08 08:00"
    assert due("10:00", kind, clinic=a_clinic(closed_days=closed, opening_hours=WEEKDAYS_NINE_TO_FIVE)) == (
        "2026-03-09 09:00"
    )


def test_opening_hours_are_on_the_clinics_clock_and_sending_hours_on_the_patients() -> None:
    clinic = a_clinic(opening_hours=WEEKDAYS_NINE_TO_FIVE)

    # Tokyo is nine hours ahead: it is 19:00 there when the clinic opens, 20:00 an hour later.
    assert due("10:00", Kind.CHECK, clinic=clinic, zone="Asia/Tokyo") == "2026-03-06 18:00"
    assert due("20:00", Kind.CHECK, clinic=clinic, zone="Asia/Tokyo") == "2026-03-09 18:00"


def test_a_message_that_may_never_go_is_not_planned() -> None:
    rule = a_rule(kind=Kind.CHECK, send=on_days(3), topics=(), useful_for="400d")
    never_both = a_clinic(opening_hours=WeekHours.daily(time(20), time(23)))
    shut = [a_clinic(sending_hours=NEVER), a_clinic(opening_hours=NEVER), never_both]

    refusals = [only_refusal(a_plan(a_protocol(rule), clinic=clinic)).reason.code for clinic in shut]

    assert refusals == [Why.NEVER_OPEN] * 3


def test_a_clinic_that_is_closed_for_months_is_never_open() -> None:
    days = [f"2026-{month:02}-{day:02}" for month in range(3, 8) for day in range(1, 29)]
    days += [f"2026-{month:02}-{day}" for month in range(3, 8) for day in (29, 30)]
    days += ["2026-03-31", "2026-05-31", "2026-07-31"]
    rule = a_rule(kind=Kind.CHECK, send=on_days(3), topics=(), useful_for="400d")

    assert only_refusal(a_plan(a_protocol(rule), clinic=a_clinic(closed_days=days))).reason.code is Why.NEVER_OPEN


def test_a_step_already_past_when_the_session_became_known_goes_at_once() -> None:
    told_late = a_session(known_at=utc("2026-03-05T11:17"))

    reminder = only_reminder(a_plan(a_protocol(a_rule(send=on_days(1))), sessions=[told_late]))

    assert (reminder.intended_at, reminder.due_at) == (utc("2026-03-04T10:00"), utc("2026-03-05T11:17"))
    assert [reason.code for reason in reminder.reasons] == [Why.RULE, Why.LATE]


def test_a_step_whose_time_is_the_very_moment_of_registering_is_not_late() -> None:
    just_in_time = a_session(known_at=utc("2026-03-04T10:00"))

    reminder = only_reminder(a_plan(a_protocol(a_rule(send=on_days(1))), sessions=[just_in_time]))

    assert [reason.code for reason in reminder.reasons] == [Why.RULE]


def test_a_late_step_waits_for_sending_hours() -> None:
    told_late = a_session(known_at=utc("2026-03-05T21:00"))

    reminder = only_reminder(a_plan(a_protocol(a_rule(send=on_days(1))), sessions=[told_late]))

    assert on_clock(reminder.due_at) == "2026-03-06 08:00"
    assert [reason.code for reason in reminder.reasons] == [Why.RULE, Why.LATE, Why.HOURS]


def test_a_late_step_whose_use_is_over_is_not_planned() -> None:
    told_late = a_session(known_at=utc("2026-03-09T00:00"))

    refusal = only_refusal(a_plan(a_protocol(a_rule(send=on_days(1))), sessions=[told_late]))

    assert refusal.reason.code is Why.TOO_LATE
