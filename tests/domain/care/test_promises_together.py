from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain.care.bundling import Fits
from scheduler.domain.care.drafts import PlannedReminder
from scheduler.domain.care.protocols import CareProtocol
from scheduler.domain.care.sessions import TreatmentSession
from scheduler.domain.clinics import zones
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Kind
from tests.domain.care.plans import a_plan, room_for
from tests.domain.care.strategies import (
    TOLD,
    WORDS,
    clinics,
    pairs,
    session_lists,
)

measures: st.SearchStrategy[Fits | None] = st.sampled_from([None, room_for(1), room_for(2), room_for(5)])


@settings(max_examples=40)
@given(pairs, session_lists(), clinics, measures)
def test_every_live_topic_told_by_text_is_named_by_a_text_or_a_todo(
    found: tuple[CareProtocol, ...], sessions: list[TreatmentSession], clinic: Clinic, fits: Fits | None
) -> None:
    now = max(session.known_at for session in sessions)

    plan = a_plan(*found, sessions=sessions, clinic=clinic, now=now, fits=fits, topics=TOLD, messages=WORDS)

    asked = {topic for need in plan.todos for topic in need.topics}
    for topic, parts in plan.windows.items():
        for part in parts:
            named = (
                topic in one.topic_ends and one.kind is not Kind.RESUME and part.holds(one.due_at)
                for one in plan.reminders
            )
            assert part.end <= now or topic in asked or any(named)


@settings(max_examples=60)
@given(pairs, session_lists(), st.sampled_from([room_for(1), room_for(2), room_for(5)]))
def test_the_limits_hold(found: tuple[CareProtocol, ...], sessions: list[TreatmentSession], fits: Fits) -> None:
    plan = a_plan(*found, sessions=sessions, now=sessions[0].ended_at, fits=fits, topics=TOLD, messages=WORDS)

    leads = [one for one in plan.reminders if one.bundled_into is None and one.kind is not Kind.SAFETY]
    days = [zones.local(one.intended_at, "Europe/London").date() for one in leads]
    days_0 = {course.session.day_0 for course in plan.courses.values()}
    assert all(days.count(day) <= (2 if day in days_0 else 1) for day in days)
    due = sorted(one.due_at for one in leads)
    assert all(later - earlier >= timedelta(hours=1) for earlier, later in pairwise(due))


@settings(max_examples=60)
@given(pairs, session_lists(), st.sampled_from([room_for(2), room_for(5)]))
def test_a_bundle_is_one_message_of_one_time_within_an_hour_and_within_its_measure(
    found: tuple[CareProtocol, ...], sessions: list[TreatmentSession], fits: Fits
) -> None:
    now = sessions[0].ended_at

    plan = a_plan(*found, sessions=sessions, now=now, fits=fits)

    by_identity = {one.identity: one for one in plan.reminders}
    members: dict[object, list[PlannedReminder]] = {}
    for one in plan.reminders:
        if one.bundled_into is not None:
            lead = by_identity[one.bundled_into]
            assert lead.bundled_into is None
            assert (one.due_at, one.channel) == (lead.due_at, lead.channel)
            assert not {one.kind, lead.kind} & {Kind.SAFETY, Kind.REBOOK}
            assert lead.kind.rank <= one.kind.rank
            members.setdefault(lead.identity, [lead]).append(one)
    assert all(fits(bundle) for bundle in members.values())


@settings(max_examples=60)
@given(pairs, session_lists(), measures)
def test_no_rule_speaks_twice_a_day(
    found: tuple[CareProtocol, ...], sessions: list[TreatmentSession], fits: Fits | None
) -> None:
    plan = a_plan(*found, sessions=sessions, now=sessions[0].ended_at, fits=fits)

    said = [(one.template, zones.local(one.due_at, "Europe/London").date()) for one in plan.reminders]
    assert len(said) == len(set(said))
