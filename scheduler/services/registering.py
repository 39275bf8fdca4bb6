"""Registering a session: who was treated, with what facts, and the plan that follows from it; or only a look at it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from scheduler.domain.care.drafts import PlannedReminder
from scheduler.domain.care.protocols import ProtocolVersion
from scheduler.domain.care.sessions import TreatmentSession, read_facts
from scheduler.domain.clinics import zones
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.errors import Invalid, Problem
from scheduler.domain.naming import did_you_mean
from scheduler.domain.people.consent import Consent
from scheduler.domain.people.patients import Patient
from scheduler.services import care, patient_changes, people, views
from scheduler.services.documents import read_version
from scheduler.services.people import ConsentGiven, Person, PersonGiven
from scheduler.storage import audit, clinics, protocols, sessions
from scheduler.storage.database import Db

_MOST_AHEAD = timedelta(minutes=5)
"""A tablet's clock may be a little fast."""
MOST_AGO = timedelta(days=60)
_TWIN = "This session was registered already."


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A session as staff gave it; exactly one of `patient` and `patient_id`."""

    procedure: str
    ended_at: datetime
    facts: Mapping[str, object]
    patient: PersonGiven | None = None
    patient_id: str | None = None
    consent: ConsentGiven | None = None
    """What a known patient, given by `patient_id`, said now; a new one's words are with the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A session whose details can be used."""

    session: TreatmentSession
    version: ProtocolVersion
    version_id: str
    person: Person | None
    words: tuple[Consent, ...]
    """Of a known patient."""


def register(db: Db, given: Given, *, flags: Collection[str], by: str, now: datetime) -> views.SessionView:
    """Store the session and the plan that it changes, and give it as staff see it.

    Registering the same session of the same person again gives the stored one. Raises Invalid with every
    problem, NotFound for another clinic's patient, or NotNow for one who was merged or erased; then nothing is stored.
    """
    clinic = clinics.get_clinic(db)
    read = _read(db, given, clinic, flags=flags, now=now, problems=time_problems(given.ended_at, now))
    patient_id = people.find_or_add(db, read.person, by=by, now=now) if read.person else str(given.patient_id)
    patient_changes.open_patient(db, patient_id)
    if given.consent is not None:
        people.add_words(db, patient_id, read.words, wording=given.consent.wording, by=by)
    twin = twin_of(sessions.sessions_of(db, patient_id), read.session)
    if twin is not None:
        care.replan(db, patient_id, now=now)  # this try may have brought a number or a consent
        return views.session_view(db, twin.id, now=now, notices=(_TWIN,))
    sessions.add_session(db, read.session, patient_id=patient_id, by=by)
    care.replan(db, patient_id, now=now)
    audit.record(
        db,
        at=now,
        actor=by,
        action="session.register",
        subject=f"session {read.session.id}",
        sentence=f"Registered a session of {read.version.protocol.title} that ended at {given.ended_at.isoformat()}.",
    )
    return views.session_view(db, read.session.id, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A session that is only looked at, with what it would join."""

    view: views.SessionView
    """What would be planned, without ids."""
    session: TreatmentSession
    version: ProtocolVersion
    planned: tuple[PlannedReminder, ...]
    """The view's reminders as the plan has them."""
    patient: Patient
    """As they would be."""
    before: tuple[TreatmentSession, ...]
    """The patient's sessions, voided ones too."""
    is_twin: bool
    """Whether it was registered already."""


def preview(db: Db, given: Given, *, flags: Collection[str], now: datetime) -> views.SessionView:
    """What registering the session at `now` would plan, without ids; nothing is stored and any date will do."""
    return look(db, given, flags=flags, now=now).view


def look(db: Db, given: Given, *, flags: Collection[str], now: datetime) -> Look:
    """The same, with what the plan was made from. Raises as `register` does, but for the time."""
    clinic = clinics.get_clinic(db)
    read = _read(db, given, clinic, flags=flags, now=now)
    known_id = people.find_known(db, read.person) if read.person else given.patient_id
    found = care.load_care(db, known_id) if known_id else None
    before = tuple(found.sessions) if found else ()
    twin = twin_of(before, read.session)
    with_session = care.Care(
        patient=_joined(found.patient, read) if found else _new(read.person),
        clinic=clinic,
        sessions=before if twin else (*before, read.session),
        protocols={
            **(found.protocols if found else {}),
            (read.session.procedure, read.session.version): read.version,
        },
        version_ids={},
        known=found.known if found else (),
        told=found.told if found else (),
    )
    plan, shown = with_session.plan(now), (twin or read.session).id
    view = views.planned_view(db, with_session, plan, shown, known_id=known_id, notices=(_TWIN,) if twin else ())
    return Look(
        view=view,
        session=read.session,
        version=read.version,
        planned=tuple(reminder for reminder in plan.reminders if reminder.identity.session_id == shown),
        patient=with_session.patient,
        before=before,
        is_twin=twin is not None,
    )


def _read(
    db: Db,
    given: Given,
    clinic: Clinic,
    *,
    flags: Collection[str],
    now: datetime,
    problems: Iterable[Problem] = (),
) -> _Read:
    """What was given, checked. Raises Invalid with these problems and every other."""
    problems = list(problems)
    person: Person | None = None
    if (given.patient is None) == (given.patient_id is None):
        problems.append(Problem("patient", "give either patient or patient_id, not both and not neither"))
    elif given.patient is not None:
        person, found = people.read_person(given.patient, clinic, flags=flags, now=now)
        problems += found
    else:
        patient_changes.check_present(db, str(given.patient_id))
    if given.ended_at.tzinfo is None:
        problems.append(Problem("ended_at", "give the time with its zone, as in 2026-03-03T14:30:00+00:00"))
    stored = protocols.current_version(db, given.procedure)
    if stored is None:
        mend = did_you_mean(given.procedure, protocols.procedures(db))
        raise Invalid(*problems, Problem("procedure", f"the clinic has no protocol for this procedure; {mend}"))
    version = read_version(stored.document, stored.number)
    try:
        facts = read_facts(version.protocol, given.facts)
    except Invalid as error:
        raise Invalid(*problems, *error.problems) from None
    if problems:
        raise Invalid(*problems)
    words = people.consent_words(given.consent, now) if given.consent and person is None else ()
    session = TreatmentSession(
        id=str(uuid4()),
        procedure=stored.procedure,
        version=stored.number,
        ended_at=given.ended_at,
        day_0=zones.local(given.ended_at, clinic.zone).date(),
        facts=facts,
        known_at=now,
    )
    return _Read(session=session, version=version, version_id=stored.id, person=person, words=words)


def time_problems(ended_at: datetime, now: datetime) -> Iterator[Problem]:
    """What is wrong with the time at which a session is said to have ended; of one without a zone nothing is said."""
    if ended_at.tzinfo is None:
        return
    if ended_at > now + _MOST_AHEAD:
        yield Problem("ended_at", "this is in the future; give the time at which the session ended")
    if ended_at < now - MOST_AGO:
        yield Problem("ended_at", f"this is over {MOST_AGO.days} days ago; check the date")


def twin_of(known: Iterable[TreatmentSession], session: TreatmentSession) -> TreatmentSession | None:
    """The same session, registered before: a double tap must not make two."""
    return next(
        (
            other
            for other in known
            if not other.voided
            and (other.procedure, other.ended_at, other.facts) == (session.procedure, session.ended_at, session.facts)
        ),
        None,
    )


def _new(person: Person | None) -> Patient:
    if person is None:
        raise Invalid.of("patient", "give either patient or patient_id")
    return person.as_patient()


def _joined(known: Patient, read: _Read) -> Patient:
    """A known patient with what was given of them now."""
    person = read.person
    if person is None:
        return replace(known, consents=(*known.consents, *people.new_words(known.consents, read.words)))
    new = person.as_patient()
    held = {point.value for point in known.contacts}
    return replace(
        known,
        flags=known.flags | new.flags,
        contacts=(*known.contacts, *(point for point in new.contacts if point.value not in held)),
        consents=(*known.consents, *people.new_words(known.consents, new.consents)),
    )
