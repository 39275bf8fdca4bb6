"""Answers kept under an Idempotency-Key, so that a repeated request gets the first one's answer."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.storage.database import Db
from scheduler.storage.types import Base, Owned

_ANSWER = "idempotency.answer"


class KeptAnswerRow(Owned, Base):
    """The answer to a request that carried a key."""

    __tablename__ = "kept_answers"

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Of clinic, route and key together."""
    body_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    answer_sealed: Mapped[bytes]
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What the first request with a key was answered."""

    status: int
    body: str
    same_request: bool


def find_answer(db: Db, *, route: str, key: str, body: bytes, since: datetime) -> KeptAnswer | None:
    """The answer kept under a key since then; None if there is none."""
    row = db.scalars(
        select(KeptAnswerRow).where(KeptAnswerRow.key_hash == _key_hash(db, route, key), KeptAnswerRow.at > since)
    ).first()
    if row is None:
        return None
    return KeptAnswer(status=row.status, body=answer_of(db, row), same_request=row.body_hash == _hash(body))


def keep_answer(db: Db, *, route: str, key: str, body: bytes, status: int, answer: str, now: datetime) -> None:
    """Keep an answer under a key, in the transaction that did the work."""
    key_hash = _key_hash(db, route, key)
    db.execute(delete(KeptAnswerRow).where(KeptAnswerRow.key_hash == key_hash))
    db.add(
        KeptAnswerRow(
            clinic_id=db.clinic_id,
            key_hash=key_hash,
            body_hash=_hash(body),
            status=status,
            answer_sealed=db.keys.seal(answer, _ANSWER),
            at=now,
        )
    )
    db.flush()


def answer_of(db: Db, row: KeptAnswerRow) -> str:
    """What was answered."""
    return db.keys.open(row.answer_sealed, _ANSWER)


def forget_answers(db: Db, before: datetime) -> None:
    """Drop answers that are no longer kept."""
    db.execute(delete(KeptAnswerRow).where(KeptAnswerRow.at <= before))


def _key_hash(db: Db, route: str, key: str) -> str:
    return _hash(f"{db.clinic_id}\0{route}\0{key}".encode())


def _hash(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
