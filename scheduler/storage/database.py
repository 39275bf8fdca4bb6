"""Connections and transactions on SQLite and PostgreSQL, on one code path; the mends for what goes wrong there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from scheduler.domain.errors import SchedulerError
from scheduler.storage.crypto import KeyRing
from scheduler.storage.tenancy import Scope, guard

_BUSY_SECONDS = 10
_WRITES = "aftercare_writes"
_SERVER_NOW = select(func.now())
PREPARE = "prepare_threshold"
"""A word of the URL that is the driver's and not the server's; it takes a number or `none`."""


class DatabaseUnusable(SchedulerError):
    """The database can't be reached, read or written; the message says what to do."""


class Db(Session):
    """A database handle within one transaction, bound to a clinic (or, for the few jobs that say so, to all)."""

    scope: Scope
    keys: KeyRing

    @property
    def clinic_id(self) -> str:
        """The clinic in scope. Raises RuntimeError where the handle crosses clinics."""
        if not isinstance(self.scope, str):
            message = "this handle is not bound to a clinic"
            raise RuntimeError(message)  # noqa: TRY004  a mistake of the caller's code, not of a type
        return self.scope

    def server_now(self) -> datetime | None:
        """The database server's clock at the start of the transaction; None where there is no server."""
        if self.get_bind().dialect.name == "sqlite":
            return None
        at: datetime = self.execute(_SERVER_NOW).scalar_one()
        return at.astimezone(UTC)


guard(Db)


class Database:
    """Where everything is stored: gives handles for reading and for writing."""

    def __init__(self, url: str, keys: KeyRing, *, pool_size: int = 20) -> None:
        """Connect lazily to an SQLAlchemy URL. Raises DatabaseUnusable if it isn't SQLite's or PostgreSQL's."""
        self.engine = make_engine(url, pool_size=pool_size)
        self.keys = keys
        self._reader = reader(self.engine)

    @contextmanager
    def write(self, scope: Scope) -> Iterator[Db]:
        """A handle whose work is stored together when the block ends, or not at all when it raises."""
        with self._handle(scope, self.engine) as db, db.begin():
            yield db

    @contextmanager
    def read(self, scope: Scope) -> Iterator[Db]:
        """A handle that sees one state and stores nothing."""
        with self._handle(scope, self._reader) as db:
            yield db

    @contextmanager
    def _handle(self, scope: Scope, bind: Engine) -> Iterator[Db]:
        db = Db(bind, expire_on_commit=False)
        db.scope, db.keys = scope, self.keys
        with faults_told(), db:
            yield db

    def settle_file(self) -> None:
        """Leave nothing of what was deleted in the file beside SQLite's, as far as readers let it; at once.

        PostgreSQL overwrites what was deleted in its own time.
        """
        if self.engine.dialect.name == "sqlite":
            with faults_told(), self._reader.connect() as connection:
                connection.exec_driver_sql("COMMIT")  # our BEGIN would keep the file from being cut
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def make_engine(url: str, *, pool_size: int = 20) -> Engine:
    """An engine with this product's pragmas and transactions. Raises DatabaseUnusable for another database."""
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
        if backend == "sqlite":
            engine = create_engine(
                parsed, connect_args=_wait(parsed, "timeout"), pool_size=pool_size, hide_parameters=True
            )
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        if backend == "postgresql":
            return create_engine(
                parsed.difference_update_query([PREPARE]),
                pool_size=pool_size,
                pool_pre_ping=True,
                hide_parameters=True,
                connect_args=_wait(parsed, "connect_timeout") | _prepare(parsed),
            )
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        message = "AFTERCARE_DATABASE_URL can't be read: write sqlite:///aftercare.db or postgresql://user@host/name."
        raise DatabaseUnusable(message) from error
    message = f"{backend} is not supported: use SQLite or PostgreSQL in AFTERCARE_DATABASE_URL."
    raise DatabaseUnusable(message)


def _prepare(url: URL) -> dict[str, int | None]:
    """After how many runs a statement is prepared, where the URL says so; never, where a pooler shares connections."""
    given = url.query.get(PREPARE)
    return {} if given is None else {PREPARE: None if given == "none" else int(str(given))}


def _wait(url: URL, name: str) -> dict[str, int]:
    return {} if name in url.query else {name: _BUSY_SECONDS}


def reader(engine: Engine) -> Engine:
    """The same engine for transactions that only read: they see one state, and don't wait for whoever writes."""
    if engine.dialect.name == "postgresql":  # whose default shows what others commit between two queries
        return engine.execution_options(isolation_level="REPEATABLE READ")
    return engine.execution_options(**{_WRITES: False})


def sqlite_file(url: str) -> Path | None:
    """The file of an SQLite URL; None for PostgreSQL and for memory."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in {None, "", ":memory:"}:
        return None
    return Path(str(parsed.database).removeprefix("file:"))


def libpq_url(url: str | URL) -> str:
    """The same PostgreSQL database for a program that knows only libpq's addresses; the password is in it."""
    ours = make_url(url).difference_update_query([PREPARE])
    return ours.set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def faults_told() -> Iterator[None]:
    """Within the block, a fault of the database itself is raised as DatabaseUnusable, with the mend."""
    try:
        yield
    except PoolTimeout as error:
        message = "All connections to the database are busy: try again in a moment."
        raise DatabaseUnusable(message) from error
    except DBAPIError as error:
        told = unusable(error)
        if told is None:
            raise
        raise told from error


def unusable(error: DBAPIError) -> DatabaseUnusable | None:
    """The mend for a fault of the database itself; None for anything else, which stays what it is."""
    text = str(error.orig)
    known = mend(text)
    if known is not None:
        return DatabaseUnusable(known)
    if not isinstance(error, OperationalError):
        return None
    first_line = text.strip().splitlines()[0] if text.strip() else "no answer"
    return DatabaseUnusable(f"The database can't be used: {first_line}.")


def mend(words: str) -> str | None:
    """What to do about a fault that the database told in these words; None for one that isn't known."""
    return next((mend for sign, mend in _MENDS.items() if sign in words), None)


_MENDS = {
    "database is locked": "The database is locked by another process: stop it, or try again in a moment.",
    "readonly database": "The database can't be written: give this user write access to the file and its folder.",
    "unable to open database file": "The database file can't be opened: check AFTERCARE_DATABASE_URL and its folder.",
    "file is not a database": "The database file is not an SQLite database: check AFTERCARE_DATABASE_URL.",
    "database disk image is malformed": "The database file is damaged: restore your last backup.",
    "database or disk is full": "The disk is full: free some space; nothing of this request was stored.",
    "no such table": "The database is not set up: run aftercare migrate.",
    "permission denied": "The database refuses this login: grant it all rights on the tables of this program.",
    "in a read-only transaction": "The database can't be written: it is a read-only copy, or this login may only read.",
}


def _prepare_sqlite(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see below
    cursor: Any = connection.cursor()
    # FULL: the intent to send must outlive a power cut, or the message would be sent twice.
    # secure_delete: what was erased is overwritten, and not only forgotten.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        try:
            cursor.execute(f"PRAGMA {pragma}")
        except sqlite3.OperationalError:
            # A read-only file can't be switched to WAL; reading it still works.
            if not pragma.startswith("journal_mode"):
                raise
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once, since a reader that turns writer half-way can't wait for it.
    writes = connection.get_execution_options().get(_WRITES, True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def lock_name(db: Db, name: str) -> None:
    """Wait for whoever else in this clinic holds the same name, and hold it until the transaction ends.

    For what has no row to lock yet, such as a patient who is being registered twice at once. SQLite has a single
    writer, who waits already.
    """
    if db.get_bind().dialect.name == "postgresql":
        db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{db.clinic_id}/{name}", 0))))
