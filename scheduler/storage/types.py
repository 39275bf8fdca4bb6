"""Column types and the declarative base that every table is made with."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from os import urandom
from typing import Any, TypeVar

from sqlalchemy import JSON, DateTime, Dialect, ForeignKey, LargeBinary, MetaData, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

E = TypeVar("E", bound=StrEnum)

Json = JSON().with_variant(JSONB(), "postgresql")
Sealed = LargeBinary
"""A text sealed by the key ring; only `scheduler.storage.crypto` reads it."""
ID_LENGTH = 36


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, kept in UTC; a naive one is refused on the way in."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The instant in UTC; SQLite keeps it without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"a time without a zone can't be stored: {value}"
            raise ValueError(message)
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The instant as UTC, whatever zone the server's connection speaks."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(TypeDecorator[E]):
    """A StrEnum kept as its word."""

    impl = String(20)
    cache_ok = True

    def __init__(self, words: type[E]) -> None:
        """Keep members of this enum."""
        super().__init__()
        self.words = words
        self._members = {member.value: member for member in words}

    def process_bind_param(self, value: E | None, dialect: Dialect) -> str | None:
        """The word."""
        del dialect
        return None if value is None else self.words(value).value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> E | None:  # noqa: ANN401  the driver's own type
        """The member of that word."""
        del dialect
        return None if value is None else self._members[value]


def new_id() -> str:
    """A fresh id that tells nothing: a random UUID, which `uuid4` takes twice as long to make."""
    digits = urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


class Base(DeclarativeBase):
    """What every table shares: names of constraints that migrations can rely on."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, bytes: LargeBinary}  # noqa: RUF012  SQLAlchemy's own hook


class Owned:
    """A row that belongs to a clinic; the database handle adds the clinic to every query of it."""

    clinic_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("clinics.id"), index=False)


def key() -> Mapped[str]:
    """A primary key column, filled when the row is made."""
    return mapped_column(String(ID_LENGTH), primary_key=True, default=new_id)
