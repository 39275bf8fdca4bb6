"""What patients agreed to and stopped, as a history that is only ever added to."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.people.consent import Consent, Purpose, Word
from scheduler.storage.database import Db
from scheduler.storage.types import ID_LENGTH, Base, Owned, Words, key


class ConsentRow(Owned, Base):
    """One word of a patient on a channel and purpose, with its evidence."""

    __tablename__ = "consents"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "patient_id"], ["patients.clinic_id", "patients.id"]),
        UniqueConstraint("patient_id", "position"),  # consents_of
    )

    id: Mapped[str] = key()
    patient_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    channel: Mapped[str] = mapped_column(String(20))
    purpose: Mapped[Purpose] = mapped_column(Words(Purpose))
    word: Mapped[Word] = mapped_column(Words(Word))
    source: Mapped[str] = mapped_column(String(100))
    wording: Mapped[str | None] = mapped_column(String(100))
    """Version of the wording that was shown."""
    position: Mapped[int]
    """Its place in the patient's history; a clock that steps back doesn't change the order."""
    recorded_by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]


def add_consent(db: Db, patient_id: str, consent: Consent, *, recorded_by: str, clinic_id: str | None = None) -> None:
    """Add to the history of a patient, whose clinic must be named where the handle crosses clinics."""
    db.add(
        ConsentRow(
            clinic_id=clinic_id or db.clinic_id,
            patient_id=patient_id,
            channel=consent.channel,
            purpose=consent.purpose,
            word=consent.word,
            source=consent.source,
            position=select(func.count()).where(ConsentRow.patient_id == patient_id).scalar_subquery(),
            recorded_by=recorded_by,
            at=consent.at,
        )
    )
    db.flush()


def consents_of(db: Db, patient_ids: set[str]) -> dict[str, tuple[Consent, ...]]:
    """The history by patient, oldest first."""
    rows = db.scalars(select(ConsentRow).where(ConsentRow.patient_id.in_(patient_ids)).order_by(ConsentRow.position))
    found: dict[str, list[Consent]] = defaultdict(list)
    for row in rows:
        found[row.patient_id].append(
            Consent(channel=row.channel, purpose=row.purpose, word=row.word, source=row.source, at=row.at)
        )
    return {patient_id: tuple(history) for patient_id, history in found.items()}
