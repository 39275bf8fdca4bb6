from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from scheduler.domain.care.conditions import ALWAYS, Condition
from scheduler.domain.care.protocols import Advice, ReminderRule
from scheduler.domain.care.reasons import Why
from scheduler.domain.clinics.clinics import Limits
from scheduler.domain.delivery.reminders import Kind, Status
from scheduler.domain.people.patients import Channel
from tests.domain.care.builders import (
    ENDED,
    MAILBOX,
    MOBILE,
    a_clinic,
    a_patient,
    a_protocol,
    a_rule,
    a_session,
    a_topic,
    a_window,
    on_days,
    wall,
    when,
)
from tests.domain.care.plans import ANY, a_plan, history_of, planned, room_for, rows_of, timetable, why_not


def on(day: int, id: str, kind: Kind = Kind.INSTRUCT, *, at: str = "10:00", when: Condition = ALWAYS) -> ReminderRule:  # noqa: A002  as the field
    return a_rule(id, kind=kind, send=on_days(day, at=at), topics=(), condition=when, useful_for="20d")


def a_limit(**limits: int) -> Limits:
    most = {"day_0": 99, "per_day": 99, "per_course": 99, **limits}
    return Limits(**most, apart=timedelta(0))


def test_a_bundle_counts_once() -> None:
    rules = [on(2, "a"), on(2, "b"), on(3, "c")]

    plan = a_plan(a_protocol(*rules), clinic=a_clinic(limits=Limits(per_course=2)), fits=room_for(2))

    assert timetable(plan) == ["03-05 10:00 a + b", "03-06 10:00 c"]


def test_a_bundle_that_finds_no_room_moves_as_one() -> None:
    rules = [on(2, "first", at="08:00"), on(2, "a", Kind.CHECK, at="12:00"), on(2, "b", Kind.CHECK, at="12:30")]

    plan = a_plan(a_protocol(*rules), fits=ANY)

    assert timetable(plan) == ["03-05 08:00 first", "03-06 12:30 a + b"]


def test_of_a_bundle_that_moves_only_what_is_still_useful_goes() -> None:
    brief = a_rule("brief", send=on_days(2, at="12:00"), topics=(), useful_for="20h", kind=Kind.CHECK)
    rules = [on(2, "first", at="08:00"), brief, on(2, "b", Kind.CHECK, at="12:30")]

    plan = a_plan(a_protocol(*rules), fits=ANY)

    assert timetable(plan) == ["03-05 08:00 first", "03-06 12:30 b"]
    assert why_not(plan) == {"brief": Why.DAY_LIMIT}


def test_what_needs_a_flag_keeps_its_place_when_the_rest_of_its_bundle_moves() -> None:
    flagged = on(2, "flagged", Kind.CHECK, at="12:30", when=when(flags="herpes"))
    rules = [on(2, "first", at="08:00"), on(2, "plain", Kind.CHECK, at="12:00"), flagged]

    plan = a_plan(a_protocol(*rules), patient=a_patient(flags=["herpes"]), fits=ANY)

    assert timetable(plan) == ["03-05 08:00 first", "03-05 12:30 flagged", "03-06 12:00 plain"]


def test_what_needs_a_flag_stays_with_the_bundle_that_stays() -> None:
    flagged = on(2, "flagged", Kind.CHECK, at="12:30", when=when(flags="herpes"))

    plan = a_plan(a_protocol(on(2, "plain", at="12:00"), flagged), patient=a_patient(flags=["herpes"]), fits=ANY)

    assert timetable(plan) == ["03-05 12:30 plain + flagged"]


def test_of_a_bundle_whose_course_is_full_the_rest_goes_at_its_own_time() -> None:
    needling = a_protocol(on(1, "used"), on(2, "full", at="10:30"))
    peel = a_protocol(on(2, "peel"), procedure="peel")
    sessions = [a_session("s-1"), a_session("s-2", procedure="peel")]

    plan = a_plan(needling, peel, sessions=sessions, clinic=a_clinic(limits=a_limit(per_course=1)), fits=ANY)

    assert timetable(plan) == ["03-04 10:00 used", "03-05 10:00 peel"]
    assert why_not(plan) == {"full": Why.COURSE_LIMIT}


def test_a_late_bundle_whose_day_is_full_still_waits_until_all_of_it_may_go() -> None:
    filler = replace(on(1, "filler", at="09:00"), channels=(Channel.EMAIL,))
    sun = replace(on(1, "sun", at="11:00"), topics=("spf_daily",))
    needling = a_protocol(filler, on(1, "sooner"), sun, windows=[a_window("spf_daily", "28d")])
    peel = a_protocol(procedure="peel", windows=[a_window("spf_start", "24h")])
    late = wall("2026-03-06T12:00")
    sessions = [
        a_session("s-1", known_at=late),
        a_session("s-2", procedure="peel", ended_at=wall("2026-03-05T12:30"), known_at=late),
    ]

    plan = a_plan(
        needling,
        peel,
        sessions=sessions,
        patient=a_patient(contacts=(MOBILE, MAILBOX)),
        clinic=a_clinic(limits=a_limit(per_day=1)),
        topics=[a_topic("spf_start", opposes="spf_daily"), a_topic("spf_daily", Advice.DO)],
        fits=ANY,
    )

    assert timetable(plan) == ["03-06 12:00 filler", "03-06 12:30 sooner + sun"]


def test_a_sent_bundle_counts_once() -> None:
    protocol = a_protocol(on(0, "a"), on(0, "b"), on(0, "c", at="18:00"))
    rows = rows_of(a_plan(protocol, fits=ANY), planned_at=ENDED)
    went = [replace(row, status=Status.SENT) for row in rows[:2]]

    plan = a_plan(protocol, history=history_of(*went, rows[2]), fits=ANY)

    assert planned(plan, "c").due_at == wall("2026-03-03T18:00")
