"""Fresh stores for tests: a migrated SQLite file or PostgreSQL database each, copied from one made once a worker."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from scheduler.storage import schema
from scheduler.storage.crypto import KeyRing, new_key_ring
from scheduler.storage.database import Database
from tests.databases.databases import create_database, drop_database


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
    database.close()


@pytest.fixture(scope="session")
def opened() -> dict[str, Database]:
    """What a worker opened, by URL: an engine that is used again need not compile its statements again."""
    return {}


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
def fresh_postgresql_url(postgres_url: str, migrated_postgresql: str) -> str:
    """URL of a migrated PostgreSQL database, for what only PostgreSQL does. The next test gets a new one there, too."""
    name = f"{migrated_postgresql}_copy"
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
    """The name of a database to copy; nobody connects to it."""
    name = f"{make_url(postgres_url).database}_migrated"
    schema.migrate(create_database(postgres_url, name))
    yield name
    drop_database(postgres_url, f"{name}_copy")
    drop_database(postgres_url, name)
