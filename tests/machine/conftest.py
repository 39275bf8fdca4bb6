"""The stores that the machine plays in: one of each database, of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.databases.databases import create_database, drop_database
from tests.machine.stores import Store


@pytest.fixture
def machine_store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A store of the database that the test's parameter names."""
    store = Store(request.getfixturevalue(f"{request.param}_of_the_machine"))
    yield store
    store.database.close()


@pytest.fixture
def sqlite_of_the_machine(migrated_sqlite: Path, tmp_path: Path) -> str:
    """URL of a file of its own."""
    return f"sqlite:///{shutil.copyfile(migrated_sqlite, tmp_path / 'machine.db')}"


@pytest.fixture
def postgresql_of_the_machine(postgres_url: str, migrated_postgresql: str) -> Iterator[str]:
    """URL of a database of its own."""
    name = f"{make_url(postgres_url).database}_machine"
    yield create_database(postgres_url, name, template=migrated_postgresql)
    drop_database(postgres_url, name)
