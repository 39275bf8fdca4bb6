"""What waiting reminders cost: the time of claiming the due among them, and the memory of a process that sends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter, sleep

from sqlalchemy import func, select, text

from benchmarks.crowd import DUE, Crowd, gather
from benchmarks.rows import DISPATCH, Benchmark, Figures, NotCounted, Row, Setting
from benchmarks.service import Installation
from benchmarks.stores import POSTGRESQL, SQLITE, TITLES
from benchmarks.today import yesterday
from scheduler.clock import utc_now
from scheduler.storage import claims
from scheduler.storage.attempts import AttemptRow, Ending
from scheduler.storage.database import Database
from scheduler.storage.tenancy import ALL_CLINICS

_FEW, _MANY, _MANY_QUICK, _MOST = 10_000, 1_000_000, 50_000, 10_000_000
_ROUNDS, _ROUNDS_QUICK = 7, 2
_AT_ONCE = 100
_LEASE = timedelta(minutes=1)
_SERVED_SECONDS, _SERVED_SECONDS_QUICK = 15, 5
_LOOK_SECONDS = 0.5
_PATIENCE_SECONDS = 60
_HOLD = "UPDATE senders SET held_at = :at WHERE id <> 'free-sms'"
_GIVE_BACK = (
    "UPDATE reminders SET status = 'scheduled', claim_token = NULL, lease_until = NULL WHERE status = 'claimed'"
)


def _run(kind: str, setting: Setting) -> Figures:
    store = setting.stores.open(kind)
    day = yesterday(utc_now())
    folder = setting.stores.folder()
    few = gather(store, setting.stores.folder(), day=day, waiting=_FEW)
    many = gather(store, folder, day=day, waiting=_many(setting))
    yield from _claiming(few, many, rounds=_ROUNDS_QUICK if setting.quick else _ROUNDS)
    store.drop(few.url)
    seconds = _SERVED_SECONDS_QUICK if setting.quick else _SERVED_SECONDS
    yield "memory", [_memory(Installation(folder, many.url), many, seconds=seconds)]
    store.drop(many.url)


def _many(setting: Setting) -> int:
    if setting.big:
        return _MOST
    return _MANY_QUICK if setting.quick else _MANY


def _claiming(few: Crowd, many: Crowd, *, rounds: int) -> Figures:
    """Milliseconds in which a thousand are claimed of few and of many, in turns, and how they compare."""
    small, large = _Claiming(few, at=few.at), _Claiming(many, at=many.at)
    waiting = list(_turns(small, large, rounds))
    yield "few", [few for few, _ in waiting]
    yield "many", [many for _, many in waiting]
    yield "times", [many / few for few, many in waiting]
    large.close()
    blocked = _Claiming(many, at=many.later)
    blocked.write(_HOLD, at=many.at)
    held = list(_turns(small, blocked, rounds))
    yield "held", [many for _, many in held]
    yield "held-times", [many / few for few, many in held]
    blocked.write(_HOLD, at=None)
    blocked.close()
    small.close()


def _turns(small: _Claiming, large: _Claiming, rounds: int) -> Iterator[tuple[float, float]]:
    small.milliseconds()  # the first time compiles the statements and reads the pages
    large.milliseconds()
    for _ in range(rounds):
        yield small.milliseconds(), large.milliseconds()


class _Claiming:
    """Claims all that is due at a moment, a hundred a transaction, and gives it back."""

    def __init__(self, crowd: Crowd, *, at: datetime) -> None:
        self._database, self._at = Database(crowd.url, crowd.keys, pool_size=2), at

    def milliseconds(self) -> float:
        """How long all claims took together, that which finds nothing more included."""
        start = perf_counter()
        claimed = sum(iter(self._claim, 0))
        taken = 1000 * (perf_counter() - start)
        if claimed != DUE:
            message = f"{claimed} were claimed in place of {DUE}"
            raise NotCounted(message)
        self.write(_GIVE_BACK)
        self._tidy()
        return taken

    def write(self, statement: str, **values: datetime | None) -> None:
        """Run one statement."""
        with self._database.write(ALL_CLINICS) as db:
            db.execute(text(statement), values)

    def close(self) -> None:
        """Give the connections back."""
        self._database.close()

    def _claim(self) -> int:
        with self._database.write(ALL_CLINICS) as db:
            return len(claims.claim(db, now=self._at, lease_until=self._at + _LEASE, limit=_AT_ONCE))

    def _tidy(self) -> None:
        """What autovacuum does after so many changes."""
        engine = self._database.engine
        if engine.dialect.name == "postgresql":
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE reminders"))


def _memory(installation: Installation, crowd: Crowd, *, seconds: float) -> float:
    """The most MiB that a process held which sent the thousand that are due by now, and then waited."""
    database = Database(crowd.url, crowd.keys, pool_size=1)
    most, sent = 0.0, 0
    end = perf_counter() + seconds
    patience = end + _PATIENCE_SECONDS
    with installation.send() as sending:
        while perf_counter() < end or (sent < DUE and perf_counter() < patience):
            most = max(most, sending.memory())
            sent = _sent(database, since=crowd.at)
            sleep(_LOOK_SECONDS)
    database.close()
    if sent != DUE:
        message = f"{sent} of {DUE} were sent by the process whose memory was looked at"
        raise NotCounted(message)
    return most


def _sent(database: Database, *, since: datetime) -> int:
    sent = select(func.count()).where(AttemptRow.ending == Ending.ACCEPTED, AttemptRow.started_at > since)
    with database.read(ALL_CLINICS) as db:
        return db.scalars(sent).one()


def _benchmark(kind: str) -> Benchmark:
    title = TITLES[kind]
    process = "aftercare serve" if kind == SQLITE else "aftercare worker"
    return Benchmark(
        name=f"pending-{kind}",
        title="Waiting reminders",
        about=(
            f"{DUE:,} reminders that are due, claimed in transactions of {_AT_ONCE} until nothing is left, where "
            f"{_FEW:,} others of the same sender wait and where {_MANY:,} do (ten million with `BIG=1`), in turns. "
            "Held: the others are all due as well, but their sender is held, and the thousand go by another "
            f"one; beside {_FEW:,} that merely wait. PostgreSQL is vacuumed and analysed after each turn, "
            "as it does by itself. "
            "Memory is the most that a process of its own holds while it sends a thousand with a million waiting: "
            "`aftercare serve` on SQLite, `aftercare worker` on PostgreSQL."
        ),
        rows=(
            Row(name="few", what=f"{title}, a thousand claimed, {_FEW:,} wait", unit="ms"),
            Row(name="many", what=f"{title}, a thousand claimed, a million wait", unit="ms"),
            Row(name="times", what=f"{title}, as a multiple", unit="times", aim="at most 1.3"),
            Row(name="held", what=f"{title}, a thousand claimed, a million due on a held sender", unit="ms"),
            Row(name="held-times", what=f"{title}, as a multiple of few that wait", unit="times", aim="at most 2"),
            Row(name="memory", what=f"{title}, memory of `{process}`", unit="MiB", aim="under 200"),
        ),
        run=partial(_run, kind),
        suite=DISPATCH,
    )


BENCHMARKS = (_benchmark(SQLITE), _benchmark(POSTGRESQL))
