"""Very many reminders that wait, by one statement of the database: what claiming must not get slower for."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.pool import ConnectionPoolEntry

from benchmarks.bulk import analyse
from benchmarks.clinic import Day, fill
from benchmarks.stores import Store
from scheduler.storage import store_state
from scheduler.storage.crypto import KeyRing, make_key_file
from scheduler.storage.database import Database
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.tenancy import ALL_CLINICS

DUE = 1_000
"""How many are due, one a patient."""
FREE = "free-sms"
"""The sender that only the last thousand go by."""
_REGISTERED = 20
_HOURS_BEFORE = 24
_HOURS_UNTIL_ALL = 24_000
_QUICKLY = ("foreign_keys=OFF", "synchronous=OFF", "cache_size=-262144")
_NUMBERS = (
    "WITH RECURSIVE numbers(n) AS (SELECT CAST(:first AS integer) UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)"
)
_CHANGED = {
    "sqlite": {
        "id": "substr(id, 1, 27) || printf('-%08x', n)",
        **{
            name: f"strftime('%Y-%m-%d %H:%M:%f000', {name}, '+' || n || ' hours')"
            for name in ("intended_at", "due_at", "next_at", "useful_until")
        },
    },
    "postgresql": {
        "id": "substr(id, 1, 27) || '-' || lpad(to_hex(n), 8, '0')",
        **{name: f"{name} + n * interval '1 hour'" for name in ("intended_at", "due_at", "next_at", "useful_until")},
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """A store with a thousand that are due, and the rest waiting."""

    url: str
    keys: KeyRing
    at: datetime
    """When a thousand are due, and nothing of the rest."""
    later: datetime
    """When all the rest is due, and a thousand by the free sender."""


def gather(store: Store, folder: Path, *, day: Day, waiting: int) -> Crowd:
    """A store in which so many wait, each patient's an hour apart from a day on; its key lies in the folder."""
    keys = make_key_file(folder / "aftercare.key")
    due = fill(store, patients=_REGISTERED, times=DUE // _REGISTERED, keys=keys, day=day)
    engine = create_engine(due.url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _hurry)
    with engine.begin() as connection:
        _copy(connection, first=_HOURS_BEFORE, last=_HOURS_BEFORE + waiting // DUE - 1, sender="sender_id")
        connection.execute(
            text(
                "INSERT INTO senders (id, channel, provider) SELECT :id, channel, provider FROM senders WHERE id = :of"
            ),
            {"id": FREE, "of": "sandbox-sms"},
        )
        _copy(connection, first=_HOURS_UNTIL_ALL, last=_HOURS_UNTIL_ALL, sender=f"'{FREE}'")
    analyse(engine)
    engine.dispose()
    later = day.after + timedelta(hours=_HOURS_UNTIL_ALL)
    _know_zone_data(due.url, keys, now=day.after)
    return Crowd(url=due.url, keys=keys, at=day.after, later=later)


def _copy(connection: Connection, *, first: int, last: int, sender: str) -> None:
    """Each of those that are due once more, so many hours later, for every hour from the first to the last."""
    changed = {**_CHANGED[connection.dialect.name], "occurrence": "occurrence + n", "sender_id": sender}
    names = [column.name for column in ReminderRow.__table__.columns]
    values = ", ".join(changed.get(name, name) for name in names)
    due = "(SELECT * FROM reminders WHERE rule = 'no-actives' AND occurrence = 0 AND status = 'scheduled') AS due"
    statement = f"INSERT INTO reminders ({', '.join(names)}) {_NUMBERS} SELECT {values} FROM numbers CROSS JOIN {due}"  # noqa: S608  names of our own columns
    connection.execute(text(statement), {"first": first, "last": last})


def _hurry(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    for pragma in _QUICKLY:
        connection.execute(f"PRAGMA {pragma}")


def _know_zone_data(url: str, keys: KeyRing, *, now: datetime) -> None:
    """As any store does that was served before: a first start plans every patient anew."""
    database = Database(url, keys, pool_size=1)
    with database.write(ALL_CLINICS) as db:
        store_state.set_state(db, store_state.ZONE_DATA, version("tzdata"), now=now)
    database.close()
