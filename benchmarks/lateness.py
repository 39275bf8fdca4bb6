"""Lateness: how long after its moment a text has been handed over, by a real process with a steady stream."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from math import ceil
from time import perf_counter, sleep

from sqlalchemy import BindParameter, bindparam, select, update

from benchmarks.clinic import Due, fill
from benchmarks.rows import DISPATCH, Benchmark, Figures, NotCounted, Row, Setting
from benchmarks.service import Installation
from benchmarks.stores import POSTGRESQL, SQLITE, TITLES
from benchmarks.today import yesterday
from scheduler.bootstrap.zone_data import zone_data_version
from scheduler.clock import utc_now
from scheduler.domain.delivery.reminders import Status
from scheduler.storage import store_state
from scheduler.storage.attempts import AttemptRow, Ending
from scheduler.storage.crypto import make_key_file
from scheduler.storage.database import Database
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.tenancy import ALL_CLINICS

_A_SECOND = 100
_SECONDS, _SECONDS_QUICK = 40, 10
_REGISTERED = 50
_LEAD = timedelta(seconds=8)
"""Until the first is due: the process starts meanwhile."""
_PATIENCE_SECONDS = 60
_LOOK_SECONDS = 1
_OUT_OF_THE_WAY = timedelta(days=30)
_RULE = "no-actives"


def _run(kind: str, setting: Setting) -> Figures:
    store, folder = setting.stores.open(kind), setting.stores.folder()
    texts = _A_SECOND * (_SECONDS_QUICK if setting.quick else _SECONDS)
    keys = make_key_file(folder / "aftercare.key")
    due = fill(store, patients=_REGISTERED, times=texts // _REGISTERED, keys=keys, day=yesterday(utc_now()))
    database = Database(due.url, keys)
    first = _line_up(database, due)
    with Installation(folder, due.url).send():
        late = _wait_for_all(database, due, until=first + timedelta(seconds=texts / _A_SECOND))
    database.close()
    store.drop(due.url)
    for percent in (50, 95, 99):
        yield f"p{percent}", [sorted(late)[ceil(len(late) * percent / 100) - 1]]


def _line_up(database: Database, due: Due) -> datetime:
    """Let one text be due every hundredth of a second and all else much later; when the first is."""
    with database.write(ALL_CLINICS) as db:
        now = utc_now()
        first = now + _LEAD
        store_state.set_state(db, store_state.ZONE_DATA, zone_data_version() or "", now=now)
        waiting = ReminderRow.status == Status.SCHEDULED
        ids = list(db.scalars(select(ReminderRow.id).where(waiting, ReminderRow.rule == _RULE)))
        late = {"due_at": now + _OUT_OF_THE_WAY, "next_at": now + _OUT_OF_THE_WAY}
        useful = {"useful_until": now + 2 * _OUT_OF_THE_WAY}
        db.execute(update(ReminderRow).where(waiting).values(**late, **useful))
        moment: BindParameter[datetime] = bindparam("moment")
        lined_up = update(ReminderRow).where(ReminderRow.id == bindparam("reminder"))
        step = timedelta(seconds=1 / _A_SECOND)
        rows = [{"reminder": one, "moment": first + number * step} for number, one in zip(count(), ids, strict=False)]
        db.connection().execute(lined_up.values(due_at=moment, next_at=moment, intended_at=moment), rows)
    if len(ids) != due.reminders:
        message = f"{len(ids)} are due in place of {due.reminders}"
        raise NotCounted(message)
    return first


def _wait_for_all(database: Database, due: Due, *, until: datetime) -> list[float]:
    """Seconds from each text's moment to its stored answer, once all have gone. Looks only when all should have."""
    sleep(max(0.0, (until - utc_now()).total_seconds()))
    end = perf_counter() + _PATIENCE_SECONDS
    late: list[float] = []
    while perf_counter() < end:
        sleep(_LOOK_SECONDS)
        late = list(_lateness(database))
        if len(late) == due.reminders:
            return late
    message = f"{len(late)} of {due.reminders} texts were sent"
    raise NotCounted(message)


def _lateness(database: Database) -> Iterator[float]:
    answered = (
        select(ReminderRow.due_at, AttemptRow.ended_at)
        .join(AttemptRow, AttemptRow.reminder_id == ReminderRow.id)
        .where(ReminderRow.rule == _RULE, AttemptRow.ending == Ending.ACCEPTED)
    )
    with database.read(ALL_CLINICS) as db:
        for row in db.execute(answered):
            if row.ended_at is not None:
                yield (row.ended_at - row.due_at).total_seconds()


def _benchmark(kind: str) -> Benchmark:
    title = TITLES[kind]
    aims = {95: "under 2", 99: "under 5"}
    return Benchmark(
        name=f"lateness-{kind}",
        title="Lateness",
        about=(
            f"{_A_SECOND} texts a second fall due, evenly, for {_SECONDS} seconds, with a process as it ships "
            "(`aftercare serve` on SQLite, `aftercare worker` on PostgreSQL), its defaults and a sender that answers "
            "at once. Lateness is from the moment a text is due to the start of the transaction that stores its "
            "answer, a little after it was handed over; by the clock of the machine, or of the server on PostgreSQL."
        ),
        rows=tuple(
            Row(name=f"p{percent}", what=f"{title}, {percent} of 100 within", unit="s", aim=aims.get(percent, ""))
            for percent in (50, 95, 99)
        ),
        run=partial(_run, kind),
        suite=DISPATCH,
    )


BENCHMARKS = (_benchmark(SQLITE), _benchmark(POSTGRESQL))
