from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from scheduler.domain.care.changes import diff
from scheduler.domain.care.conditions import ALWAYS, Condition
from scheduler.domain.care.protocols import After, AtWindowEnd, ReminderRule
from scheduler.domain.care.reasons import Reason, Why, sentence
from scheduler.domain.clinics.clinics import Limits
from scheduler.domain.clinics.hours_text import parse_week
from scheduler.domain.delivery.reminders import Kind, Status
from tests.domain.care.builders import (
    ENDED,
    a_clinic,
    a_patient,
    a_protocol,
    a_rule,
    a_session,
    lasts,
    on_days,
    wall,
    when,
)
from tests.domain.care.plans import ONE, a_plan, history_of, planned, room_for, rows_of, timetable, why_not


def on(day: int, id: str, kind: Kind = Kind.INSTRUCT, *, at: str = "10:00", when: Condition = ALWAYS) -> ReminderRule:  # noqa: A002  as the field
    return a_rule(id, kind=kind, send=on_days(day, at=at), topics=(), condition=when, useful_for="20d")


def a_limit(**limits: int) -> Limits:
    most = {"day_0": 99, "per_day": 99, "per_course": 99, **limits}
    return Limits(**most, apart=timedelta(0))


def test_two_messages_on_day_0_then_one_a_day() -> None:
    rules = [on(0, f"day-0-{hour}", at=f"{hour}:00") for hour in (15, 17, 19)]
    rules += [on(1, f"day-1-{hour}", at=f"{hour}:00") for hour in (10, 12)]

    plan = a_plan(a_protocol(*rules), fits=ONE)

    assert timetable(plan) == [
        "03-03 15:00 day-0-15",
        "03-03 17:00 day-0-17",
        "03-04 19:00 day-0-19",
        "03-05 10:00 day-1-10",
        "03-06 12:00 day-1-12",
    ]


def test_day_0_of_each_session_has_its_two() -> None:
    rules = [on(0, "a", at="15:00"), on(0, "b", at="18:00")]
    sessions = [a_session("s-1"), a_session("s-2", ended_at=wall("2026-03-10T14:30"))]

    assert len(a_plan(a_protocol(*rules), sessions=sessions, now=ENDED, fits=ONE).reminders) == 4


def test_the_lower_rank_moves_a_day_and_says_so() -> None:
    plan = a_plan(a_protocol(on(2, "check", Kind.CHECK, at="09:00"), on(2, "sun", at="12:00")), fits=ONE)

    assert timetable(plan) == ["03-05 12:00 sun", "03-06 09:00 check"]
    assert sentence(planned(plan, "check").reasons[-1]) == (
        "Moved from 5 March, 09:00 to 6 March, 09:00: the day had as many messages as the clinic allows, 1."
    )


def test_what_moves_a_day_is_meant_for_that_day() -> None:
    plan = a_plan(a_protocol(on(2, "check", Kind.CHECK), on(2, "sun")), fits=ONE)

    moved = planned(plan, "check")
    assert moved.intended_at == moved.due_at == wall("2026-03-06T10:00")
    assert moved.intent is not None
    assert moved.intent.instant() == moved.intended_at


def test_at_equal_rank_the_earlier_intended_time_stays_then_the_order_of_the_rules() -> None:
    rules = [on(2, "late", at="12:00"), on(2, "b"), on(2, "a")]

    assert timetable(a_plan(a_protocol(*rules), fits=ONE)) == ["03-05 10:00 b", "03-06 10:00 a", "03-07 12:00 late"]


def test_what_is_of_no_use_the_next_day_is_left_out() -> None:
    brief = a_rule("brief", send=on_days(2, at="12:00"), topics=(), useful_for="24h")
    longer = replace(brief, useful_for=lasts("25h"))

    out, stays = (a_plan(a_protocol(on(2, "sun"), rule), fits=ONE) for rule in (brief, longer))

    assert why_not(out) == {"brief": Why.DAY_LIMIT}
    assert timetable(stays) == ["03-05 10:00 sun", "03-06 12:00 brief"]


def test_elapsed_times_move_a_day_on_the_clock() -> None:
    start = a_rule("start", send=After(lasts("24h")), topics=(), useful_for="9d")

    plan = a_plan(a_protocol(on(1, "sun"), start), sessions=[a_session(ended_at=wall("2026-03-27T12:00"))], fits=ONE)

    assert timetable(plan) == ["03-28 10:00 sun", "03-29 12:00 start"]
    assert planned(plan, "start").intent is None


def test_a_course_has_nine_and_the_lowest_rank_falls_out_first() -> None:
    rules = [on(day, f"i-{day}") for day in range(1, 9)]
    rules += [on(0, "resume", Kind.RESUME), on(20, "check", Kind.CHECK), on(9, "check-2", Kind.CHECK)]

    plan = a_plan(a_protocol(*rules), fits=ONE)

    assert len(plan.reminders) == 9
    assert why_not(plan) == {"check": Why.COURSE_LIMIT, "resume": Why.COURSE_LIMIT}
    assert plan.not_planned[0].reason == Reason(Why.COURSE_LIMIT, {"most": 9})


def test_each_course_has_its_own_nine() -> None:
    rules = [on(day, f"i-{day}") for day in range(1, 6)]
    sessions = [a_session("s-1"), a_session("s-2", ended_at=wall("2026-03-20T10:00"))]
    clinic = a_clinic(limits=a_limit(per_course=5))

    assert len(a_plan(a_protocol(*rules), sessions=sessions, now=ENDED, clinic=clinic, fits=ONE).reminders) == 10


@pytest.mark.parametrize(("limit", "left"), [({"day_0": 1}, 1), ({"per_day": 2}, 2), ({"per_course": 1}, 1)])
def test_the_numbers_are_the_clinics(limit: dict[str, int], left: int) -> None:
    day = 0 if "day_0" in limit else 1
    rules = [a_rule(name, send=on_days(day, at="16:00"), topics=(), useful_for="3h") for name in "abc"]

    plan = a_plan(a_protocol(*rules), clinic=a_clinic(limits=a_limit(**limit)), fits=ONE)

    assert len(plan.reminders) == left


@pytest.mark.parametrize(
    ("second", "goes"), [("15:00", "16:00"), ("15:59", "16:00"), ("16:00", "16:00"), ("16:01", "16:01")]
)
def test_messages_keep_an_hour_apart(second: str, goes: str) -> None:
    plan = a_plan(a_protocol(on(0, "a", at="15:00"), on(0, "b", at=second)), fits=ONE)

    assert timetable(plan) == ["03-03 15:00 a", f"03-03 {goes} b"]


def test_an_hour_apart_is_told() -> None:
    plan = a_plan(a_protocol(on(0, "a", at="15:00"), on(0, "b", at="15:30")), fits=ONE)

    assert sentence(planned(plan, "b").reasons[-1]) == (
        "Moved from 3 March, 15:30 to 3 March, 16:00: messages to one patient keep 60 minutes apart."
    )


def test_the_lower_rank_makes_way_for_what_comes_later() -> None:
    plan = a_plan(a_protocol(on(0, "check", Kind.CHECK, at="15:00"), on(0, "sun", at="15:30")), fits=ONE)

    assert timetable(plan) == ["03-03 15:30 sun", "03-03 16:30 check"]


def test_what_would_leave_the_hours_to_keep_apart_goes_the_next_morning() -> None:
    plan = a_plan(a_protocol(on(0, "a", at="19:15"), on(0, "b", at="19:30")), fits=ONE)

    assert timetable(plan) == ["03-03 19:15 a", "03-04 08:00 b"]


def test_what_can_not_keep_apart_while_it_is_of_use_is_left_out() -> None:
    brief = a_rule("b", send=on_days(0, at="15:30"), topics=(), useful_for="30m")

    assert why_not(a_plan(a_protocol(on(0, "a", at="15:00"), brief), fits=ONE)) == {"b": Why.DAY_LIMIT}


def test_what_finds_no_open_hour_after_its_day_is_left_out() -> None:
    shut = [str(date(2026, 3, 6) + timedelta(days=day)) for day in range(90)]
    rules = [on(2, "sun"), replace(on(2, "check", Kind.CHECK), useful_for=lasts("99d"))]

    plan = a_plan(a_protocol(*rules), clinic=a_clinic(closed_days=shut), fits=ONE)

    assert why_not(plan) == {"check": Why.DAY_LIMIT}


EXEMPT = [
    on(2, "danger", Kind.SAFETY),
    on(2, "correction", Kind.CORRECTION),
    on(2, "flagged", Kind.CHECK, when=when(flags="herpes")),
]


@pytest.mark.parametrize("rule", EXEMPT, ids=[rule.id for rule in EXEMPT])
def test_safety_correction_and_rules_that_need_a_flag_are_exempt_and_do_not_count(rule: ReminderRule) -> None:
    clinic = a_clinic(limits=Limits(per_course=1))
    patient = a_patient(flags=["herpes"])

    plan = a_plan(a_protocol(rule, on(2, "sun")), clinic=clinic, patient=patient, fits=ONE)

    assert timetable(plan) == [f"03-05 10:00 {rule.id}", "03-05 10:00 sun"]


def test_they_count_by_the_day_of_the_intended_time_and_not_of_the_hour_at_which_they_go() -> None:
    clinic = a_clinic(sending_hours=parse_week("tue-sat 08:00-20:00"))
    sessions = [a_session(ended_at=wall("2026-03-07T14:30"))]
    rules = [on(day, f"day-{day}") for day in (1, 2, 3)]

    plan = a_plan(a_protocol(*rules), sessions=sessions, clinic=replace(clinic), fits=ONE)

    assert timetable(plan) == ["03-10 08:00 day-1", "03-10 09:00 day-2", "03-10 10:00 day-3"]


def test_late_steps_count_on_the_days_for_which_they_were_meant() -> None:
    rules = [on(day, f"day-{day}") for day in (1, 2, 3)]

    plan = a_plan(a_protocol(*rules), sessions=[a_session(known_at=wall("2026-03-06T12:00"))], fits=ONE)

    assert timetable(plan) == ["03-06 12:00 day-1", "03-06 13:00 day-2", "03-06 14:00 day-3"]


def test_a_late_step_whose_day_is_full_counts_on_the_next() -> None:
    rules = [on(1, "a"), on(1, "b"), on(2, "c")]

    plan = a_plan(a_protocol(*rules), sessions=[a_session(known_at=wall("2026-03-05T12:00"))], fits=ONE)

    assert timetable(plan) == ["03-05 12:00 a", "03-05 13:00 b", "03-06 10:00 c"]


def test_sent_messages_count() -> None:
    first = a_protocol(on(2, "sun"))
    (row,) = rows_of(a_plan(first, fits=ONE), Status.DELIVERED, planned_at=ENDED)
    both = a_protocol(on(2, "sun"), on(2, "check", at="09:00"))

    plan = a_plan(both, history=history_of(row), fits=ONE)

    assert timetable(plan) == ["03-05 10:00 sun", "03-06 09:00 check"]


def test_sent_messages_count_though_their_rule_or_session_is_gone() -> None:
    (row,) = rows_of(a_plan(a_protocol(on(2, "gone")), fits=ONE), Status.SENT, planned_at=ENDED)

    plan = a_plan(a_protocol(on(2, "sun", at="14:00")), history=history_of(row), fits=ONE)

    assert timetable(plan) == ["03-06 14:00 sun"]


@pytest.mark.parametrize("status", [Status.SKIPPED, Status.CANCELLED, Status.FAILED, Status.EXPIRED])
def test_what_will_not_go_takes_no_room(status: Status) -> None:
    protocol = a_protocol(on(2, "sun"), on(2, "check", at="09:00", kind=Kind.CHECK))
    sun, _ = rows_of(a_plan(protocol, fits=ONE), planned_at=ENDED)

    plan = a_plan(protocol, history=history_of(replace(sun, status=status, touched=True)), fits=ONE)

    assert planned(plan, "check").due_at == wall("2026-03-05T09:00")


def test_what_a_person_moved_counts_where_it_is() -> None:
    protocol = a_protocol(on(2, "sun"), on(2, "check", at="12:00"))
    sun, _ = rows_of(a_plan(protocol, fits=ONE), planned_at=ENDED)
    by_hand = replace(sun, due_at=wall("2026-03-05T12:30"), touched=True)

    plan = a_plan(protocol, history=history_of(by_hand), fits=ONE)

    assert planned(plan, "check").due_at == wall("2026-03-06T12:00")


def test_a_text_that_permits_is_not_moved_into_a_window() -> None:
    rules = [on(6, "sun"), a_rule("resume", kind=Kind.RESUME, send=AtWindowEnd(time(10)))]
    sessions = [a_session("s-1"), a_session("s-2", ended_at=wall("2026-03-10T07:00"), procedure="peel")]
    peel = a_protocol(procedure="peel")

    plan = a_plan(a_protocol(*rules), peel, sessions=sessions, now=ENDED, fits=ONE)

    assert why_not(plan) == {"resume": Why.DAY_LIMIT}


def test_without_a_measure_nothing_is_limited() -> None:
    rules = [on(2, name) for name in "abc"]

    assert len({reminder.due_at for reminder in a_plan(a_protocol(*rules)).reminders}) == 1


@pytest.mark.parametrize("sent", range(8))
def test_planning_again_while_messages_go_out_changes_nothing(sent: int) -> None:
    rules = [on(0, name, at=f"{at}:30") for name, at in zip("abc", (15, 16, 18), strict=True)]
    rules += [on(day, f"{kind}-{day}", kind) for day in (1, 2, 2, 3) for kind in (Kind.CHECK, Kind.INSTRUCT)]
    protocol = a_protocol(*dict.fromkeys(rules))
    rows = rows_of(a_plan(protocol, fits=room_for(2)), planned_at=ENDED)
    by_time = sorted(rows, key=lambda row: (row.due_at, row.bundled_into or row.id))
    now = by_time[sent].due_at
    rows = [replace(row, status=Status.SENT) if row.due_at <= now else row for row in rows]

    again = a_plan(protocol, history=history_of(*rows), now=now, fits=room_for(2))

    assert diff(again, rows, now).empty
