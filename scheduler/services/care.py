"""A patient's plan: loaded with everything it depends on, made anew, and stored as what changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.care.changes import Changes, diff
from scheduler.domain.care.fitting import fitting
from scheduler.domain.care.history import History, KnownReminder, ToldDate
from scheduler.domain.care.planning import Plan, Protocols, merged_windows, plan
from scheduler.domain.care.sessions import TreatmentSession
from scheduler.domain.care.steps import PlannedReminder
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.gate import Because
from scheduler.domain.delivery.reminders import OPEN, Status
from scheduler.domain.errors import NotFound
from scheduler.domain.people.patients import Channel, Patient
from scheduler.domain.people.todos import TodoKind
from scheduler.services.documents import read_version
from scheduler.services.needing import open_planned, settle_planned
from scheduler.storage import (
    bundles,
    clinics,
    open_reminders,
    patients,
    protocols,
    reminders,
    senders,
    sessions,
    told_dates,
)
from scheduler.storage.database import Db
from scheduler.storage.replanned import Replanned, replan_reminders


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """A patient with everything that their plan depends on."""

    patient: Patient
    clinic: Clinic
    sessions: tuple[TreatmentSession, ...]
    protocols: Protocols
    version_ids: dict[tuple[str, int], str]
    known: tuple[KnownReminder, ...]
    told: tuple[ToldDate, ...] = ()

    @property
    def versions(self) -> dict[str, str]:
        """The id of the protocol version that each session stays on, by session."""
        return {session.id: self.version_ids[session.procedure, session.version] for session in self.sessions}

    def plan(self, now: datetime) -> Plan:
        """The plan as of `now`."""
        history = History(reminders={reminder.identity: reminder for reminder in self.known}, told=self.told)
        fits = fitting(self.patient, self.clinic, self.sessions, self.protocols)
        return plan(self.patient, self.sessions, self.protocols, self.clinic, history, now, fits=fits)


def load_care(db: Db, patient_id: str, *, clinic: Clinic | None = None) -> Care:
    """A stored patient's care; the clinic must be given where the handle crosses clinics. Raises NotFound."""
    found = _load(db, {patient_id}, clinic or clinics.get_clinic(db)).get(patient_id)
    if found is None:
        raise NotFound("patient", patient_id)
    return found


def _load(db: Db, patient_ids: set[str], clinic: Clinic) -> dict[str, Care]:
    """The care of patients of one clinic, in as many statements as one takes; who isn't stored is left out."""
    treated = sessions.sessions_by_patient(db, patient_ids)
    versions = _Versions(db, [one for own in treated.values() for one in own], clinic)
    known, told = reminders.known_of(db, patient_ids), told_dates.told_of(db, patient_ids)
    return {
        patient.id: Care(
            patient=patient,
            clinic=clinic,
            sessions=tuple(treated.get(patient.id, ())),
            protocols=versions.protocols,
            version_ids=versions.ids,
            known=known.get(patient.id, ()),
            told=told.get(patient.id, ()),
        )
        for patient in patients.patients_by_id(db, patient_ids).values()
    }


def forbidden_until(
    db: Db, patient: Patient, topics: Collection[str], *, clinic: Clinic, now: datetime
) -> datetime | None:
    """Until when a session of the patient still forbids one of the topics; None if none does at `now`."""
    treated = sessions.sessions_of(db, patient.id)
    windows = merged_windows(patient, treated, _Versions(db, treated, clinic).protocols, clinic)
    holding = (part.end for topic in topics for part in windows.get(topic, ()) if part.holds(now))
    return max(holding, default=None)


def replan(db: Db, patient_id: str, *, now: datetime) -> Changes:
    """Make a patient's stored reminders equal to a fresh plan, and give what changed.

    Whoever else plans for the patient waits; what a worker has already handed over stays. While the patient is paused
    all that is open is held. What no message can say becomes a to-do.
    """
    found = lock(db, {patient_id}).get(patient_id)
    if found is None:
        raise NotFound("patient", patient_id)
    fresh = afresh(found, now=now)
    store(db, [fresh], now=now)
    return fresh.changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """A patient for whom nobody else plans before the transaction ends, with what planning anew asks for."""

    care: Care
    todos: Mapping[str, tuple[TodoKind, str]]
    """Open ones that planning made: kind and subject by id."""


def lock(db: Db, patient_ids: set[str]) -> dict[str, Locked]:
    """Those of the patients that the clinic has, each locked and loaded: in as many statements as one takes."""
    found = patients.lock_patients(db, patient_ids)
    loaded, todos = _load(db, found, clinics.get_clinic(db)), open_planned(db, found)
    return {id_: Locked(care=care, todos=todos.get(id_, {})) for id_, care in loaded.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """A locked patient's new plan, and what it makes of the reminders that are stored."""

    locked: Locked
    planned: Plan
    changes: Changes

    @property
    def care(self) -> Care:
        """What it was planned from."""
        return self.locked.care

    @property
    def settled(self) -> bool:
        """Whether the reminders that are stored are as planned already."""
        return self.changes.empty and _bundled_well(self.care.known)


def afresh(locked: Locked, *, now: datetime) -> Fresh:
    """The plan as of `now` of a patient who was locked in this transaction, and of whom nothing was stored since."""
    planned = locked.care.plan(now)
    return Fresh(locked=locked, planned=planned, changes=diff(planned, locked.care.known, now))


def store(db: Db, fresh: Iterable[Fresh], *, now: datetime) -> None:
    """Make the stored reminders of patients of one clinic equal to their new plans: in as many statements as one's."""
    made = list(fresh)
    _store(db, [one for one in made if not one.settled], now)
    for one in made:
        if one.care.patient.paused:
            hold(db, one.care.patient.id, now=now)
        settle_planned(db, one.care.patient.id, one.planned.todos, before=one.locked.todos, now=now)


def _bundled_well(known: Iterable[KnownReminder]) -> bool:
    """Whether each open follower is where its lead is: what a person touched goes by itself, and leads nobody."""
    rows = {row.id: row for row in known}
    pairs = [(row, rows.get(row.bundled_into)) for row in rows.values() if row.bundled_into and row.status in OPEN]
    return all(lead and row.status is lead.status and not (row.touched or lead.touched) for row, lead in pairs)


def _store(db: Db, made: list[Fresh], now: datetime) -> None:
    if not made:
        return
    ids = {one.care.patient.id for one in made}
    bundles.dissolve(db, ids)
    ways = _Ways(db, made[0].care.clinic)
    changed: list[Replanned] = []
    for one in made:
        versions = one.care.versions
        for new in (*one.changes.add, *one.changes.correct):
            version_id, sender_id = versions[new.identity.session_id], ways.sender(new)
            patient_id = one.care.patient.id
            reminders.add_reminder(db, new, patient_id=patient_id, version_id=version_id, sender_id=sender_id, now=now)
        for row, planned in ((change.row, change.planned) for change in one.changes.change):
            version_id, sender_id = versions[planned.identity.session_id], ways.sender(planned)
            changed.append(Replanned(row=row, planned=planned, version_id=version_id, sender_id=sender_id))
    replan_reminders(db, changed, now=now)
    cancel(db, (row.id for one in made for row in one.changes.cancel), reason="replanned", now=now)
    db.flush()
    stands = (reminder for one in made for reminder in one.planned.reminders)
    bundles.bundle(db, ids, {one.identity: one.bundled_into for one in stands if one.bundled_into is not None})


def cancel(db: Db, ids: Iterable[str], *, reason: str, now: datetime) -> None:
    """Cancel reminders that have not been handed over."""
    chosen = set(ids)
    if chosen:
        reminders.move(db, chosen, Status.CANCELLED, reason=reason, now=now, only_from=OPEN, alone=True)
        bundles.leave(db, chosen)


def hold(db: Db, patient_id: str, *, now: datetime) -> None:
    """Keep a paused patient's open reminders back until the pause ends; those held already keep their reason."""
    ids = {row.id for row in open_reminders.open_of(db, patient_id) if row.status is not Status.HELD}
    if ids:
        reason = Because.PATIENT_PAUSED.value
        reminders.move(db, ids, Status.HELD, reason=reason, now=now, only_from=OPEN - {Status.HELD})


class _Versions:
    """The protocol versions of sessions of one clinic."""

    def __init__(self, db: Db, treated: Iterable[TreatmentSession], clinic: Clinic) -> None:
        wanted = {(session.procedure, session.version) for session in treated}
        found = protocols.versions(db, wanted, clinic_id=clinic.id)
        self.protocols = {name: read_version(stored.document, stored.number) for name, stored in found.items()}
        self.ids = {name: stored.id for name, stored in found.items()}


class _Ways:
    """The sender for each channel of one clinic, looked up once."""

    def __init__(self, db: Db, clinic: Clinic) -> None:
        self._db = db
        self._clinic = clinic
        self._known: dict[Channel, str] = {}

    def sender(self, planned: PlannedReminder) -> str:
        channel = planned.channel
        if channel not in self._known:
            self._known[channel] = senders.sender_for(self._db, self._clinic.id, channel, live=self._clinic.live)
        return self._known[channel]
