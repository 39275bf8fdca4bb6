"""API tokens: only their hashes are kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.storage.database import Db
from scheduler.storage.types import Base, Json, Owned, key


class TokenRow(Owned, Base):
    """A key to a clinic's API."""

    __tablename__ = "tokens"

    id: Mapped[str] = key()
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(Json)
    """Empty: everything."""
    label: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """Who calls: a clinic, and what the token may do."""

    id: str
    clinic_id: str
    scopes: frozenset[str]
    """Empty: everything."""
    label: str
    created_at: datetime


def add_token(db: Db, secret: str, *, scopes: tuple[str, ...], label: str, now: datetime) -> None:
    """Store a token's hash for the clinic in scope."""
    db.add(TokenRow(clinic_id=db.clinic_id, hash=_hash(secret), scopes=list(scopes), label=label, created_at=now))
    db.flush()


def find_token(db: Db, secret: str) -> Token | None:
    """The token of this secret; None if there is none or it was revoked."""
    row = db.scalars(select(TokenRow).where(TokenRow.hash == _hash(secret), TokenRow.revoked_at.is_(None))).first()
    return None if row is None else _token(row)


def revoke_token(db: Db, token_id: str, *, now: datetime) -> bool:
    """Revoke a token; False if the clinic has none of this id or it was revoked before."""
    revoked = db.scalars(
        update(TokenRow)
        .where(TokenRow.id == token_id, TokenRow.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(TokenRow.id)
    )
    return revoked.first() is not None


def list_tokens(db: Db) -> list[Token]:
    """The clinic's tokens that work, oldest first."""
    rows = db.scalars(select(TokenRow).where(TokenRow.revoked_at.is_(None)).order_by(TokenRow.created_at))
    return [_token(row) for row in rows]


def _token(row: TokenRow) -> Token:
    return Token(
        id=row.id,
        clinic_id=row.clinic_id,
        scopes=frozenset(row.scopes),
        label=row.label,
        created_at=row.created_at,
    )


def _hash(secret: str) -> str:
    # The secret has 256 random bits, so a fast hash is enough.
    return hashlib.sha256(secret.encode()).hexdigest()
