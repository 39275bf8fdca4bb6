from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from scheduler.engine.cluster import engine_schema
from scheduler.storage.crypto import KeyRing
from scheduler.storage.database import Database, DatabaseUnusable
from scheduler.storage.engine_schema import EngineSchema, check_engine, engine_state, migrate_engine
from scheduler.storage.schema import State
from scheduler.storage.tenancy import ALL_CLINICS
from tests.databases.databases import create_database, drop_database

ONE = EngineSchema(
    table="engine_jobs",
    whole="CREATE TABLE engine_jobs (id integer); CREATE TABLE engine_workers (id integer)",
    steps=(("01", "SELECT 1"),),
)
TWO = replace(ONE, steps=(*ONE.steps, ("02", "ALTER TABLE engine_jobs ADD COLUMN added integer; SELECT 1 % 1")))


@pytest.fixture
def url(postgres_url: str, migrated_postgresql: str) -> Iterator[str]:
    """A migrated database without an engine's tables."""
    name = f"{make_url(postgres_url).database}_engine"
    yield create_database(postgres_url, name, template=migrated_postgresql)
    drop_database(postgres_url, name)


def state(url: str, wanted: EngineSchema, keys: KeyRing) -> State:
    database = Database(url, keys)
    try:
        with database.read(ALL_CLINICS) as db:
            return engine_state(db, wanted)
    finally:
        database.close()


def columns(url: str) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.scalar(
            text("SELECT count(*) FROM information_schema.columns WHERE table_name = 'engine_jobs'")
        )
    engine.dispose()
    return found or 0


def test_tables_are_made_once_and_brought_up_step_by_step(url: str, key_ring: KeyRing) -> None:
    seen = [state(url, ONE, key_ring)]
    migrate_engine(url, ONE)
    migrate_engine(url, ONE)
    seen += [state(url, ONE, key_ring), state(url, TWO, key_ring)]
    before = columns(url)
    migrate_engine(url, TWO)
    migrate_engine(url, TWO)

    assert seen == [State.MISSING, State.CURRENT, State.OLDER]
    assert state(url, TWO, key_ring) is State.CURRENT
    assert (before, columns(url)) == (1, 2)


def test_tables_of_a_version_that_is_not_known_are_refused(url: str, key_ring: KeyRing) -> None:
    migrate_engine(url, TWO)

    with pytest.raises(DatabaseUnusable, match="newer version"):
        migrate_engine(url, ONE)

    assert state(url, ONE, key_ring) is State.NEWER


def test_tables_that_another_program_made_are_left_alone(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE engine_jobs (id integer)"))
    engine.dispose()

    with pytest.raises(DatabaseUnusable, match="another program's"):
        migrate_engine(url, ONE)


def test_a_process_is_told_to_migrate_before_it_works(url: str, key_ring: KeyRing) -> None:
    database = Database(url, key_ring)

    with pytest.raises(DatabaseUnusable, match="run aftercare migrate with AFTERCARE_ENGINE=cluster"):
        check_engine(database, ONE)
    migrate_engine(url, ONE)
    check_engine(database, ONE)
    database.close()


def test_a_step_that_fails_changes_nothing(url: str, key_ring: KeyRing) -> None:
    migrate_engine(url, ONE)
    broken = replace(ONE, steps=(*TWO.steps, ("03", "SELECT nonsense")))

    with pytest.raises(Exception, match="nonsense"):
        migrate_engine(url, broken)

    assert (columns(url), state(url, TWO, key_ring)) == (1, State.OLDER)


def test_procrastinate_s_tables_are_made(url: str, key_ring: KeyRing) -> None:
    migrate_engine(url, engine_schema())

    assert state(url, engine_schema(), key_ring) is State.CURRENT
