"""Correcting a registered session: its time, its facts, and the plan that follows from them anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from scheduler.domain.care.conditions import Value
from scheduler.domain.care.protocols import CareProtocol
from scheduler.domain.care.sessions import TreatmentSession, read_facts
from scheduler.domain.clinics import zones
from scheduler.domain.errors import Invalid, NotNow, Problem
from scheduler.services import care, views
from scheduler.services.facts_told import told_value
from scheduler.services.registering import time_problems, twin_of
from scheduler.storage import audit, patients, sessions
from scheduler.storage.database import Db


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What staff say was wrong."""

    facts: Mapping[str, object] = field(default_factory=dict)
    """By name; None removes what was recorded, and the protocol's default stands in for it."""
    ended_at: datetime | None = None


def correct(db: Db, session_id: str, correction: Correction, *, by: str, now: datetime) -> views.SessionView:
    """The session with what was corrected, and the patient's plan made anew; what was sent stays.

    Raises NotFound, Invalid with every problem, or NotNow for a voided session and one that would be another's twin.
    """
    patient_id = sessions.patient_of(db, session_id)
    patients.lock_patient(db, patient_id)
    found = care.load_care(db, patient_id)
    before, after = corrected(found, session_id, correction, now=now)
    protocol = found.protocols[before.procedure, before.version].protocol
    if after != before:
        sessions.correct_session(db, after)
        care.replan(db, patient_id, now=now)
        told = "; ".join(_told_changes(before, after, protocol))
        audit.record(
            db,
            at=now,
            actor=by,
            action="session.correct",
            subject=f"session {session_id}",
            sentence=f"Corrected a session of {protocol.title}: {told}.",
        )
    return views.session_view(db, session_id, now=now)


def locked_session(db: Db, session_id: str) -> TreatmentSession:
    """The session as it is stored; nobody else changes it before the end of the caller's work.

    Raises NotFound, or NotNow for a voided session.
    """
    patient_id = sessions.patient_of(db, session_id)
    patients.lock_patient(db, patient_id)
    return _live(care.load_care(db, patient_id), session_id)


def corrected(
    found: care.Care, session_id: str, correction: Correction, *, now: datetime
) -> tuple[TreatmentSession, TreatmentSession]:
    """The session before and after; nothing is stored.

    Raises Invalid with every problem, or NotNow for a voided session and one that would be another's twin.
    """
    before = _live(found, session_id)
    protocol = found.protocols[before.procedure, before.version].protocol
    after = _corrected(before, protocol, correction, zone=found.clinic.zone, now=now)
    if after != before:
        _check_no_twin(found, after)
    return before, after


def _live(found: care.Care, session_id: str) -> TreatmentSession:
    session = next((session for session in found.sessions if session.id == session_id), None)
    if session is None:
        message = "The session is just being given to another patient; try again."
        raise NotNow(message)
    if session.voided:
        message = "The session was voided, so it can't be corrected; register it anew."
        raise NotNow(message)
    return session


def _corrected(
    before: TreatmentSession, protocol: CareProtocol, correction: Correction, *, zone: str, now: datetime
) -> TreatmentSession:
    problems: list[Problem] = []
    facts: Mapping[str, Value] = before.facts
    if not correction.facts and correction.ended_at is None:
        problems.append(Problem("facts", "give what to correct: facts, ended_at, or both"))
    if correction.facts:
        try:
            facts = read_facts(protocol, {**before.facts, **correction.facts})
        except Invalid as error:
            problems += error.problems
    ended_at = before.ended_at if correction.ended_at is None else correction.ended_at
    if ended_at != before.ended_at:
        problems += time_problems(ended_at, now)
    if problems:
        raise Invalid(*problems)
    if ended_at == before.ended_at:  # day 0 stays, too, even where the clinic's zone has changed since
        return replace(before, facts=facts)
    return replace(before, facts=facts, ended_at=ended_at, day_0=zones.local(ended_at, zone).date())


def _check_no_twin(found: care.Care, after: TreatmentSession) -> None:
    if twin_of((session for session in found.sessions if session.id != after.id), after) is not None:
        message = "The patient has another session with the same time and facts; void one of the two instead."
        raise NotNow(message)


def _told_changes(before: TreatmentSession, after: TreatmentSession, protocol: CareProtocol) -> Iterator[str]:
    """What was changed, before and after, in the facts' own words."""
    if after.ended_at != before.ended_at:
        yield f"it ended at {after.ended_at.isoformat()}, not at {before.ended_at.isoformat()}"
    for fact in protocol.facts.values():
        old, new = before.facts.get(fact.id), after.facts.get(fact.id)
        if old != new:
            yield f"{fact.label} is {told_value(new)}, not {told_value(old)}"
