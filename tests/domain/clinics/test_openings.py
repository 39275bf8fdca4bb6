from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.clinics.hours import Span, WeekHours
from scheduler.domain.clinics.openings import first_allowed
from scheduler.domain.clinics.zones import local
from tests.domain.care.builders import LONDON, a_clinic, wall

WEEKDAYS = WeekHours(((Span(time(9), time(17)),),) * 5 + ((),) * 2)
NEVER = WeekHours(((),) * 7)
FRIDAY = wall("2026-03-06T12:00")


@given(
    minutes=st.integers(0, 60 * 24 * 30),
    staffed=st.booleans(),
    zone=st.sampled_from([LONDON, "Asia/Tokyo", "America/New_York"]),
    closed=st.sets(st.integers(1, 28).map(lambda day: date(2026, 3, day)), max_size=10),
)
def test_a_message_goes_inside_all_hours_that_it_keeps(
    minutes: int, zone: str, closed: set[date], *, staffed: bool
) -> None:
    clinic = a_clinic(opening_hours=WEEKDAYS, closed_days=[f"{day}" for day in closed])
    at = FRIDAY + timedelta(minutes=minutes)

    allowed = first_allowed(clinic, at, zone=zone, staffed=staffed)

    assert allowed is not None
    assert allowed >= at
    assert clinic.sending_hours.hold(allowed, zone)
    assert first_allowed(clinic, allowed, zone=zone, staffed=staffed) == allowed
    if staffed:
        assert WEEKDAYS.hold(allowed, LONDON)
        assert local(allowed, LONDON).date() not in closed


@pytest.mark.parametrize(
    ("at", "expected"),
    [("2026-03-06T08:59", "2026-03-06T09:00"), ("2026-03-06T17:00", "2026-03-10T09:00")],
)
def test_what_asks_for_a_call_waits_over_the_weekend_and_closed_days(at: str, expected: str) -> None:
    clinic = a_clinic(opening_hours=WEEKDAYS, closed_days=["2026-03-09"])

    assert first_allowed(clinic, wall(at), zone=LONDON, staffed=True) == wall(expected)
    assert first_allowed(clinic, wall(at), zone=LONDON, staffed=False) == wall(at)


def test_opening_hours_are_on_the_clinics_clock() -> None:
    clinic = a_clinic(zone="America/New_York", opening_hours=WEEKDAYS)

    # Noon in London is seven in New York, where the clinic opens at nine.
    assert first_allowed(clinic, FRIDAY, zone=LONDON, staffed=True) == wall("2026-03-06T14:00")


def test_where_no_opening_hours_are_recorded_nothing_is_held_back_for_them() -> None:
    assert first_allowed(a_clinic(), FRIDAY, zone=LONDON, staffed=True) == FRIDAY


@pytest.mark.parametrize(
    ("sending", "opening"),
    [
        (NEVER, None),
        (WEEKDAYS, NEVER),
        (WeekHours.daily(time(8), time(9)), WEEKDAYS),
    ],
    ids=["no sending hours", "no opening hours", "never both"],
)
def test_hours_that_never_meet_give_nothing(sending: WeekHours, opening: WeekHours | None) -> None:
    clinic = a_clinic(sending_hours=sending, opening_hours=opening)

    assert first_allowed(clinic, FRIDAY, zone=LONDON, staffed=True) is None


def test_a_clinic_that_is_closed_for_months_gives_nothing() -> None:
    closed = [f"{FRIDAY.date() + timedelta(days=days)}" for days in range(100)]

    assert first_allowed(a_clinic(closed_days=closed), FRIDAY, zone=LONDON, staffed=True) is None


def test_the_answer_is_an_instant_that_can_be_compared() -> None:
    found = first_allowed(a_clinic(), FRIDAY.astimezone(), zone=LONDON, staffed=False)

    assert isinstance(found, datetime)
    assert found.utcoffset() == timedelta(0)
