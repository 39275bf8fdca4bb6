"""The tasks of a node: name, how often, and what to call. Every engine runs this table, on every node, no leader."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from scheduler.services.asking import ask
from scheduler.services.audit_chain import seal_all
from scheduler.services.drain import Clock, Drain
from scheduler.services.erasing import finish_erasures
from scheduler.services.health import EngineHealth
from scheduler.services.replanning import asked_for, keep_current, work_off_clinic
from scheduler.services.retention import keep_to_retention
from scheduler.services.settling import settle
from scheduler.services.upkeep import forget, mend
from scheduler.storage.database import Database
from scheduler.storage.heartbeats import beat
from scheduler.storage.tenancy import ALL_CLINICS

_SLICE_SECONDS = 0.95
"""How long a drain or planning anew works before other tasks of its thread get their turn; the next tick goes on."""


_NODE = platform.node() or "unnamed"


@dataclass(frozen=True, slots=True)
class Bulk:
    """Work of many parts that an engine of many machines shares out; what is left to do stands in our own tables."""

    find: Callable[[], Sequence[str]]
    """Ids of what waits to be worked on, in the order in which it is best taken."""
    work: Callable[[str], bool]
    """Work on one of them for a slice; whether more of it is left. Two processes at one at once do no harm."""


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that is done again and again."""

    name: str
    every: timedelta
    run: Callable[[], None]
    waits: bool = False
    """Whether it waits for others' answers, so that it needs a thread of its own."""
    own: bool = False
    """Whether each process does it for itself; of the others it is enough that any one process does."""
    bulk: Bulk | None = None
    """The same work in parts, where it can be more than one process gets done."""


def tasks(
    database: Database,
    drain: Drain,
    clock: Clock,
    *,
    stopping: Callable[[], bool],
    zone_data: str | None = None,
    late: Callable[[], EngineHealth] = lambda: (),
    node: str = _NODE,
) -> tuple[Task, ...]:
    """The table. `stopping` ends a long task early, at a point where nothing is half done.

    `zone_data` is the version of this node's zone data; with None it doesn't look whether they have changed.
    `late` gives the ticks of this engine that are late: the store is told, for who looks from elsewhere, under the
    name `node`.
    """

    def send() -> None:
        drain.run(until=_slice_over(stopping))

    def plan_anew() -> None:
        keep_current(database, zone_data, clock, until=_slice_over(stopping))

    def keep_up() -> None:
        with database.write(ALL_CLINICS) as db:
            mend(db, now=clock(db), waits=drain.waits)

    def tidy() -> None:
        with database.write(ALL_CLINICS) as db:
            forget(db, now=clock(db))

    def give_sign() -> None:
        with database.write(ALL_CLINICS) as db:
            beat(db, node, now=clock(db), late={tick.name: tick.last_ok for tick in late()})

    def ask_providers() -> None:
        found = settle(database, drain.find_sender, clock, waits=drain.waits, stopping=stopping)
        drain.meter.settled(found=found.adopted, decided=found.decided)
        ask(database, drain.find_sender, clock, stopping=stopping)

    return (
        Task("drain", timedelta(seconds=1), send, own=True),
        Task("upkeep", timedelta(seconds=2), keep_up),
        Task("replan", timedelta(seconds=5), plan_anew, bulk=_plans(database, zone_data, clock, stopping)),
        Task("receipts", timedelta(seconds=5), ask_providers, waits=True),
        Task("audit", timedelta(seconds=10), partial(_seal, database, clock, stopping)),
        Task("heartbeat", timedelta(seconds=10), give_sign, own=True),
        Task("retention", timedelta(minutes=1), partial(_remove, database, clock, stopping)),
        Task("tidy", timedelta(hours=1), tidy),
    )


def _seal(database: Database, clock: Clock, stopping: Callable[[], bool]) -> None:
    seal_all(database, clock, until=_slice_over(stopping))


def _remove(database: Database, clock: Clock, stopping: Callable[[], bool]) -> None:
    finish_erasures(database, clock)
    keep_to_retention(database, clock, until=_slice_over(stopping))


def _plans(database: Database, zone_data: str | None, clock: Clock, stopping: Callable[[], bool]) -> Bulk:
    """Planning anew, a clinic a part."""
    return Bulk(
        find=partial(asked_for, database, zone_data, clock),
        work=lambda clinic_id: work_off_clinic(database, clinic_id, clock, until=_slice_over(stopping)),
    )


def _slice_over(stopping: Callable[[], bool]) -> Callable[[], bool]:
    """Whether a slice that begins now is over."""
    end = time.monotonic() + _SLICE_SECONDS
    return lambda: stopping() or time.monotonic() >= end
