"""Backing the store up to a file and putting a backup back, on SQLite and on PostgreSQL. The key file is in neither."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scheduler.domain.errors import NotNow
from scheduler.storage import backups, clinics, dumps, keys, schema
from scheduler.storage.crypto import read_key_file
from scheduler.storage.database import Database, sqlite_file
from scheduler.storage.schema import State
from scheduler.storage.tenancy import ALL_CLINICS

_OURS = frozenset({State.CURRENT, State.OLDER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore left behind."""

    kept: Path | None
    """Where what was there before is; None if there was nothing."""
    older: bool
    """Whether the backup is from an older version, and must be migrated before use."""


def back_up(url: str, to: Path, *, force: bool) -> None:
    """Write a copy of the database to a file, while the service runs.

    Raises NotNow for a file that is there already, unless `force`, and DatabaseUnusable.
    """
    if to.exists() and not force:
        message = f"{to} exists already: choose another name, or replace it with --force."
        raise NotNow(message)
    schema.check_ours(url)
    file = sqlite_file(url)
    if file is None:
        dumps.dump(url, to)
        return
    if to.exists() and to.samefile(file):
        message = f"{to} is the database itself: choose another name."
        raise NotNow(message)
    with backups.staged(file, beside=to) as copy:
        backups.put(copy, to)


def restore(url: str, backup: Path, *, key_file: Path, force: bool, now: datetime) -> Restored:
    """Put a backup in the database's place; what was there is kept, and every clinic is paused.

    What went out since the backup is not known to it and would go out again, so a person looks first.

    Raises NotNow for something else than a backup of ours, or over a database, unless `force`; KeyUnusable if the
    key file doesn't open it; DatabaseUnusable.
    """
    file = sqlite_file(url)
    return (
        _restore_dump(url, backup, key_file=key_file, force=force, now=now)
        if file is None
        else _restore_file(file, backup, key_file=key_file, force=force, now=now)
    )


def _restore_file(file: Path, backup: Path, *, key_file: Path, force: bool, now: datetime) -> Restored:
    if file.exists() and not force:
        message = f"{file} exists already: --force replaces it, and keeps it beside the new one."
        raise NotNow(message)
    with backups.staged(backup, beside=file) as copy:
        copied = f"sqlite:///{copy}"
        found = schema.state(copied)
        _check(found, backup)
        keys.prove_keys(copied, key_file)
        _pause_clinics(copied, key_file, now)
        kept = backups.set_aside(file) if file.exists() else None
        backups.put(copy, file)
    return Restored(kept=kept, older=found is State.OLDER)


def _restore_dump(url: str, backup: Path, *, key_file: Path, force: bool, now: datetime) -> Restored:
    if not dumps.is_dump(backup):
        _check(State.FOREIGN, backup)
    there = schema.state(url)
    if there is not State.MISSING and not (force and there in _OURS):
        schema.check_ours(url)
        message = f"The database holds data already: --force replaces it, and keeps it in {_kept_dump(backup)}."
        raise NotNow(message)
    kept = _kept_dump(backup) if there in _OURS else None
    if kept is not None:
        dumps.dump(url, kept)
    dumps.load(url, backup)
    found = schema.state(url)
    _check(found, backup)
    keys.prove_keys(url, key_file)
    _pause_clinics(url, key_file, now)
    return Restored(kept=kept, older=found is State.OLDER)


def _pause_clinics(url: str, key_file: Path, now: datetime) -> None:
    if not key_file.exists():  # nothing was ever sealed, so there is no clinic either
        return
    database = Database(url, read_key_file(key_file), pool_size=1)
    try:
        with database.write(ALL_CLINICS) as db:
            clinics.pause_all(db, at=now, reason="restored from a backup")
    finally:
        database.close()


def _kept_dump(backup: Path) -> Path:
    return backup.with_name(f"{backup.name}.before-restore")


def _check(found: State, backup: Path) -> None:
    if found is State.NEWER:
        message = f"{backup} is from a newer version of this program: install that version."
        raise NotNow(message)
    if found not in _OURS:
        message = f"{backup} is not a backup of this program."
        raise NotNow(message)
