"""Two records that are one person, and one record that is two: merging and splitting patients by a person's word."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from scheduler.domain.errors import Invalid
from scheduler.services import consenting, people, reminders
from scheduler.services.patient_changes import open_patient, record, settle
from scheduler.services.patient_details import renamed
from scheduler.services.people import Person, PersonGiven
from scheduler.services.registering import twin_of
from scheduler.storage import clinics, consents, patient_transfers, patients, sessions
from scheduler.storage.database import Db
from scheduler.storage.patient_records import PatientRecord, get_patient_record, store_record


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Sessions that are another person's, and who that is."""

    sessions: tuple[str, ...]
    person: PersonGiven
    shares_contact: bool = False
    """Whether the first patient keeps the numbers and addresses given, too."""


def merge(db: Db, patient_id: str, into: str, *, by: str, now: datetime) -> None:
    """Give all that a patient has to another one, who they are, and plan that one anew.

    What either of them stopped stays stopped; a session that both have is voided once. Raises NotFound, Invalid for the
    patient themselves, NotNow for one merged or erased.
    """
    if patient_id == into:
        get_patient_record(db, patient_id)
        raise Invalid.of("into", "give another patient")
    gone, kept = _both(db, patient_id, into)
    moved, own = sessions.sessions_of(db, patient_id), sessions.sessions_of(db, into)
    stops = consents.consents_of(db, {patient_id, into})
    patient_transfers.hand_over_everything(db, patient_id, into)
    for history in stops.values():
        consenting.carry_stops(db, into, history, source="merge", by=by, now=now)
    store_record(db, replace(gone, merged_into=into))
    store_record(
        db,
        replace(
            kept,
            flags=tuple({*kept.flags, *gone.flags}),
            birth_date=kept.birth_date or gone.birth_date,
            private=kept.private or gone.private,
            pause=kept.pause or gone.pause,
        ),
    )
    for session in moved:
        if not session.voided and twin_of(own, session) is not None:
            reminders.void(db, session.id, by=by, now=now, is_twin=True)
    record(db, patient_id, "merge", f"Merged into patient {into}.", by=by, now=now)
    record(db, into, "merge", f"Took over patient {patient_id} with {len(moved)} sessions.", by=by, now=now)
    settle(db, patient_id, now=now)
    settle(db, into, now=now)


def split(db: Db, patient_id: str, wanted: Split, *, flags: Collection[str], by: str, now: datetime) -> str:
    """Give sessions to the person whose they are, known or new, plan both anew, and give that one's id.

    Contact points that are given go with them, and what was said on their channels; a stop holds for both. Raises
    NotFound, Invalid with every problem, NotNow for one merged or erased.
    """
    open_patient(db, patient_id)
    _check_sessions(db, patient_id, wanted.sessions)
    person, problems = people.read_person(wanted.person, clinics.get_clinic(db), flags=flags, now=now)
    if person is None:
        raise Invalid(*renamed(problems))
    known = people.find_known(db, person)
    if known == patient_id:
        raise Invalid.of("name", "with this name and contact point it is the same patient; give the other one's")
    other = people.find_or_add(db, person, by=by, now=now)
    patients.lock_patient(db, other)
    patient_transfers.hand_over_sessions(db, wanted.sessions, other)
    _hand_over_contacts(db, patient_id, other, person, wanted=wanted, is_new=known is None)
    before = consents.consents_of(db, {patient_id}).get(patient_id, ())
    consenting.carry_stops(db, other, before, source="split", by=by, now=now)
    count = len(set(wanted.sessions))
    record(db, patient_id, "split", f"Gave {count} sessions to patient {other}.", by=by, now=now)
    record(db, other, "split", f"Took over {count} sessions of patient {patient_id}.", by=by, now=now)
    settle(db, patient_id, now=now)
    settle(db, other, now=now)
    return other


def _both(db: Db, patient_id: str, into: str) -> tuple[PatientRecord, PatientRecord]:
    """The two, locked in an order of their own, so that two merges never wait for one another."""
    get_patient_record(db, patient_id)
    found = {one: open_patient(db, one) for one in sorted((patient_id, into))}
    return found[patient_id], found[into]


def _check_sessions(db: Db, patient_id: str, ids: tuple[str, ...]) -> None:
    mine = {session.id for session in sessions.sessions_of(db, patient_id)}
    if not ids:
        raise Invalid.of("sessions", "give the sessions that are the other person's")
    if not mine.issuperset(ids):
        raise Invalid.of("sessions", "the patient has no such session; give ids of theirs")


def _hand_over_contacts(db: Db, patient_id: str, other: str, person: Person, *, wanted: Split, is_new: bool) -> None:
    given = {draft.value for draft in person.drafts}
    shared = [point for point in patients.get_patient(db, patient_id).contacts if point.value in given]
    if is_new:
        consents.copy_history(db, patient_id, other, channels={point.channel for point in shared})
    if not wanted.shares_contact:
        patient_transfers.drop_contacts(db, patient_id, [point.id for point in shared])
