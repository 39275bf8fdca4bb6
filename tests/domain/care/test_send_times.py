from __future__ import annotations

from datetime import date, time

import pytest

from scheduler.domain.care.history import History, ToldDate
from scheduler.domain.care.protocols import After, AtWindowEnd
from scheduler.domain.care.steps import PlannedReminder
from scheduler.domain.care.timing import Intent
from scheduler.domain.clinics.hours import WeekHours
from scheduler.domain.delivery.reminders import Kind
from tests.domain.care.builders import (
    ENDED,
    LONDON,
    a_clinic,
    a_patient,
    a_protocol,
    a_rule,
    a_session,
    a_window,
    lasts,
    on_clock,
    on_days,
    utc,
    wall,
    when,
)
from tests.domain.care.plans import a_plan, only_reminder, only_stretch

ALWAYS_OPEN = a_clinic(sending_hours=WeekHours.daily(time(0), None))
NEW_YORK, LORD_HOWE, TOKYO = "America/New_York", "Australia/Lord_Howe", "Asia/Tokyo"
AT_TEN = AtWindowEnd(time(10))


def resume(*topics: str) -> PlannedReminder:
    """The reminder of a rule that waits for the end of these topics, of 3, 5 and 7 days."""
    windows = [a_window("retinoid_otc", "3d"), a_window("acids", "5d"), a_window("swim", "7d")]
    return only_reminder(a_plan(a_protocol(a_rule(kind=Kind.RESUME, send=AT_TEN, topics=topics), windows=windows)))


def test_after_is_elapsed_time_from_the_end_of_the_session() -> None:
    reminder = only_reminder(a_plan(a_protocol(a_rule(send=After(lasts("1h"))))))

    assert reminder.due_at == reminder.intended_at == utc("2026-03-03T15:30")
    assert reminder.intent is None


def test_after_counts_from_the_end_and_not_from_registering() -> None:
    registered_late = a_session(known_at=utc("2026-03-03T15:10"))

    reminder = only_reminder(a_plan(a_protocol(a_rule(send=After(lasts("1h")))), sessions=[registered_late]))

    assert reminder.due_at == utc("2026-03-03T15:30")


@pytest.mark.parametrize(("delay", "due"), [("24h", "2026-03-29 13:00"), ("1d", "2026-03-29 13:00")])
def test_after_elapses_through_a_clock_change_in_days_too(delay: str, due: str) -> None:
    saturday = a_session(ended_at=wall("2026-03-28T12:00"))

    reminder = only_reminder(a_plan(a_protocol(a_rule(send=After(lasts(delay)))), sessions=[saturday]))

    assert on_clock(reminder.due_at) == due


def test_a_day_is_counted_from_day_0_on_the_calendar() -> None:
    rules = [a_rule("evening", send=on_days(0, at="18:00")), a_rule("morning", send=on_days(2, at="09:00"))]

    plan = a_plan(a_protocol(*rules))

    assert [on_clock(reminder.due_at) for reminder in plan.reminders] == ["2026-03-03 18:00", "2026-03-05 09:00"]


def test_a_day_keeps_its_wall_time_through_a_clock_change() -> None:
    saturday = a_session(ended_at=wall("2026-03-28T14:30"))

    reminder = only_reminder(a_plan(a_protocol(a_rule(send=on_days(1, at="09:00"))), sessions=[saturday]))

    assert on_clock(reminder.due_at) == "2026-03-29 09:00"
    assert reminder.due_at == utc("2026-03-29T08:00")


def test_several_days_give_a_reminder_each_known_by_its_day() -> None:
    plan = a_plan(a_protocol(a_rule("blisters", kind=Kind.SAFETY, send=on_days(2, 4, 7, at="12:00"), topics=())))

    assert [(reminder.identity.occurrence, on_clock(reminder.due_at)) for reminder in plan.reminders] == [
        (2, "2026-03-05 12:00"),
        (4, "2026-03-07 12:00"),
        (7, "2026-03-10 12:00"),
    ]


def test_what_was_meant_is_kept_beside_the_instant() -> None:
    reminder = only_reminder(a_plan(a_protocol(a_rule(send=on_days(1))), patient=a_patient(zone=TOKYO)))

    assert reminder.intent == Intent(day=date(2026, 3, 4), at=time(10), zone=TOKYO)
    assert reminder.intent.instant() == reminder.intended_at == reminder.due_at


def test_the_patients_zone_outweighs_the_clinics() -> None:
    protocol = a_protocol(a_rule(send=on_days(1)))

    at_home = only_reminder(a_plan(protocol))
    away = only_reminder(a_plan(protocol, patient=a_patient(zone=NEW_YORK)))

    assert at_home.due_at == utc("2026-03-04T10:00")
    assert away.due_at == utc("2026-03-04T15:00")


def test_day_0_is_the_clinics_even_where_the_patients_date_differs() -> None:
    evening = a_session(ended_at=utc("2026-03-03T20:00"))  # 4 March, 05:00 in Tokyo

    reminder = only_reminder(
        a_plan(a_protocol(a_rule(send=on_days(1))), sessions=[evening], patient=a_patient(zone=TOKYO))
    )

    assert on_clock(reminder.due_at, TOKYO) == "2026-03-04 10:00"


def test_a_later_change_of_the_clinics_zone_leaves_day_0() -> None:
    late = a_session(ended_at=wall("2026-03-03T23:30"), day_0=date(2026, 3, 3))

    reminder = only_reminder(a_plan(a_protocol(a_rule()), sessions=[late], clinic=a_clinic(zone="Europe/Berlin")))

    assert on_clock(reminder.due_at, "Europe/Berlin") == "2026-03-04 10:00"


@pytest.mark.parametrize(
    ("zone", "ended_at", "at", "due"),
    [
        (LONDON, "2026-03-28T14:30", "01:30", "2026-03-29 02:30"),
        (NEW_YORK, "2026-03-07T14:30", "02:30", "2026-03-08 03:30"),
        (LORD_HOWE, "2026-10-03T14:30", "02:10", "2026-10-04 02:40"),
    ],
)
def test_a_time_that_the_clocks_skip_moves_forward_by_the_gap(zone: str, ended_at: str, at: str, due: str) -> None:
    session = a_session(ended_at=wall(ended_at, zone), zone=zone)

    reminder = only_reminder(
        a_plan(
            a_protocol(a_rule(send=on_days(1, at=at))),
            sessions=[session],
            clinic=ALWAYS_OPEN,
            patient=a_patient(zone=zone),
        )
    )

    assert on_clock(reminder.due_at, zone) == due
    assert reminder.intent is not None
    assert f"{reminder.intent.at:%H:%M}" == at


@pytest.mark.parametrize(
    ("zone", "ended_at", "at", "due"),
    [
        (LONDON, "2026-10-24T14:30", "01:30", "2026-10-25T00:30"),
        (NEW_YORK, "2026-10-31T14:30", "01:30", "2026-11-01T05:30"),
        (LORD_HOWE, "2026-04-04T14:30", "01:45", "2026-04-04T14:45"),
    ],
)
def test_a_time_that_the_clocks_repeat_means_the_first(zone: str, ended_at: str, at: str, due: str) -> None:
    session = a_session(ended_at=wall(ended_at, zone), zone=zone)

    reminder = only_reminder(
        a_plan(
            a_protocol(a_rule(send=on_days(1, at=at))),
            sessions=[session],
            clinic=ALWAYS_OPEN,
            patient=a_patient(zone=zone),
        )
    )

    assert reminder.due_at == utc(due)


@pytest.mark.parametrize(
    ("topics", "due"),
    [
        (("retinoid_otc",), "2026-03-07 10:00"),
        (("retinoid_otc", "acids"), "2026-03-09 10:00"),
        (("swim", "acids", "retinoid_otc"), "2026-03-11 10:00"),
        (("retinoid_otc", "unheard_of"), "2026-03-07 10:00"),
    ],
)
def test_window_end_waits_for_the_end_of_all_its_topics(topics: tuple[str, ...], due: str) -> None:
    assert on_clock(resume(*topics).due_at) == due


@pytest.mark.parametrize(("length", "due"), [("67h30m", "2026-03-06 10:00"), ("68h", "2026-03-07 10:00")])
def test_window_end_may_be_the_very_minute_of_the_end(length: str, due: str) -> None:
    minutes = {"67h30m": "4050m", "68h": "4080m"}[length]
    protocol = a_protocol(a_rule(kind=Kind.RESUME, send=AT_TEN), windows=[a_window(until=minutes)])

    assert on_clock(only_reminder(a_plan(protocol)).due_at) == due


def test_window_end_waits_for_the_other_sessions_that_forbid_the_same() -> None:
    protocol = a_protocol(a_rule(kind=Kind.RESUME, send=AT_TEN))
    sessions = [a_session("s-1"), a_session("s-2", ended_at=utc("2026-03-07T14:30"))]

    plan = a_plan(protocol, sessions=sessions)

    assert [on_clock(reminder.due_at) for reminder in plan.reminders] == ["2026-03-13 10:00"]


def test_window_end_waits_for_a_topic_that_only_another_session_forbids() -> None:
    rule = a_rule(kind=Kind.RESUME, send=AT_TEN, topics=("retinoid_otc", "acids"))
    peel = a_protocol(procedure="peel", windows=[a_window("acids", "9d")])
    sessions = [a_session("s-1"), a_session("s-2", procedure="peel")]

    reminder = only_reminder(a_plan(a_protocol(rule), peel, sessions=sessions))

    assert on_clock(reminder.due_at) == "2026-03-13 10:00"
    assert reminder.useful_until == wall("2026-03-16T00:00")


def test_window_end_does_not_permit_between_the_end_and_its_time_what_a_new_session_forbids() -> None:
    sessions = [a_session("s-1"), a_session("s-2", ended_at=wall("2026-03-09T09:30"))]

    plan = a_plan(a_protocol(a_rule(kind=Kind.RESUME, send=AT_TEN)), sessions=sessions)

    assert [on_clock(reminder.due_at) for reminder in plan.reminders] == ["2026-03-15 10:00"]


def test_window_end_leaves_out_what_another_session_forbids_much_later() -> None:
    sessions = [a_session("s-1"), a_session("s-2", ended_at=wall("2026-04-20T09:30"))]

    plan = a_plan(a_protocol(a_rule(kind=Kind.RESUME, send=AT_TEN)), sessions=sessions, now=ENDED)

    assert [on_clock(reminder.due_at) for reminder in plan.reminders] == ["2026-03-09 10:00", "2026-04-26 10:00"]


@pytest.mark.parametrize("order", [1, -1])
def test_window_end_waits_for_the_last_of_a_topics_windows_however_they_are_ordered(order: int) -> None:
    windows = [a_window(until="3d"), a_window(until="9d", start=lasts("6d"))]
    protocol = a_protocol(a_rule(kind=Kind.RESUME, send=AT_TEN), windows=windows[::order])

    assert on_clock(only_reminder(a_plan(protocol)).due_at) == "2026-03-13 10:00"


@pytest.mark.parametrize(
    ("told", "due"),
    [
        ({"retinoid_otc": "2026-03-12T00:00"}, "2026-03-12 10:00"),
        ({"retinoid_otc": "2026-03-05T00:00"}, "2026-03-09 10:00"),
        ({"swim": "2026-03-12T00:00"}, "2026-03-09 10:00"),
    ],
)
def test_window_end_waits_for_the_last_date_that_the_patient_was_told(told: dict[str, str], due: str) -> None:
    dates = tuple(ToldDate(topic=topic, until=wall(until), told_at=ENDED) for topic, until in told.items())

    reminder = only_reminder(a_plan(a_protocol(a_rule(kind=Kind.RESUME, send=AT_TEN)), history=History(told=dates)))

    assert on_clock(reminder.due_at) == due


def test_window_end_is_on_the_patients_clock() -> None:
    patient = a_patient(zone=NEW_YORK)

    plan = a_plan(a_protocol(a_rule(kind=Kind.RESUME, send=AT_TEN)), patient=patient)

    assert on_clock(only_stretch(plan).end, NEW_YORK) == "2026-03-09 00:00"
    assert on_clock(only_reminder(plan).due_at, NEW_YORK) == "2026-03-09 10:00"


def test_a_reminder_knows_when_each_of_its_topics_ends_for_the_patient() -> None:
    windows = [a_window("acids", "3d"), a_window("swim", "5d"), a_window("heat", "9d")]
    rule = a_rule(topics=("acids", "swim", "unheard_of"))
    sessions = [a_session("s-1"), a_session("s-2", ended_at=utc("2026-03-05T14:30"))]

    first, second = a_plan(a_protocol(rule, windows=windows), sessions=sessions).reminders

    assert (
        first.topic_ends == second.topic_ends == {"acids": wall("2026-03-09T00:00"), "swim": wall("2026-03-11T00:00")}
    )


def test_what_a_rule_says_is_passed_on() -> None:
    rule = a_rule("shade", condition=when(session_number=1))

    reminder = only_reminder(a_plan(a_protocol(rule)))

    assert (reminder.identity, reminder.kind, reminder.template) == (("s-1", "shade", 0), Kind.INSTRUCT, "shade")
    assert (reminder.channel, reminder.channels) == (rule.channels[0], rule.channels)
    assert reminder.bundled_into is None
