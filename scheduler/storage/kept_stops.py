"""What people stopped who are erased or purged: the hash of their number or address, so that the stop outlives them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.people.consent import Consent, Purpose, Word
from scheduler.storage.consents import consents_of
from scheduler.storage.contacts import HASH_LENGTH, ContactPointRow
from scheduler.storage.database import Db
from scheduler.storage.types import Base, Owned, Words, key

SOURCE = "kept stop"


class KeptStopRow(Owned, Base):
    """One channel and purpose that whoever had a number or address stopped."""

    __tablename__ = "kept_stops"
    __table_args__ = (UniqueConstraint("clinic_id", "value_hash", "channel", "purpose"),)

    id: Mapped[str] = key()
    value_hash: Mapped[str] = mapped_column(String(HASH_LENGTH))
    channel: Mapped[str] = mapped_column(String(20))
    purpose: Mapped[Purpose] = mapped_column(Words(Purpose))
    at: Mapped[datetime]


def keep_stops(db: Db, patient_ids: set[str]) -> int:
    """Keep what these patients of the clinic stopped and did not lift, for each of their contact points; how many."""
    stopped = {patient_id: _stopped(history) for patient_id, history in consents_of(db, patient_ids).items()}
    points = select(ContactPointRow.patient_id, ContactPointRow.channel, ContactPointRow.value_hash)
    kept = 0
    for row in db.execute(points.where(ContactPointRow.patient_id.in_({one for one in stopped if stopped[one]}))):
        known = {(stop.channel, stop.purpose) for stop in stops_of(db, row.value_hash)}
        for stop in stopped[row.patient_id]:
            if stop.channel == row.channel and (stop.channel, stop.purpose) not in known:
                values = {"channel": stop.channel, "purpose": stop.purpose, "at": stop.at}
                db.add(KeptStopRow(clinic_id=db.clinic_id, value_hash=row.value_hash, **values))
                kept += 1
        db.flush()
    return kept


def stops_of(db: Db, value_hash: str) -> tuple[Consent, ...]:
    """What was stopped for a number or address of the clinic, by the hash that it is found by."""
    rows = db.scalars(select(KeptStopRow).where(KeptStopRow.value_hash == value_hash).order_by(KeptStopRow.id))
    return tuple(
        Consent(channel=row.channel, purpose=row.purpose, word=Word.STOPPED, source=SOURCE, at=row.at) for row in rows
    )


def _stopped(history: Collection[Consent]) -> list[Consent]:
    last = {(word.channel, word.purpose): word for word in history}
    return [word for word in last.values() if word.word is Word.STOPPED]
