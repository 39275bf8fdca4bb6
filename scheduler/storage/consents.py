"""What patients agreed to and stopped, as a history that is only ever added to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKeyConstraint, Row, String, UniqueConstraint, func, literal, select, update
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.people.consent import Consent, Purpose, Word
from scheduler.storage.among import among
from scheduler.storage.database import Db
from scheduler.storage.types import ID_LENGTH, Base, Owned, Words, key

_EVIDENCE = "consent.evidence"


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
    evidence_sealed: Mapped[bytes | None]
    """What staff wrote of how it was said."""
    recorded_by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was recorded beside a word."""

    recorded_by: str
    wording: str | None = None
    text: str | None = None


def add_consent(
    db: Db,
    patient_id: str,
    consent: Consent,
    *,
    recorded_by: str,
    clinic_id: str | None = None,
    wording: str | None = None,
    evidence: str | None = None,
) -> None:
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
            wording=wording,
            evidence_sealed=db.keys.seal(evidence, _EVIDENCE) if evidence else None,
            recorded_by=recorded_by,
            at=consent.at,
        )
    )
    db.flush()


def consents_of(db: Db, patient_ids: set[str]) -> dict[str, tuple[Consent, ...]]:
    """The history by patient, oldest first."""
    words = select(*_WORD).where(among(ConsentRow.patient_id, patient_ids)).order_by(ConsentRow.position)
    found: dict[str, list[Consent]] = defaultdict(list)
    for row in db.execute(words):
        found[row.patient_id].append(_consent(row))
    return {patient_id: tuple(history) for patient_id, history in found.items()}


def history_of(db: Db, patient_id: str) -> list[tuple[Consent, Evidence]]:
    """A patient's history, oldest first, with what was recorded beside each word."""
    return [(_consent(row), _evidence(db, row)) for row in _rows(db, {patient_id})]


def copy_history(db: Db, patient_id: str, to: str, *, channels: Iterable[str]) -> None:
    """Give another patient the same history on these channels, each word at its own time among theirs."""
    for row in _rows(db, {patient_id}):
        if row.channel in set(channels):
            told = _evidence(db, row)
            add_consent(db, to, _consent(row), recorded_by=told.recorded_by, wording=told.wording, evidence=told.text)
    _put_in_order_of_time(db, to)


def give_history(db: Db, patient_id: str, to: str) -> None:
    """Make a history another patient's, each word at its own time among theirs."""
    own = db.execute(select(func.count()).where(ConsentRow.patient_id == to)).scalar_one()
    _renumber(db, ConsentRow.patient_id == patient_id, ConsentRow.position + own, patient_id=to)
    _put_in_order_of_time(db, to)


def _put_in_order_of_time(db: Db, patient_id: str) -> None:
    """Number a history anew, as if all of it had been said by one patient from the first."""
    mine = ConsentRow.patient_id == patient_id
    ids = list(db.scalars(select(ConsentRow.id).where(mine).order_by(ConsentRow.at, ConsentRow.position)))
    _renumber(db, mine, ConsentRow.position + len(ids))  # out of the way: a place may be taken only once
    for place, row_id in enumerate(ids):
        _renumber(db, ConsentRow.id == row_id, literal(place))


def _renumber(db: Db, which: ColumnElement[bool], position: ColumnElement[int], **values: str) -> None:
    statement = update(ConsentRow).where(which).values(position=position, **values)
    db.execute(statement.execution_options(synchronize_session=False))


def _rows(db: Db, patient_ids: set[str]) -> Iterable[ConsentRow]:
    return db.scalars(select(ConsentRow).where(ConsentRow.patient_id.in_(patient_ids)).order_by(ConsentRow.position))


_WORD = (
    ConsentRow.patient_id,
    ConsentRow.channel,
    ConsentRow.purpose,
    ConsentRow.word,
    ConsentRow.source,
    ConsentRow.at,
)


def _consent(row: ConsentRow | Row[*tuple[Any, ...]]) -> Consent:
    return Consent(channel=row.channel, purpose=row.purpose, word=row.word, source=row.source, at=row.at)


def _evidence(db: Db, row: ConsentRow) -> Evidence:
    text = db.keys.open(row.evidence_sealed, _EVIDENCE) if row.evidence_sealed else None
    return Evidence(recorded_by=row.recorded_by, wording=row.wording, text=text)
