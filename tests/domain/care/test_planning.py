from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from itertools import permutations

import pytest

from scheduler.domain.care import planning
from scheduler.domain.care.planning import Plan
from scheduler.domain.care.protocols import After, AtWindowEnd, Band
from scheduler.domain.delivery.reminders import Identity, Kind, Status
from tests.domain.care.builders import (
    ENDED,
    a_clinic,
    a_patient,
    a_protocol,
    a_rule,
    a_session,
    a_version,
    a_window,
    lasts,
    on_clock,
    on_days,
    utc,
    when,
)
from tests.domain.care.plans import a_plan, history_of, only_reminder, only_stretch, stored

RULES = (
    a_rule("start", send=After(lasts("1h"))),
    a_rule("blisters", kind=Kind.SAFETY, send=on_days(2, 4, 7), topics=()),
    a_rule("resume", kind=Kind.RESUME, send=AtWindowEnd(time(10))),
)


def identities(plan: Plan) -> list[Identity]:
    return [reminder.identity for reminder in plan.reminders]


def test_a_reminder_is_known_by_its_session_rule_and_day() -> None:
    sessions = [a_session("s-1"), a_session("s-2", ended_at=utc("2026-03-20T10:00"))]

    plan = a_plan(a_protocol(*RULES), sessions=sessions, now=ENDED)

    assert identities(plan) == [
        Identity(session, rule, occurrence)
        for session in ("s-1", "s-2")
        for rule, occurrence in [("start", 0), ("blisters", 2), ("blisters", 4), ("blisters", 7), ("resume", 0)]
    ]


def test_a_rule_on_one_day_is_occurrence_0_whichever_day_that_is() -> None:
    assert only_reminder(a_plan(a_protocol(a_rule(send=on_days(3))))).identity.occurrence == 0


def test_a_reminder_stays_the_same_one_when_its_time_changes() -> None:
    earlier, later = (only_reminder(a_plan(a_protocol(a_rule(send=on_days(day))))) for day in (1, 2))

    assert earlier.identity == later.identity
    assert earlier.due_at != later.due_at


def test_the_plan_does_not_depend_on_the_order_of_the_sessions() -> None:
    peel = a_protocol(a_rule("peel"), procedure="peel", windows=[a_window("retinoid_otc", "9d"), a_window("swim")])
    sessions = [
        a_session("s-1", ended_at=utc("2026-03-01T10:00")),
        a_session("s-2", ended_at=utc("2026-03-03T10:00")),
        a_session("s-3", ended_at=utc("2026-03-03T10:00"), procedure="peel"),
        a_session("s-4", ended_at=utc("2026-04-03T10:00"), voided=True),
    ]

    plans = [a_plan(a_protocol(*RULES), peel, sessions=order, now=ENDED) for order in permutations(sessions)]

    assert all(plan == plans[0] for plan in plans)
    assert len(plans[0].reminders) > len(sessions)


def test_a_voided_session_gives_nothing_and_counts_for_nothing() -> None:
    voided = a_session("s-1", ended_at=utc("2026-03-02T10:00"), voided=True)
    session = a_session("s-2")

    alone, beside = (a_plan(a_protocol(*RULES), sessions=found) for found in ([session], [voided, session]))

    assert alone == beside
    assert list(beside.courses) == ["s-2"]
    assert beside.courses["s-2"].facts["session_number"] == 1.0


def test_without_sessions_there_is_no_plan() -> None:
    plan = a_plan(a_protocol(*RULES), sessions=[])

    assert (plan.courses, plan.windows, plan.reminders, plan.not_planned) == ({}, {}, (), ())


def test_windows_of_all_sessions_and_procedures_are_merged_for_the_patient() -> None:
    peel = a_protocol(procedure="peel", windows=[a_window("retinoid_otc", "9d")])
    sessions = [a_session("s-1"), a_session("s-2", procedure="peel", ended_at=utc("2026-03-05T10:00"))]

    stretch = only_stretch(a_plan(a_protocol(), peel, sessions=sessions))

    assert (on_clock(stretch.start), on_clock(stretch.end)) == ("2026-03-03 14:30", "2026-03-15 00:00")
    assert stretch.owner.session_id == "s-2"
    assert [window.session_id for window in stretch.contributors] == ["s-1", "s-2"]


def test_each_session_is_planned_under_its_own_version() -> None:
    old, new = a_protocol(windows=[a_window(until="5d")]), a_protocol(windows=[a_window(until="9d")])
    sessions = [a_session("s-1", version=1), a_session("s-2", version=2, ended_at=utc("2026-05-05T10:00"))]
    versions = {("microneedling", 1): a_version(old, 1), ("microneedling", 2): a_version(new, 2)}

    plan = planning.plan(a_patient(), sessions, versions, a_clinic(), history_of(), ENDED)

    assert [on_clock(part.end) for part in plan.windows["retinoid_otc"]] == ["2026-03-09 00:00", "2026-05-15 00:00"]
    assert [course.version.number for course in plan.courses.values()] == [1, 2]


def test_a_course_keeps_the_facts_and_the_band_it_was_read_with() -> None:
    protocol = a_protocol(bands=[Band(id="D1", when=when(modality="pen"))])

    course = a_plan(protocol, sessions=[a_session(facts={"modality": "pen"})]).courses["s-1"]

    assert course.band is not None
    assert course.facts["band"] == "D1"
    assert course.facts["modality"] == "pen"


def test_a_known_reminder_keeps_the_time_that_it_was_first_planned_with() -> None:
    protocol = a_protocol(a_rule(send=on_days(1)))
    session = a_session(known_at=utc("2026-03-05T11:17"))
    first = only_reminder(a_plan(protocol, sessions=[session], now=utc("2026-03-05T11:17")))

    again = only_reminder(
        a_plan(protocol, sessions=[session], history=history_of(stored(first)), now=utc("2026-03-06T09:00"))
    )

    assert again == first


def test_a_rule_that_is_new_to_a_known_session_is_never_due_before_now() -> None:
    now = utc("2026-03-06T15:00")

    reminder = only_reminder(a_plan(a_protocol(a_rule(send=on_days(1))), now=now))

    assert (reminder.intended_at, reminder.due_at) == (utc("2026-03-04T10:00"), now)


def test_a_rule_that_was_new_keeps_the_time_it_was_given_then() -> None:
    protocol, enabled = a_protocol(a_rule(send=on_days(1))), utc("2026-03-06T15:00")
    first = only_reminder(a_plan(protocol, now=enabled))

    again = only_reminder(
        a_plan(protocol, history=history_of(stored(first, planned_at=enabled)), now=utc("2026-03-07T09:00"))
    )

    assert again == first


def test_a_rule_that_is_new_after_its_use_gives_nothing() -> None:
    plan = a_plan(a_protocol(a_rule(send=on_days(1))), now=utc("2026-03-09T00:00"))

    assert plan.reminders == ()


@pytest.mark.parametrize("status", list(Status))
def test_what_is_stored_counts_as_known_whatever_became_of_it(status: Status) -> None:
    protocol = a_protocol(a_rule(send=on_days(1)))
    first = only_reminder(a_plan(protocol))

    again = only_reminder(a_plan(protocol, history=history_of(stored(first, status)), now=ENDED + timedelta(days=3)))

    assert again.due_at == first.due_at


def test_a_change_of_the_patients_zone_moves_what_was_meant_on_the_wall_clock() -> None:
    protocol = a_protocol(a_rule(send=on_days(1)))
    first = only_reminder(a_plan(protocol))

    moved = only_reminder(
        a_plan(protocol, patient=a_patient(zone="America/New_York"), history=history_of(stored(first)))
    )

    assert moved.identity == first.identity
    assert (on_clock(first.due_at), on_clock(moved.due_at, "America/New_York")) == ("2026-03-04 10:00",) * 2


def test_the_plan_depends_on_its_arguments_alone() -> None:
    assert a_plan(a_protocol(*RULES)) == a_plan(a_protocol(*RULES))


def test_reminders_stand_in_the_order_of_sessions_then_rules() -> None:
    late_rule, early_rule = a_rule("late", send=on_days(4)), a_rule("early", send=on_days(1))
    sessions = [a_session("s-1", ended_at=utc("2026-03-20T10:00")), a_session("s-2")]

    plan = a_plan(a_protocol(late_rule, early_rule), sessions=sessions, now=ENDED)

    assert [(reminder.identity.session_id, reminder.identity.rule) for reminder in plan.reminders] == [
        ("s-2", "late"),
        ("s-2", "early"),
        ("s-1", "late"),
        ("s-1", "early"),
    ]


def test_sessions_that_end_at_once_are_told_apart_by_their_ids() -> None:
    one = a_session("s-a")
    sessions = [replace(one, id="s-b"), one]

    assert list(a_plan(sessions=sessions).courses) == ["s-a", "s-b"]


def test_the_windows_alone_are_those_of_the_plan() -> None:
    sessions = [a_session("s-1"), a_session("s-2", ended_at=ENDED + timedelta(days=2)), a_session("s-3", voided=True)]
    versions = {("microneedling", 1): a_version(a_protocol())}

    alone = planning.merged_windows(a_patient(), sessions, versions, a_clinic())

    assert alone == a_plan(a_protocol(), sessions=sessions).windows
