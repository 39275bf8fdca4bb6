"""The tables of the engine of many machines, beside ours: made, brought up step by step, and their version kept.

The engine's own SQL is handed in; which of its steps a database has had is known under a name in our own tables.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.dialects.postgresql import insert

from scheduler.storage.database import Database, DatabaseUnusable, Db, faults_told, make_engine
from scheduler.storage.schema import State
from scheduler.storage.store_state import StoreStateRow
from scheduler.storage.tenancy import ALL_CLINICS

_NAME = "engine_schema"
_LOCK = 2026_0015
"""Whoever brings the tables up holds it, so that two that start at once do so one after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSchema:
    """What an engine's package knows of its own tables."""

    table: str
    """One that is there if any are."""
    whole: str
    """SQL that makes them anew."""
    steps: tuple[tuple[str, str], ...]
    """Name and SQL of each step that brings older ones up, the oldest first."""

    @property
    def version(self) -> str:
        """The last step."""
        return self.steps[-1][0]

    def missing(self, version: str) -> list[str]:
        """The SQL of all steps behind this one."""
        names = [name for name, _ in self.steps]
        return [sql for _, sql in self.steps[names.index(version) + 1 :]]


def migrate_engine(url: str, wanted: EngineSchema) -> None:
    """Bring the engine's tables to this version. Raises DatabaseUnusable if they are newer, or another program's."""
    engine = make_engine(url, pool_size=1)
    try:
        with faults_told(), engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            state, version = _state(connection, wanted)
            _refuse(state, {State.NEWER, State.FOREIGN})
            for sql in [wanted.whole] if version is None else wanted.missing(version):
                _run(connection, sql)
            _keep(connection, wanted.version)
    finally:
        engine.dispose()


def engine_state(db: Db, wanted: EngineSchema) -> State:
    """How the engine's tables compare with what this program knows."""
    return _state(db.connection(), wanted)[0]


def check_engine(database: Database, wanted: EngineSchema) -> None:
    """Nothing, if the engine's tables are ready for use. Raises DatabaseUnusable with the mend otherwise."""
    with database.read(ALL_CLINICS) as db:
        _refuse(engine_state(db, wanted), set(MENDS))


def _state(connection: Connection, wanted: EngineSchema) -> tuple[State, str | None]:
    version = connection.scalar(select(StoreStateRow.value).where(StoreStateRow.name == _NAME))
    if not inspect(connection).has_table(wanted.table):
        return State.MISSING, None
    if version is None:
        return State.FOREIGN, None
    if version == wanted.version:
        return State.CURRENT, version
    return (State.OLDER if version in dict(wanted.steps) else State.NEWER), version


def _run(connection: Connection, sql: str) -> None:
    """Many statements at once, which only the driver itself takes."""
    cursor = connection.connection.cursor()
    cursor.execute(sql)
    cursor.close()


def _keep(connection: Connection, version: str) -> None:
    row = insert(StoreStateRow).values(name=_NAME, value=version, set_at=func.now())
    connection.execute(
        row.on_conflict_do_update(index_elements=["name"], set_={"value": version, "set_at": func.now()})
    )


MENDS = {
    State.MISSING: "The engine's tables are not set up yet: run aftercare migrate with AFTERCARE_ENGINE=cluster.",
    State.OLDER: "The engine's tables are from an older version: run aftercare migrate with AFTERCARE_ENGINE=cluster.",
    State.NEWER: "The engine's tables are from a newer version: install the newer version of this program.",
    State.FOREIGN: "The engine's tables in this database are another program's: use a database of our own.",
}
"""The fault and its mend, behind a colon."""


def _refuse(found: State, unwanted: set[State]) -> None:
    if found in unwanted:
        raise DatabaseUnusable(MENDS[found])
