"""Whether the key file and the database belong together, and what to do where one of them is new."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, String, inspect
from sqlalchemy.orm import Mapped, Session, mapped_column

from scheduler.storage.crypto import KeyRing, KeyUnusable, make_key_file, read_key_file
from scheduler.storage.database import faults_told, make_engine, reader
from scheduler.storage.types import Base

_PURPOSE = "key.check"
_KNOWN_TEXT = "aftercare"
_CHECK = "check"


class KeyCheckRow(Base):
    """A known text, sealed when the store was first used: opening it proves the key."""

    __tablename__ = "key_checks"

    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    sealed: Mapped[bytes]
    made_at: Mapped[datetime]


def open_keys(url: str, key_file: Path, *, now: datetime) -> KeyRing:
    """The ring that this database's data was sealed with; a new one, kept in `key_file`, for a new store.

    Raises KeyUnusable if there is sealed data and the file is missing, unreadable or another store's.
    """
    engine = make_engine(url, pool_size=1)
    try:
        with faults_told():
            sealed = _sealed_check(engine)
            if sealed is not None:
                return _prove(read_key_file(key_file), sealed, key_file)
            keys = read_key_file(key_file) if key_file.exists() else make_key_file(key_file)
            return _store_check(engine, keys, key_file, now)
    finally:
        engine.dispose()


def prove_keys(url: str, key_file: Path) -> None:
    """Nothing, if the key file opens what the database holds, or nothing there was ever sealed.

    Raises KeyUnusable otherwise; makes no file and stores nothing.
    """
    engine = make_engine(url, pool_size=1)
    try:
        with faults_told():
            sealed = _sealed_check(engine)
            if sealed is not None:
                _prove(read_key_file(key_file), sealed, key_file)
    finally:
        engine.dispose()


def _sealed_check(engine: Engine) -> bytes | None:
    with Session(reader(engine)) as db:
        if not inspect(db.connection()).has_table(KeyCheckRow.__tablename__):
            return None
        row = db.get(KeyCheckRow, _CHECK)
        return row.sealed if row else None


def _store_check(engine: Engine, keys: KeyRing, key_file: Path, now: datetime) -> KeyRing:
    with Session(engine) as db, db.begin():
        other = db.get(KeyCheckRow, _CHECK)  # another process may have been first
        if other is not None:
            return _prove(keys, other.sealed, key_file)
        db.add(KeyCheckRow(id=_CHECK, sealed=keys.seal(_KNOWN_TEXT, _PURPOSE), made_at=now))
    return keys


def _prove(keys: KeyRing, sealed: bytes, key_file: Path) -> KeyRing:
    try:
        keys.open(sealed, _PURPOSE)
    except KeyUnusable:
        message = (
            f"{key_file} is not the key that this database was sealed with: restore the right one from your backup."
        )
        raise KeyUnusable(message) from None
    return keys
