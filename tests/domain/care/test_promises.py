from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain.care.bundling import Fits
from scheduler.domain.care.changes import diff
from scheduler.domain.care.drafts import PlannedReminder
from scheduler.domain.care.planning import Plan
from scheduler.domain.care.protocols import AtWindowEnd, CareProtocol, Modifier
from scheduler.domain.care.sessions import TreatmentSession
from scheduler.domain.care.timing import end_after
from scheduler.domain.clinics import zones
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Kind, Status
from scheduler.domain.people.patients import Patient
from tests.domain.care.builders import a_rule
from tests.domain.care.plans import a_plan, history_of, room_for, rows_of
from tests.domain.care.strategies import (
    OPENING,
    OPPOSED,
    TOLD,
    WORDS,
    clinics,
    modifiers,
    pairs,
    patients,
    session_lists,
    times,
    topics,
)

measures: st.SearchStrategy[Fits | None] = st.sampled_from([None, room_for(1), room_for(2), room_for(5)])


def covers(after: Plan, before: Plan) -> bool:
    """Whether every stretch of the one plan lies inside one of the other."""
    return all(
        any(wider.start <= part.start and part.end <= wider.end for wider in after.windows.get(topic, ()))
        for topic, stretches in before.windows.items()
        for part in stretches
    )


def check_time(reminder: PlannedReminder, session: TreatmentSession, clinic: Clinic, zone: str) -> None:
    assert clinic.sending_hours.hold(reminder.due_at, zone)
    assert reminder.intended_at <= reminder.due_at < reminder.useful_until
    assert reminder.due_at >= session.known_at
    if reminder.kind in {Kind.CHECK, Kind.REBOOK}:
        assert OPENING.hold(reminder.due_at, clinic.zone)
        assert zones.local(reminder.due_at, clinic.zone).date() not in clinic.closed_days


@settings(max_examples=40)
@given(pairs, session_lists(), clinics, patients)
def test_a_window_never_ends_before_its_bands_own_end(
    found: tuple[CareProtocol, ...], sessions: list[TreatmentSession], clinic: Clinic, patient: Patient
) -> None:
    plan = a_plan(*found, sessions=sessions, clinic=clinic, patient=patient)

    windows = [window for parts in plan.windows.values() for part in parts for window in part.contributors]
    for window in windows:
        course = plan.courses[window.session_id]
        day_0, ended_at = course.session.day_0, course.session.ended_at
        assert window.end >= end_after(window.base, ended_at, day_0=day_0, zone=course.zone)
        assert window.end > window.start == ended_at


@settings(max_examples=40)
@given(pairs, session_lists(), modifiers)
def test_another_modifier_never_shortens_a_merged_window(
    found: tuple[CareProtocol, ...], sessions: list[TreatmentSession], more: Modifier
) -> None:
    needling, peel = found
    longer = replace(needling, modifiers=(*needling.modifiers, more))

    before, after = (a_plan(protocol, peel, sessions=sessions) for protocol in (needling, longer))

    assert covers(after, before)


@settings(max_examples=40)
@given(pairs, session_lists())
def test_another_session_never_shortens_a_merged_window(
    found: tuple[CareProtocol, ...], sessions: list[TreatmentSession]
) -> None:
    before, after = (a_plan(*found, sessions=some) for some in (sessions[:-1], sessions))

    assert covers(after, before)


@settings(max_examples=60)
@given(pairs, session_lists(), clinics, patients, measures)
def test_nothing_goes_outside_its_hours_before_its_time_or_when_its_use_is_over(
    found: tuple[CareProtocol, ...],
    sessions: list[TreatmentSession],
    clinic: Clinic,
    patient: Patient,
    fits: Fits | None,
) -> None:
    plan = a_plan(
        *found,
        sessions=sessions,
        clinic=clinic,
        patient=patient,
        now=sessions[0].ended_at,
        fits=fits,
        topics=TOLD,
        messages=WORDS,
    )

    by_id = {session.id: session for session in sessions}
    for reminder in plan.reminders:
        check_time(reminder, by_id[reminder.identity.session_id], clinic, patient.zone or clinic.zone)


@settings(max_examples=60)
@given(pairs, session_lists(), topics, times, measures)
def test_no_text_permits_a_topic_inside_any_of_its_windows(
    found: tuple[CareProtocol, ...],
    sessions: list[TreatmentSession],
    named: tuple[str, ...],
    at: time,
    fits: Fits | None,
) -> None:
    resume = a_rule("permits", kind=Kind.RESUME, send=AtWindowEnd(at), topics=named)
    mixed = [replace(protocol, reminders=(*protocol.reminders, resume)) for protocol in found]

    plan = a_plan(*mixed, sessions=sessions, now=sessions[0].ended_at, fits=fits)

    rules = {(protocol.procedure, rule.id): rule for protocol in mixed for rule in protocol.reminders}
    for reminder in plan.reminders:
        procedure = plan.courses[reminder.identity.session_id].session.procedure
        if reminder.kind is Kind.RESUME:
            for topic in rules[procedure, reminder.identity.rule].topics:
                assert not any(part.holds(reminder.due_at) for part in plan.windows.get(topic, ()))


@settings(max_examples=40)
@given(pairs, session_lists(), measures)
def test_nothing_asks_for_a_topic_while_its_opposite_holds(
    found: tuple[CareProtocol, ...], sessions: list[TreatmentSession], fits: Fits | None
) -> None:
    plan = a_plan(*found, sessions=sessions, now=sessions[0].ended_at, fits=fits, topics=OPPOSED)

    avoided = plan.windows.get("makeup", ())
    for part in plan.windows.get("swim", ()):
        assert not any(part.start < other.end and other.start < part.end for other in avoided)
    for reminder in plan.reminders:
        if "swim" in reminder.topic_ends:
            assert not any(part.holds(reminder.due_at) for part in avoided)


@settings(max_examples=40)
@given(
    pairs,
    session_lists().flatmap(lambda sessions: st.tuples(st.just(sessions), st.permutations(sessions))),
    measures,
)
def test_the_plan_does_not_depend_on_the_order_of_the_sessions(
    found: tuple[CareProtocol, ...],
    orders: tuple[list[TreatmentSession], list[TreatmentSession]],
    fits: Fits | None,
) -> None:
    now = orders[0][0].known_at

    one, other = (
        a_plan(*found, sessions=sessions, now=now, fits=fits, topics=TOLD, messages=WORDS) for sessions in orders
    )

    assert one == other


@settings(max_examples=100)
@given(
    pairs,
    session_lists(),
    st.tuples(clinics, patients),
    st.tuples(measures, st.booleans(), st.timedeltas(timedelta(0), timedelta(days=40))),
)
def test_planning_again_later_changes_nothing(
    found: tuple[CareProtocol, ...],
    sessions: list[TreatmentSession],
    who: tuple[Clinic, Patient],
    then: tuple[Fits | None, bool, timedelta],
) -> None:
    clinic, patient = who
    fits, goes, waited = then
    now = max(session.known_at for session in sessions)
    later = now + waited
    first = a_plan(
        *found,
        sessions=sessions,
        clinic=clinic,
        patient=patient,
        now=now,
        fits=fits,
        topics=TOLD,
        messages=WORDS,
    )
    rows = [
        replace(row, status=Status.SENT) if goes and row.due_at <= later else row
        for row in rows_of(first, planned_at=now)
    ]

    again = a_plan(
        *found,
        sessions=sessions,
        clinic=clinic,
        patient=patient,
        history=history_of(*rows),
        now=later,
        fits=fits,
        topics=TOLD,
        messages=WORDS,
    )

    assert diff(again, rows, later).empty


@settings(max_examples=60)
@given(pairs, session_lists(), measures, st.integers(0, 100))
def test_what_a_person_touched_stays(
    found: tuple[CareProtocol, ...], sessions: list[TreatmentSession], fits: Fits | None, chosen: int
) -> None:
    now = sessions[0].ended_at
    rows = rows_of(a_plan(*found, sessions=sessions, now=now, fits=fits), planned_at=now)
    if not rows:
        return
    row = replace(rows[chosen % len(rows)], touched=True, due_at=now + timedelta(days=chosen), bundled_into=None)
    rows[chosen % len(rows)] = row
    voided = [replace(session, voided=True) for session in sessions]

    for after in (sessions, voided):
        changes = diff(a_plan(*found, sessions=after, history=history_of(*rows), now=now, fits=fits), rows, now)
        assert row in changes.keep
