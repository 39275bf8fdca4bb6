"""The plan: all windows and reminders of one patient out of all sessions, with what was not planned and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from scheduler.domain.care import steps
from scheduler.domain.care.bundling import Fits
from scheduler.domain.care.drafts import Draft, NotPlanned, PlannedReminder
from scheduler.domain.care.history import History
from scheduler.domain.care.merging import Merged, merge
from scheduler.domain.care.needs import NeedsPerson, safety_needs
from scheduler.domain.care.openings import Openings
from scheduler.domain.care.opposites import Opposites, opposites, without_opposed
from scheduler.domain.care.protocols import OnDays, ProtocolVersion, ReminderRule
from scheduler.domain.care.reasons import Why
from scheduler.domain.care.sessions import TreatmentSession, derived_facts
from scheduler.domain.care.surroundings import Surroundings, own_stretches
from scheduler.domain.care.together import together
from scheduler.domain.care.windows import Course, Window, find_band, own_windows
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.people.patients import Patient

Protocols = Mapping[tuple[str, int], ProtocolVersion]
"""Published versions by procedure and number."""
_OwnWindows = Mapping[str, tuple[Window, ...]]
"""By session id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All windows and reminders of one patient."""

    courses: Mapping[str, Course]
    """By session id: the facts and band that each live session was read with."""
    windows: Merged
    reminders: tuple[PlannedReminder, ...]
    """In order of session, then of the rules."""
    not_planned: tuple[NotPlanned, ...]
    todos: tuple[NeedsPerson, ...] = ()
    """What no message can do."""

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
    *,
    fits: Fits | None = None,
) -> Plan:
    """One patient's plan out of all their sessions; voided sessions give nothing.

    It depends on its arguments alone, and not on the order of the sessions. A reminder that `history` knows
    keeps the time that it was first planned with; one that is new is never due before `now`.

    With `fits` reminders are bundled and the clinic's limits hold; without it every reminder goes by itself, and
    as limits count a bundle once, they don't hold either.
    """
    courses = _courses(patient, sessions, protocols, clinic)
    own, merged, opposed = _windows(patient, courses)
    openings = Openings(clinic=clinic, zone=patient.zone or clinic.zone, merged=merged, opposed=opposed)
    arounds = _arounds(patient, courses, own, openings, history, now)
    outcomes = [outcome for around in arounds for outcome in _outcomes(around)]
    drafts = [outcome for outcome in outcomes if isinstance(outcome, Draft)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, NotPlanned)]
    found = together(patient, courses, openings, history, drafts, now=now, fits=fits)
    needs = safety_needs(refused, courses=courses, own=own, history=history)
    return Plan(
        courses=courses,
        windows=merged,
        reminders=found.reminders,
        not_planned=(*_told_once(refused), *found.left_out),
        todos=(*needs, *found.needs),
    )


def merged_windows(
    patient: Patient, sessions: Sequence[TreatmentSession], protocols: Protocols, clinic: Clinic
) -> Merged:
    """The windows of a patient's plan alone, without asking for any reminder."""
    _, merged, _ = _windows(patient, _courses(patient, sessions, protocols, clinic))
    return merged


def _windows(patient: Patient, courses: Mapping[str, Course]) -> tuple[_OwnWindows, Merged, Opposites]:
    """Each session's own windows, what they are together, and which topics speak against each other."""
    own = {id_: own_windows(course, patient.overrides) for id_, course in courses.items()}
    opposed = opposites(course.version for course in courses.values())
    merged = merge(window for windows in own.values() for window in windows)
    return own, without_opposed(merged, opposed), opposed


def _arounds(
    patient: Patient,
    courses: Mapping[str, Course],
    own: _OwnWindows,
    openings: Openings,
    history: History,
    now: datetime,
) -> Iterator[Surroundings]:
    for course in courses.values():
        yield Surroundings(
            course=course,
            courses=courses,
            stretches=own_stretches(own[course.session.id], openings.merged),
            merged=openings.merged,
            patient=patient,
            openings=openings,
            history=history,
            now=now,
        )


def _courses(
    patient: Patient, sessions: Sequence[TreatmentSession], protocols: Protocols, clinic: Clinic
) -> dict[str, Course]:
    """A course for each live session, by its id, in order of time."""
    live = sorted(
        (session for session in sessions if not session.voided),
        key=lambda session: (session.ended_at, session.id),
    )
    return {session.id: _course(session, live, patient, protocols, clinic) for session in live}


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


def _outcomes(around: Surroundings) -> Iterator[Draft | NotPlanned]:
    for rule in around.course.protocol.reminders:
        for occurrence in _occurrences(rule):
            outcome = steps.outcome(around, rule, occurrence)
            if isinstance(outcome, NotPlanned) and occurrence:
                outcome = replace(outcome, occurrence=occurrence)
            yield outcome


def _told_once(refused: Sequence[NotPlanned]) -> Iterator[NotPlanned]:
    """Of the days of a rule that give nothing for the same reason, the first."""
    told: set[tuple[str, str, Why]] = set()
    for left in refused:
        key = (left.session_id, left.rule, left.reason.code)
        if key not in told:
            told.add(key)
            yield left


def _occurrences(rule: ReminderRule) -> tuple[int, ...]:
    """Each day of a rule that names several; any other rule has one occurrence, 0."""
    return rule.send.days if isinstance(rule.send, OnDays) and len(rule.send.days) > 1 else (0,)
