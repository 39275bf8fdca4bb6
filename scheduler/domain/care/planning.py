"""The plan: all windows and reminders of one patient out of all sessions, with what was not planned and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from scheduler.domain.care import steps
from scheduler.domain.care.history import History
from scheduler.domain.care.merging import Merged, merge
from scheduler.domain.care.protocols import OnDays, ProtocolVersion, ReminderRule
from scheduler.domain.care.reasons import Why
from scheduler.domain.care.sessions import TreatmentSession, derived_facts
from scheduler.domain.care.steps import NotPlanned, PlannedReminder
from scheduler.domain.care.windows import Course, find_band, own_windows
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.people.patients import Patient

Protocols = Mapping[tuple[str, int], ProtocolVersion]
"""Published versions by procedure and number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All windows and reminders of one patient."""

    courses: Mapping[str, Course]
    """By session id: the facts and band that each live session was read with."""
    windows: Merged
    reminders: tuple[PlannedReminder, ...]
    """In order of session, then of the rules."""
    not_planned: tuple[NotPlanned, ...]

    def topics_of(self, session_id: str) -> tuple[str, ...]:
        """The topics for which a session has a window of its own, in order of the stretches."""
        return tuple(
            topic
            for topic, stretches in self.windows.items()
            if any(window.session_id == session_id for part in stretches for window in part.contributors)
        )


def plan(
    patient: Patient,
    sessions: Sequence[TreatmentSession],
    protocols: Protocols,
    clinic: Clinic,
    history: History,
    now: datetime,
) -> Plan:
    """One patient's plan out of all their sessions; voided sessions give nothing.

    It depends on its arguments alone, and not on the order of the sessions. A reminder that `history` knows
    keeps the time that it was first planned with; one that is new is never due before `now`.
    """
    live = sorted(
        (session for session in sessions if not session.voided),
        key=lambda session: (session.ended_at, session.id),
    )
    courses = {session.id: _course(session, live, patient, protocols, clinic) for session in live}
    own = {session.id: own_windows(courses[session.id], patient.overrides) for session in live}
    merged = merge(window for windows in own.values() for window in windows)
    outcomes = [
        outcome
        for course in courses.values()
        for outcome in _outcomes(
            steps.Surroundings(
                course=course,
                own=steps.last_of_topics(own[course.session.id]),
                merged=merged,
                patient=patient,
                clinic=clinic,
                history=history,
                now=now,
            )
        )
    ]
    return Plan(
        courses=courses,
        windows=merged,
        reminders=tuple(outcome for outcome in outcomes if isinstance(outcome, PlannedReminder)),
        not_planned=tuple(outcome for outcome in outcomes if isinstance(outcome, NotPlanned)),
    )


def _course(
    session: TreatmentSession,
    live: Sequence[TreatmentSession],
    patient: Patient,
    protocols: Protocols,
    clinic: Clinic,
) -> Course:
    version = protocols[session.procedure, session.version]
    zone = patient.zone or clinic.zone
    facts = derived_facts(session, live, zone=zone, flags=patient.flags)
    band = find_band(version.protocol, facts)
    if band is not None:
        facts["band"] = band.id
    return Course(session=session, version=version, facts=facts, band=band, zone=zone)


def _outcomes(around: steps.Surroundings) -> Iterator[PlannedReminder | NotPlanned]:
    for rule in around.course.protocol.reminders:
        refused: set[Why] = set()
        for occurrence, single in _occurrences(rule):
            outcome = steps.outcome(around, single, occurrence)
            if isinstance(outcome, PlannedReminder):
                yield outcome
            elif outcome.reason.code not in refused:
                refused.add(outcome.reason.code)
                yield replace(outcome, occurrence=occurrence)


def _occurrences(rule: ReminderRule) -> Iterator[tuple[int, ReminderRule]]:
    """The rule once for each day that it names, with that day alone; any other rule once, as occurrence 0."""
    if not isinstance(rule.send, OnDays) or len(rule.send.days) == 1:
        yield 0, rule
        return
    for day in rule.send.days:
        yield day, replace(rule, send=OnDays((day,), rule.send.at))
