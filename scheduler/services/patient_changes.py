"""What every change of a patient has in common: who may be changed, the new plan, and the audit."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.errors import Invalid, NotNow
from scheduler.domain.people.patients import Patient
from scheduler.domain.people.reach import NoReach, first_reach
from scheduler.services import care
from scheduler.storage import audit, clinics, open_reminders, patients, senders
from scheduler.storage.database import Db
from scheduler.storage.open_reminders import OpenReminder
from scheduler.storage.patient_records import PatientRecord, get_patient_record

_SHORTEST = 3
_LONGEST = 500
_FINAL = frozenset({NoReach.STOPPED, NoReach.NO_CONSENT})
"""What ends a reminder at once, even one that a person moved; a missing number may still be given in time."""


def open_patient(db: Db, patient_id: str) -> PatientRecord:
    """A patient to be changed, locked against others. Raises NotFound, or NotNow for one merged or erased."""
    patients.lock_patient(db, patient_id)
    return check_present(db, patient_id)


def check_present(db: Db, patient_id: str) -> PatientRecord:
    """A patient who is still one. Raises NotFound, or NotNow for one merged or erased."""
    record = get_patient_record(db, patient_id)
    if record.merged_into is not None:
        message = f"This patient was merged into patient {record.merged_into}; use that one."
        raise NotNow(message)
    if record.erased:
        message = "This patient was erased, and nothing about them can be changed."
        raise NotNow(message)
    return record


def settle(db: Db, patient_id: str, *, now: datetime) -> None:
    """Make what is planned and not handed over follow from the patient as they are now."""
    open_reminders.release_claims(db, patient_id, now=now)
    patient, clinic = patients.get_patient(db, patient_id), clinics.get_clinic(db)
    ended: dict[str, set[str]] = defaultdict(set)
    for reminder in open_reminders.open_of(db, patient_id):
        refusal = _way(db, reminder, patient, clinic)
        if refusal in _FINAL or (refusal is not None and not reminder.touched):
            ended[refusal.value].add(reminder.id)
    for reason, ids in ended.items():
        care.cancel(db, ids, reason=reason, now=now)
    care.replan(db, patient_id, now=now)


def record(db: Db, patient_id: str, action: str, sentence: str, *, by: str, now: datetime) -> None:
    """Put what somebody did to a patient, or looked at, into the audit."""
    audit.record(db, at=now, actor=by, action=f"patient.{action}", subject=f"patient {patient_id}", sentence=sentence)


def read_words(field: str, text: str, mend: str) -> str:
    """Words that staff will read, of 3 to 500 letters. Raises Invalid with the mend."""
    words = text.strip()
    if not _SHORTEST <= len(words) <= _LONGEST:
        raise Invalid.of(field, f"{mend} in {_SHORTEST} to {_LONGEST} letters")
    return words


def _way(db: Db, reminder: OpenReminder, patient: Patient, clinic: Clinic) -> NoReach | None:
    """Why a reminder has no way to the patient; None if it has one, which one that a person touched now takes."""
    purpose = reminder.kind.purpose
    found = first_reach(patient, reminder.channels, purpose)
    if isinstance(found, NoReach):
        return found
    channel, _ = found
    if reminder.touched and channel is not reminder.channel:  # planning sees to the others
        sender_id = senders.sender_for(db, clinic.id, channel, live=clinic.live)
        open_reminders.change_channel(db, reminder.id, channel, sender_id)
    return None
