"""The store that the settings name: database, keys, catalog and clock, opened and checked."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scheduler import clock, telemetry
from scheduler.catalog.shipped import Catalog, load_catalog
from scheduler.domain.errors import Invalid, Problem
from scheduler.settings import Settings
from scheduler.storage import keys, schema
from scheduler.storage.crypto import new_key_ring
from scheduler.storage.database import Database, Db
from scheduler.storage.engine_schema import migrate_engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """What every command and request works with."""

    settings: Settings
    database: Database
    catalog: Catalog
    clock: Callable[[Db], datetime]
    """The time that all nodes agree on; asked once a transaction."""


def prepare_store(settings: Settings) -> bool:
    """Make the database or bring it up to this version; whether a key file was made for it.

    Raises DatabaseUnusable or KeyUnusable, with the mend.
    """
    schema.migrate(settings.database_url)
    if settings.engine == "cluster":
        from scheduler.engine.cluster import engine_schema  # noqa: PLC0415  a third of a second that others needn't wait

        migrate_engine(settings.database_url, engine_schema())
    had_key = settings.key_file.exists()
    keys.open_keys(settings.database_url, settings.key_file, now=clock.utc_now())
    return not had_key


def open_store(settings: Settings) -> Store:
    """The store that the settings name, checked and ready.

    Raises DatabaseUnusable, KeyUnusable, or Invalid for the files of the configuration, each with the mend.
    """
    schema.check(settings.database_url)
    ring = keys.open_keys(settings.database_url, settings.key_file, now=clock.utc_now())
    return Store(
        settings=settings,
        database=Database(settings.database_url, ring),
        catalog=read_catalog(settings.config_dir),
        clock=clock.now,
    )


@contextmanager
def throwaway_store(
    folder: Path, *, clock: Callable[[Db], datetime], settings: Settings | None = None
) -> Iterator[Store]:
    """A store in a folder that is thrown away, sealed with keys that are kept nowhere; for demos.

    Of the settings all but the database and the engine count.
    """
    here = {"database_url": f"sqlite:///{folder / 'demo.db'}", "engine": "local"}
    settings = (settings or Settings()).model_copy(update=here)
    schema.migrate(settings.database_url)
    database = Database(settings.database_url, new_key_ring())
    try:
        yield Store(settings=settings, database=database, catalog=read_catalog(settings.config_dir), clock=clock)
    finally:
        database.close()


def read_catalog(folder: Path) -> Catalog:
    """The catalog in a folder. Raises Invalid with every problem, each beginning with the file's whole path."""
    try:
        return load_catalog(folder)
    except Invalid as error:
        raise Invalid(*(Problem(f"{folder}/{problem.field}", problem.message) for problem in error.problems)) from error


def set_up_logging(settings: Settings) -> None:
    """Log as the settings say, for a process that stays."""
    telemetry.set_up_logging(level=settings.log_level, form=settings.log_format)
    if settings.log_level != "debug":
        logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells of each look at the schema's version
