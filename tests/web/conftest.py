"""What tests of the web edge get."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.storage.crypto import new_key_ring
from scheduler.storage.database import Database
from tests.databases.databases import create_database, drop_database
from tests.web.api_client import Api, an_api


@pytest.fixture
def api(database: Database) -> Api:
    """An API over a store with one clinic in trial; the test runs on SQLite and on PostgreSQL."""
    return an_api(database)


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def untouched_api(request: pytest.FixtureRequest) -> Iterator[Api]:
    """The same, one for all tests of a module: for what must store nothing."""
    database = Database(request.getfixturevalue(f"shared_{request.param}_url"), new_key_ring())
    yield an_api(database)
    database.close()


@pytest.fixture(scope="module")
def shared_sqlite_url(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of a migrated SQLite file that the tests of a module share."""
    return f"sqlite:///{shutil.copyfile(migrated_sqlite, tmp_path_factory.mktemp('shared') / 'aftercare.db')}"


@pytest.fixture(scope="module")
def shared_postgresql_url(postgres_url: str, migrated_postgresql: str) -> Iterator[str]:
    """URL of a migrated PostgreSQL database that the tests of a module share."""
    name = f"{migrated_postgresql}_shared"
    yield create_database(postgres_url, name, template=migrated_postgresql)
    drop_database(postgres_url, name)
