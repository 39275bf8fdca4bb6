"""Erasing a patient at once, because they ask for it: what waits is cancelled, who they were is gone, counts stay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.errors import Invalid, NotNow
from scheduler.domain.people.names import normal_name
from scheduler.services.patient_changes import read_words
from scheduler.storage import audit, patients, removal
from scheduler.storage.database import Database, Db
from scheduler.storage.patient_records import PatientRecord, get_patient_record, merged_into
from scheduler.storage.removal import Removed
from scheduler.storage.tenancy import ALL_CLINICS

_SERVICE = "aftercare"
_SHORTEST_WORD = 3
_FEWEST_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What came of erasing a patient."""

    patient_id: str
    before: bool
    """Whether they had been erased before."""
    sessions: int
    messages: int
    on_their_way: int
    """Messages that a provider has: what is left of them goes once they have ended."""


def erase(db: Db, patient_id: str, *, reason: str, by: str, now: datetime) -> Erased:
    """Erase a patient and those who were merged into them; erasing them again removes what has ended since.

    The reason stays in the audit. Raises NotFound, NotNow for one who was merged, Invalid without a reason or with one
    that names the patient.
    """
    record, words = check_erasable(db, patient_id, reason)
    patients.lock_patients(db, {patient_id, *merged_into(db, patient_id)})
    everybody = {patient_id, *merged_into(db, patient_id)}
    removed = removal.remove_care(db, everybody)
    removal.blank_patients(db, everybody, now=now)
    removal.forget_answers_about(db, {subject.partition(" ")[2] for subject in removed.subjects})
    if not record.erased or removed.messages or removed.sessions:
        _tell(db, patient_id, removed, "erase", f"Erased. {words}", by=by, now=now)
    return Erased(
        patient_id=patient_id,
        before=record.erased,
        sessions=removed.sessions,
        messages=removed.messages,
        on_their_way=removed.on_their_way,
    )


def check_erasable(db: Db, patient_id: str, reason: str) -> tuple[PatientRecord, str]:
    """The patient and the reason as it is kept, if they may be erased for it. Raises as `erase` does."""
    words = read_words("reason", reason, "say why, without who it is,")
    record = get_patient_record(db, patient_id)
    if record.merged_into is not None:
        message = f"This patient was merged into patient {record.merged_into}; erase that one."
        raise NotNow(message)
    _check_unnamed(db, record, words)
    return record, words


def finish_erasures(database: Database, clock: Callable[[Db], datetime]) -> int:
    """Remove what was left of erased patients since a message was on its way, where that has ended; how many."""
    with database.read(ALL_CLINICS) as db:
        left = removal.left_of_erased(db)
    for clinic_id, patient_id in left:
        with database.write(clinic_id) as db:
            patients.lock_patient(db, patient_id)
            removed = removal.remove_care(db, {patient_id})
            sentence = "Erased what was on its way."
            _tell(db, patient_id, removed, "erase", sentence, by=_SERVICE, now=clock(db))
    if left:
        database.settle_file()
    return len(left)


def _tell(db: Db, patient_id: str, removed: Removed, act: str, sentence: str, *, by: str, now: datetime) -> None:
    gone = f"Sessions: {removed.sessions}, messages: {removed.messages}, still on their way: {removed.on_their_way}."
    audit.record_erasure(
        db,
        removed.subjects,
        at=now,
        actor=by,
        action=f"patient.{act}",
        subject=f"patient {patient_id}",
        sentence=f"{sentence} {gone}",
    )


def _check_unnamed(db: Db, record: PatientRecord, reason: str) -> None:
    """Nothing, if the reason holds neither the patient's name nor a number or address of theirs. Raises Invalid."""
    said = set(normal_name(reason).split())
    names = {word for word in normal_name(record.name).split() if len(word) >= _SHORTEST_WORD}
    values = [point.value for point in patients.get_patient(db, record.id).contacts]
    digits = "".join(character for character in reason if character.isdecimal())
    numbers = {value[-6:] for value in values if "@" not in value}
    named = not record.erased and bool(said & names)
    if named or any(number in digits for number in numbers) or any(value in reason for value in values):
        raise Invalid.of("reason", "leave the patient's name, numbers and addresses out: the reason stays in the audit")
