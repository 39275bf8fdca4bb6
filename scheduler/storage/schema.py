"""The database's schema: every table together, its version, and bringing a database up to it."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, inspect

from scheduler.storage import (
    attempts,
    audit,
    audit_chain,
    claims,
    clinics,
    consents,
    contacts,
    devices,
    heartbeats,
    idempotency,
    kept_counts,
    kept_stops,
    keys,
    overrides,
    patients,
    protocols,
    reminders,
    replans,
    retention,
    senders,
    sessions,
    sign_in_tries,
    sign_ins,
    staff,
    store_state,
    todos,
    tokens,
    told_dates,
)
from scheduler.storage.database import DatabaseUnusable, Db, faults_told, make_engine, reader, sqlite_file
from scheduler.storage.statistics import pin_statistics
from scheduler.storage.types import Base

_MODULES = (
    attempts,
    audit,
    audit_chain,
    claims,
    clinics,
    consents,
    contacts,
    devices,
    heartbeats,
    idempotency,
    kept_counts,
    kept_stops,
    keys,
    overrides,
    patients,
    protocols,
    reminders,
    replans,
    retention,
    senders,
    sessions,
    sign_in_tries,
    sign_ins,
    staff,
    store_state,
    todos,
    told_dates,
    tokens,
)
"""Importing these defines the tables."""
_MIGRATIONS = Path(__file__).parent / "migrations"
_OWNER_ONLY = 0o600


class State(StrEnum):
    """A database's schema beside this program's."""

    MISSING = "missing"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"
    FOREIGN = "foreign"
    """Tables, but not ours."""


def metadata() -> MetaData:
    """All tables."""
    return Base.metadata


def migrate(url: str) -> None:
    """Bring the database to this program's schema; a missing SQLite file is made, readable by its owner only.

    Raises DatabaseUnusable if the database is newer or not ours.
    """
    engine = make_engine(url, pool_size=1)
    try:
        with faults_told():
            _refuse(state(url), {State.NEWER, State.FOREIGN})
            _make_private(sqlite_file(url))
            with engine.begin() as connection:
                config = _config()
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                pin_statistics(connection)
    finally:
        engine.dispose()


def check(url: str) -> None:
    """Nothing, if the database is ready for use. Raises DatabaseUnusable with the mend otherwise."""
    _refuse(state(url), set(_MENDS))


def check_open(db: Db) -> None:
    """Nothing, if the database of this handle is still ready for use. Raises DatabaseUnusable with the mend."""
    _refuse(_state_of(db.connection()), set(_MENDS))


def check_ours(url: str) -> None:
    """Nothing, if the database is this program's, of this version or an older one. Raises DatabaseUnusable."""
    _refuse(state(url), {State.MISSING, State.NEWER, State.FOREIGN})


def state(url: str) -> State:
    """How the database's schema compares with this program's. Raises DatabaseUnusable if it can't be read."""
    file = sqlite_file(url)
    if file is not None and not file.exists():  # connecting would make an empty one
        return State.MISSING
    engine = make_engine(url, pool_size=1)
    try:
        with faults_told(), reader(engine).connect() as connection:
            return _state_of(connection)
    finally:
        engine.dispose()


def _state_of(connection: Connection) -> State:
    revision = MigrationContext.configure(connection).get_current_revision()
    return _compared(revision, set(inspect(connection).get_table_names()))


def _compared(revision: str | None, tables: set[str]) -> State:
    if not tables - {"alembic_version"}:
        return State.MISSING
    if revision is None or not tables & set(metadata().tables):
        return State.FOREIGN
    script = ScriptDirectory.from_config(_config())
    if revision == script.get_current_head():
        return State.CURRENT
    known = {known.revision for known in script.walk_revisions()}
    return State.OLDER if revision in known else State.NEWER


def _make_private(file: Path | None) -> None:
    """An empty file for SQLite to fill; the files that it puts beside it take the same mode."""
    if file is None or file.exists():
        return
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY))
    except OSError as error:
        message = f"The database file {file} can't be made: {error.strerror}."
        raise DatabaseUnusable(message) from error


_MENDS = {
    State.MISSING: "The database is not set up yet: run aftercare migrate.",
    State.OLDER: "The database is from an older version: run aftercare migrate.",
    State.NEWER: "The database is from a newer version of this program: install that version.",
    State.FOREIGN: "The database holds tables of another program: check AFTERCARE_DATABASE_URL.",
}


def _refuse(found: State, unwanted: set[State]) -> None:
    if found in unwanted:
        raise DatabaseUnusable(_MENDS[found])


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config
