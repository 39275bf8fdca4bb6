"""How a command reaches what is stored: the settings, the open store, one transaction in a clinic's scope."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from scheduler.domain.errors import Invalid, Problem

if TYPE_CHECKING:  # these cost what `aftercare --help` must not pay
    from scheduler.bootstrap import Store
    from scheduler.catalog.shipped import Catalog
    from scheduler.settings import Settings
    from scheduler.storage.database import Db


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing that the operator does: a transaction in the scope of a clinic that exists."""

    db: Db
    catalog: Catalog
    now: datetime
    by: str
    """Who does it, for the audit."""


def read_settings() -> Settings:
    """The settings of this process. Raises Invalid with a line for each thing to mend."""
    from scheduler.settings import SettingsInvalid, load_settings

    try:
        return load_settings()
    except SettingsInvalid as error:
        raise Invalid(*(Problem("", line) for line in error.problems)) from None


@contextmanager
def opened() -> Iterator[Store]:
    """The store that the settings name, closed at the end of the block."""
    from scheduler.bootstrap import open_store

    store = open_store(read_settings())
    try:
        yield store
    finally:
        store.database.close()


@contextmanager
def changing(clinic_id: str) -> Iterator[Act]:
    """An act that is stored when the block ends, or not at all when it raises. Raises NotFound."""
    with opened() as store, store.database.write(clinic_id) as db:
        yield _act(store, db)


@contextmanager
def reading(clinic_id: str) -> Iterator[Act]:
    """An act that only looks. Raises NotFound."""
    with opened() as store, store.database.read(clinic_id) as db:
        yield _act(store, db)


def _act(store: Store, db: Db) -> Act:
    from scheduler.storage.clinics import get_clinic

    get_clinic(db)
    return Act(db=db, catalog=store.catalog, now=store.clock(db), by=operator())


def operator() -> str:
    """Who is at the command line, for the audit: `operator alice`."""
    try:
        return f"operator {getpass.getuser()}"
    except (OSError, KeyError):  # a container's user may have a number and no name
        return "operator"
