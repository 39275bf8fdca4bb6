"""Copies of an SQLite file: taken while the service runs, and put back in its place."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from scheduler.storage.database import DatabaseUnusable, mend

_WAIT_SECONDS = 10
_BESIDE = ("-wal", "-shm")
"""What SQLite keeps next to a file that is in use."""


@contextmanager
def staged(source: Path, *, beside: Path) -> Iterator[Path]:
    """A consistent and sound copy of a database, next to `beside` and readable by its owner only.

    Whoever writes to the source goes on. The copy is removed at the end of the block, unless it was put in place
    before. Raises DatabaseUnusable if there is no room, or the source is no database or a damaged one.
    """
    copy = _private_file(beside.absolute().parent)
    try:
        with _faults_told(source):
            _fill(copy, source)
        yield copy
    finally:
        for end in ("", *_BESIDE):
            Path(f"{copy}{end}").unlink(missing_ok=True)


def put(copy: Path, target: Path) -> None:
    """Put a staged copy where `target` is or will be, whole or not at all. Raises DatabaseUnusable."""
    with _faults_told(target):
        _sync(copy)
        copy.replace(target)
        _sync(target.absolute().parent)


def set_aside(target: Path) -> Path:
    """Rename a database that nobody uses, with its log; where it is now.

    Raises DatabaseUnusable while a process has it open; then nothing has changed.
    """
    with _faults_told(target):
        _close_log(target)
        kept = _free_name(target)
        for end in ("", *_BESIDE):
            with suppress(FileNotFoundError):
                Path(f"{target}{end}").rename(f"{kept}{end}")
        return kept


@contextmanager
def _faults_told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"{error.filename or path} can't be used: {error.strerror}."
        raise DatabaseUnusable(message) from error
    except sqlite3.Error as error:
        if "not a database" in str(error):
            message = f"{path} is not a database."
        else:
            message = mend(str(error)) or f"{path} can't be used: {error}."
        raise DatabaseUnusable(message) from error


def _private_file(folder: Path) -> Path:
    with _faults_told(folder):
        handle, name = tempfile.mkstemp(prefix=".aftercare-copy-", dir=folder)  # mode 0600
        os.close(handle)
        return Path(name)


def _fill(copy: Path, source: Path) -> None:
    with closing(_connect(source)) as database, closing(_connect(copy)) as filled:
        database.backup(filled, progress=_refuse_to_wait)
        # So that it is one file, wherever it is taken; the service sets its own mode when it opens it.
        filled.execute("PRAGMA journal_mode=DELETE")
        if filled.execute("PRAGMA quick_check").fetchone() != ("ok",):
            message = f"{source} is damaged: use your last backup that is sound."
            raise DatabaseUnusable(message)


def _connect(file: Path) -> sqlite3.Connection:
    """A connection to a file that exists; none is made."""
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=_WAIT_SECONDS)


def _refuse_to_wait(status: int, remaining: int, total: int) -> None:
    """Raise once SQLite itself has waited for a lock; it would otherwise be asked for ever."""
    del remaining, total
    if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        message = "database is locked"
        raise sqlite3.OperationalError(message)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _close_log(target: Path) -> None:
    """Bring the log beside the database into it, which SQLite refuses while any process has it open."""
    try:
        with closing(sqlite3.connect(target, timeout=1)) as database:
            database.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            message = "The database is in use: stop aftercare serve and whatever else uses it, then restore."
            raise DatabaseUnusable(message) from error
    except sqlite3.DatabaseError:
        pass  # damaged, which is why it is being replaced: its log is kept beside it


def _free_name(target: Path) -> Path:
    first = target.with_name(f"{target.name}.before-restore")
    others = (target.with_name(f"{first.name}-{number}") for number in range(2, 1000))
    return next(name for name in (first, *others) if not name.exists())
