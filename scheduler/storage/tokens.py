"""API tokens: only their hashes are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.people.roles import Person
from scheduler.storage.crypto import hash_secret
from scheduler.storage.database import Db
from scheduler.storage.staff import get_person
from scheduler.storage.types import ID_LENGTH, Base, Json, Owned, key


class TokenRow(Owned, Base):
    """A key to a clinic's API."""

    __tablename__ = "tokens"
    __table_args__ = (ForeignKeyConstraint(["clinic_id", "staff_id"], ["staff.clinic_id", "staff.id"]),)

    id: Mapped[str] = key()
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(Json)
    """Empty: everything."""
    label: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    staff_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    """Whose it is; None: a program's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """Who calls: a clinic, and what the token may do."""

    id: str
    clinic_id: str
    scopes: frozenset[str]
    """Empty: everything."""
    label: str
    created_at: datetime
    person: Person | None = None
    """Who acts with it; None: a program."""

    @property
    def staff_id(self) -> str | None:
        """The id of the person who acts with it."""
        return self.person.id if self.person else None

    @property
    def by(self) -> str:
        """Who does what is done with it, as the audit names them."""
        return self.person.name if self.person else f"token {self.label}"


def add_token(
    db: Db, secret: str, *, scopes: tuple[str, ...], label: str, now: datetime, staff_id: str | None = None
) -> None:
    """Store a token's hash for the clinic in scope, or for somebody of its staff."""
    row = TokenRow(
        clinic_id=db.clinic_id,
        hash=hash_secret(secret),
        scopes=list(scopes),
        label=label,
        created_at=now,
        staff_id=staff_id,
    )
    db.add(row)
    db.flush()


def find_token(db: Db, secret: str) -> Token | None:
    """The token of this secret; None if there is none or it was revoked."""
    works = TokenRow.hash == hash_secret(secret), TokenRow.revoked_at.is_(None)
    row = db.scalars(select(TokenRow).where(*works)).first()
    return None if row is None else _token(db, row)


def revoke_token(db: Db, token_id: str, *, now: datetime) -> bool:
    """Revoke a token; False if the clinic has none of this id or it was revoked before."""
    revoked = db.scalars(
        update(TokenRow)
        .where(TokenRow.id == token_id, TokenRow.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(TokenRow.id)
    )
    return revoked.first() is not None


def revoke_of_person(db: Db, staff_id: str, *, now: datetime) -> None:
    """Revoke all tokens of a person."""
    theirs = TokenRow.staff_id == staff_id, TokenRow.revoked_at.is_(None)
    db.execute(update(TokenRow).where(*theirs).values(revoked_at=now))


def list_tokens(db: Db) -> list[Token]:
    """The clinic's tokens that work, oldest first."""
    rows = db.scalars(select(TokenRow).where(TokenRow.revoked_at.is_(None)).order_by(TokenRow.created_at))
    return [_token(db, row) for row in rows]


def _token(db: Db, row: TokenRow) -> Token:
    return Token(
        id=row.id,
        clinic_id=row.clinic_id,
        scopes=frozenset(row.scopes),
        label=row.label,
        created_at=row.created_at,
        person=get_person(db, row.staff_id) if row.staff_id else None,
    )
