"""What dispatch loads for a batch of claimed reminders, whichever clinics they belong to, in a few queries."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.senders import SenderInfo
from scheduler.domain.people.patients import Channel, Patient
from scheduler.storage.among import among
from scheduler.storage.attempts import AttemptRow, Ending
from scheduler.storage.claims import Claimed
from scheduler.storage.clinics import clinics_by_id
from scheduler.storage.database import Db
from scheduler.storage.patients import PatientRow, patients_by_id
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.senders import senders_by_id
from scheduler.storage.sessions import voided_among


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Everything that decides over a batch, by id."""

    clinics: dict[str, Clinic]
    patients: dict[str, Patient]
    voided: set[str]
    """Sessions that were voided."""
    senders: dict[str, SenderInfo]
    texted: set[str]
    """Patients to whom a text was handed over before, or may have been."""


def surroundings(db: Db, claims: list[Claimed]) -> Surroundings:
    """What the batch's gate and messages are made of."""
    patient_ids = {claim.patient_id for claim in claims}
    return Surroundings(
        clinics=clinics_by_id(db, {claim.clinic_id for claim in claims}),
        patients=patients_by_id(db, patient_ids),
        voided=voided_among(db, {claim.session_id for claim in claims}),
        senders=senders_by_id(db, {claim.sender_id for claim in claims}),
        texted=texted(db, {claim.patient_id for claim in claims if claim.channel is Channel.SMS}),
    )


def texted(db: Db, patient_ids: set[str]) -> set[str]:
    """Those of the patients to whom a text was handed over before, or may have been."""
    text = (
        select(AttemptRow.id)
        .join(ReminderRow, AttemptRow.reminder_id == ReminderRow.id)
        .where(ReminderRow.patient_id == PatientRow.id, ReminderRow.channel == Channel.SMS)
        .where(AttemptRow.ending.is_(None) | AttemptRow.ending.in_((Ending.ACCEPTED, Ending.UNKNOWN)))
        .offset(0)  # keeps PostgreSQL from joining all attempts there are: a patient is done at the first that is found
    )
    return set(db.scalars(select(PatientRow.id).where(among(PatientRow.id, patient_ids), text.exists())))
