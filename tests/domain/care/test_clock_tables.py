"""Plans across clock changes, as tables: what is meant on the patient's wall clock, in UTC."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from scheduler.domain.care.planning import Plan
from scheduler.domain.care.protocols import ReminderRule
from scheduler.domain.clinics.hours_text import parse_week
from scheduler.domain.delivery.reminders import Kind
from tests.domain.care.builders import a_clinic, a_protocol, a_rule, a_session, a_window, on_clock, on_days, utc, wall
from tests.domain.care.plans import ONE, a_plan, only_reminder, only_stretch, timetable

LONDON, NEW_YORK = "Europe/London", "America/New_York"
LORD_HOWE, APIA = "Australia/Lord_Howe", "Pacific/Apia"
CASABLANCA, KOLKATA = "Africa/Casablanca", "Asia/Kolkata"


def rule_at(day: int, at: str) -> ReminderRule:
    return a_rule("danger", kind=Kind.SAFETY, send=on_days(day, at=at), topics=())


def plan_in(zone: str, ended: str, *rules: ReminderRule, until: str = "5d", hours: str = "00:00-24:00") -> Plan:
    clinic = replace(a_clinic(zone=zone), sending_hours=parse_week(hours))
    session = a_session(ended_at=wall(ended, zone), zone=zone)
    return a_plan(a_protocol(*rules, windows=[a_window(until=until)]), sessions=[session], clinic=clinic)


@pytest.mark.parametrize(
    ("zone", "ended", "day", "at", "meant"),
    [
        # Spring: skipped times move forward by the gap.
        (LONDON, "2026-03-28T14:30", 1, "01:30", "2026-03-29T01:30"),
        (LONDON, "2026-03-28T14:30", 1, "09:00", "2026-03-29T08:00"),
        (NEW_YORK, "2026-03-07T14:30", 1, "02:30", "2026-03-08T07:30"),
        (NEW_YORK, "2026-03-07T14:30", 1, "09:00", "2026-03-08T13:00"),
        (LORD_HOWE, "2026-10-03T14:30", 1, "02:15", "2026-10-03T15:45"),
        (LORD_HOWE, "2026-10-03T14:30", 1, "09:00", "2026-10-03T22:00"),
        (CASABLANCA, "2026-03-21T14:30", 1, "02:30", "2026-03-22T02:30"),
        (CASABLANCA, "2026-03-21T14:30", 1, "09:00", "2026-03-22T08:00"),
        # Autumn: of repeated times the first is meant.
        (LONDON, "2026-10-24T14:30", 1, "01:30", "2026-10-25T00:30"),
        (LONDON, "2026-10-24T14:30", 1, "09:00", "2026-10-25T09:00"),
        (NEW_YORK, "2026-10-31T14:30", 1, "01:30", "2026-11-01T05:30"),
        (NEW_YORK, "2026-10-31T14:30", 1, "09:00", "2026-11-01T14:00"),
        (LORD_HOWE, "2026-04-04T14:30", 1, "01:45", "2026-04-04T14:45"),
        (LORD_HOWE, "2026-04-04T14:30", 1, "09:00", "2026-04-04T22:30"),
        (CASABLANCA, "2026-02-14T14:30", 1, "02:30", "2026-02-15T01:30"),
        (CASABLANCA, "2026-02-14T14:30", 1, "09:00", "2026-02-15T09:00"),
        # A day that Samoa never had: what was meant for it goes a day later.
        (APIA, "2011-12-28T14:30", 1, "09:00", "2011-12-29T19:00"),
        (APIA, "2011-12-28T14:30", 2, "09:00", "2011-12-30T19:00"),
        (APIA, "2011-12-28T14:30", 3, "09:00", "2011-12-30T19:00"),
        # A zone that never changes, at half an hour.
        (KOLKATA, "2026-03-28T14:30", 1, "09:00", "2026-03-29T03:30"),
        # Leap day.
        (LONDON, "2028-02-28T14:30", 1, "09:00", "2028-02-29T09:00"),
        (LONDON, "2028-02-28T14:30", 2, "09:00", "2028-03-01T09:00"),
        (NEW_YORK, "2027-02-27T14:30", 2, "09:00", "2027-03-01T14:00"),
    ],
)
def test_a_time_means_the_patients_wall_clock(zone: str, ended: str, day: int, at: str, meant: str) -> None:
    reminder = only_reminder(plan_in(zone, ended, rule_at(day, at)))

    assert (reminder.intended_at, reminder.due_at) == (utc(meant), utc(meant))


@pytest.mark.parametrize(
    ("zone", "ended", "until", "end"),
    [
        (LONDON, "2026-03-28T14:30", "1d", "2026-03-30 00:00"),
        (LONDON, "2026-03-27T23:50", "1d", "2026-03-29 00:00"),
        (LONDON, "2026-03-28T23:50", "1d", "2026-03-31 00:00"),  # 23 hours and 10 minutes would be under a day
        (LONDON, "2026-10-24T23:50", "1d", "2026-10-26 00:00"),
        (LONDON, "2026-03-28T14:30", "24h", "2026-03-29 15:30"),
        (LONDON, "2026-10-24T14:30", "24h", "2026-10-25 13:30"),
        (NEW_YORK, "2026-03-07T23:30", "1d", "2026-03-10 00:00"),
        (NEW_YORK, "2026-10-31T23:30", "1d", "2026-11-02 00:00"),
        (LORD_HOWE, "2026-10-03T23:45", "1d", "2026-10-06 00:00"),
        (LORD_HOWE, "2026-10-03T23:15", "1d", "2026-10-05 00:00"),
        (CASABLANCA, "2026-03-21T23:30", "1d", "2026-03-24 00:00"),
        (APIA, "2011-12-28T14:30", "2d", "2012-01-01 00:00"),
        (KOLKATA, "2026-03-03T23:59", "5d", "2026-03-09 00:00"),
        (LONDON, "2028-02-27T14:30", "2d", "2028-03-01 00:00"),
        (LONDON, "2027-02-27T14:30", "2d", "2027-03-02 00:00"),
    ],
)
def test_a_window_ends_at_the_patients_midnight_and_is_never_too_short(
    zone: str, ended: str, until: str, end: str
) -> None:
    assert on_clock(only_stretch(plan_in(zone, ended, until=until)).end, zone) == end


@pytest.mark.parametrize("zone", [LONDON, NEW_YORK, LORD_HOWE, CASABLANCA, KOLKATA])
@pytest.mark.parametrize("month", range(1, 13))
def test_nine_in_the_morning_is_nine_in_the_morning_all_year(zone: str, month: int) -> None:
    plan = plan_in(
        zone, f"2026-{month:02}-01T14:30", a_rule(kind=Kind.SAFETY, send=on_days(*range(1, 32), at="09:00"), topics=())
    )

    assert {on_clock(reminder.due_at, zone)[-5:] for reminder in plan.reminders} == {"09:00"}
    assert len(plan.reminders) == 31


def test_what_was_meant_for_a_day_that_never_was_and_for_the_next_goes_once() -> None:
    rule = replace(rule_at(2, "09:00"), send=on_days(2, 3, at="09:00"))

    plan = plan_in(APIA, "2011-12-28T14:30", rule)

    assert timetable(plan, APIA) == ["12-31 09:00 danger"]


@pytest.mark.parametrize(
    ("zone", "ended", "goes"),
    [
        (LONDON, "2026-03-27T10:00", "03-29 10:00"),
        (LONDON, "2026-10-23T10:00", "10-25 10:00"),
        (APIA, "2011-12-28T10:00", "12-31 10:00"),
    ],
)
def test_what_a_limit_moves_a_day_keeps_its_wall_clock_time(zone: str, ended: str, goes: str) -> None:
    rules = [a_rule(name, send=on_days(1), topics=(), useful_for="9d") for name in ("a", "b")]
    clinic = a_clinic(zone=zone)
    session = a_session(ended_at=wall(ended, zone), zone=zone)

    plan = a_plan(a_protocol(*rules), sessions=[session], clinic=clinic, fits=ONE)

    assert timetable(plan, zone)[-1] == f"{goes} b"


@pytest.mark.parametrize("ended", ["2026-03-28T23:50", "2026-10-24T23:50"])
def test_ten_to_midnight_before_a_clock_change_loses_nothing(ended: str) -> None:
    rules = [a_rule("start", send=on_days(0, at="18:00")), a_rule(send=on_days(1)), rule_at(1, "17:00")]

    plan = plan_in(LONDON, ended, *rules, hours="08:00-20:00")

    day = datetime.fromisoformat(ended).day + 1
    assert [on_clock(reminder.due_at)[8:] for reminder in plan.reminders] == [
        f"{day} 08:00",
        f"{day} 10:00",
        f"{day} 17:00",
    ]


def test_a_saturday_session_with_a_closed_sunday_loses_no_advice() -> None:
    clinic = replace(
        a_clinic(),
        opening_hours=parse_week("mon-fri 09:00-17:00"),
        closed_days=a_clinic(closed_days=["2026-03-09"]).closed_days,
    )
    session = a_session(ended_at=wall("2026-03-07T14:30"))
    rules = [a_rule(send=on_days(1)), a_rule("check", kind=Kind.CHECK, send=on_days(1), topics=())]

    plan = a_plan(a_protocol(*rules), sessions=[session], clinic=clinic, fits=ONE)

    assert timetable(plan) == ["03-08 10:00 no-actives", "03-10 09:00 check"]
