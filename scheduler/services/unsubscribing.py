"""Ending emails by the link that each of them carries: whoever holds an email may end that clinic's emails to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.errors import NotFound
from scheduler.domain.people.consent import Purpose
from scheduler.domain.people.patients import Channel
from scheduler.services.consenting import opt_out
from scheduler.storage.attempts import recipient
from scheduler.storage.clinics import get_clinic
from scheduler.storage.database import Database, Db
from scheduler.storage.tenancy import ALL_CLINICS


@dataclass(frozen=True, slots=True)
class Emails:
    """The emails that a link is about: one clinic's to one patient."""

    clinic_id: str
    clinic: str
    """Its name."""
    patient_id: str


def find_emails(database: Database, token: str) -> Emails:
    """What a link is about; it is an email's attempt, which nobody can guess. Raises NotFound."""
    with database.read(ALL_CLINICS) as db:
        found = recipient(db, token, channel=Channel.EMAIL)
    if found is None:
        raise NotFound("link", token)
    clinic_id, patient_id = found
    with database.read(clinic_id) as db:
        return Emails(clinic_id, get_clinic(db).name, patient_id)


def end_emails(db: Db, emails: Emails, *, now: datetime) -> None:
    """Record that the patient stopped these emails; a second time changes nothing. The handle is the clinic's."""
    opt_out(
        db,
        emails.patient_id,
        Channel.EMAIL,
        Purpose,
        source="email",
        evidence="The patient used the link in an email of ours.",
        by="the patient, by a link",
        now=now,
    )
