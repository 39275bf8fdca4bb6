"""Fresh stores for tests: a migrated SQLite file or PostgreSQL database each, copied from one made once a worker."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, insert, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from scheduler.storage import schema
from scheduler.storage.crypto import KeyRing, new_key_ring
from scheduler.storage.database import Database
from scheduler.storage.senders import SHARED_SENDERS, SenderRow
from tests.databases.databases import create_database, drop_database

_SHAPE = text(
    "SELECT (SELECT count(*) FROM pg_class), (SELECT max(oid) FROM pg_class), (SELECT count(*) FROM pg_proc), "
    "(SELECT count(*) FROM pg_trigger), (SELECT version_num FROM alembic_version)"
)
"""What differs once a test has changed more than rows."""


@pytest.fixture(params=("sqlite", "postgresql"))
def database_url(request: pytest.FixtureRequest) -> str:
    """URL of a migrated store that holds no clinic: the test runs on SQLite and on PostgreSQL."""
    url: str = request.getfixturevalue(f"fresh_{request.param}_url")
    return url


@pytest.fixture
def database(database_url: str, key_ring: KeyRing, opened: dict[str, Database]) -> Iterator[Database]:
    """That store, opened."""
    database = opened.get(database_url) or opened.setdefault(database_url, Database(database_url, key_ring))
    database.keys = key_ring
    yield database
    if database.engine.dialect.name == "sqlite":  # the next test puts another file in the place of this one
        database.close()


@pytest.fixture(scope="session")
def opened() -> Iterator[dict[str, Database]]:
    """What a worker opened, by URL: an engine that is used again need not connect and compile again."""
    databases: dict[str, Database] = {}
    yield databases
    for database in databases.values():
        database.close()


@pytest.fixture
def key_ring() -> KeyRing:
    """The keys of this test's store."""
    return new_key_ring()


@pytest.fixture
def fresh_sqlite_url(migrated_sqlite: Path) -> str:
    """URL of a migrated SQLite file, for what only SQLite does. The next test gets the same URL, and a new file."""
    file = migrated_sqlite.with_name("fresh.db")
    for left in file.parent.glob(f"{file.name}*"):
        left.unlink()
    return f"sqlite:///{shutil.copyfile(migrated_sqlite, file)}"


@pytest.fixture
def fresh_postgresql_url(
    postgres_url: str, migrated_postgresql: str, postgresql_shape: tuple[object, ...], opened: dict[str, Database]
) -> str:
    """URL of a migrated PostgreSQL database, for what only PostgreSQL does. The next test gets it emptied, or anew."""
    name = f"{migrated_postgresql}_copy"
    url = make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    if url in opened and _emptied(opened[url], postgresql_shape):
        return url
    drop_database(postgres_url, name)
    return create_database(postgres_url, name, template=migrated_postgresql)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to copy."""
    file = tmp_path_factory.mktemp("migrated") / "aftercare.db"
    schema.migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def migrated_postgresql(postgres_url: str) -> Iterator[str]:
    """The name of a database to copy; nobody is connected to it."""
    name = f"{make_url(postgres_url).database}_migrated"
    schema.migrate(create_database(postgres_url, name))
    yield name
    drop_database(postgres_url, f"{name}_copy")
    drop_database(postgres_url, name)


@pytest.fixture(scope="session")
def postgresql_shape(postgres_url: str, migrated_postgresql: str) -> tuple[object, ...]:
    """What the catalogs of an untouched copy say."""
    engine = create_engine(make_url(postgres_url).set(database=migrated_postgresql))
    with engine.connect() as connection:
        shape = _shape(connection)
    engine.dispose()
    return shape


def _shape(connection: Connection) -> tuple[object, ...]:
    return tuple(connection.execute(_SHAPE).one())


def _emptied(database: Database, shape: tuple[object, ...]) -> bool:
    """Whether the store could be emptied: several times as quick as a new copy, where nothing but rows changed."""
    everything = text(f"TRUNCATE {', '.join(schema.metadata().tables)}")
    try:
        with database.engine.begin() as connection:
            if _shape(connection) != shape:
                return False
            connection.execute(text("SET LOCAL lock_timeout = '2s'"))  # a test that failed may hold a row
            connection.execute(everything)
            connection.execute(insert(SenderRow), [dict(sender) for sender in SHARED_SENDERS])
    except DBAPIError:
        return False
    return True
