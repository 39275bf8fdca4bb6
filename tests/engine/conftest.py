"""Stores for the engines: a database of the run's own whose tables are those of the engine of many machines, too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.engine import make_url

from scheduler.engine.cluster import engine_schema
from scheduler.storage.engine_schema import migrate_engine
from tests.databases.databases import create_database, drop_database


@pytest.fixture(scope="session")
def clustered_postgresql(postgres_url: str, migrated_postgresql: str) -> Iterator[str]:
    """The name of a database to copy, with both kinds of tables; nobody is connected to it."""
    name = f"{make_url(postgres_url).database}_clustered"
    migrate_engine(create_database(postgres_url, name, template=migrated_postgresql), engine_schema())
    yield name
    drop_database(postgres_url, name)


@pytest.fixture
def fresh_cluster_url(postgres_url: str, clustered_postgresql: str) -> Iterator[str]:
    """URL of a migrated database with both kinds of tables."""
    name = f"{clustered_postgresql}_copy"
    yield create_database(postgres_url, name, template=clustered_postgresql)
    drop_database(postgres_url, name)
