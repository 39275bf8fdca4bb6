"""A process of the engine of many machines: its lanes in an event loop of their own, begun again when they break."""

from __future__ import annotations

import asyncio
import logging
import os
import platform
import secrets
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from procrastinate import PsycopgConnector

from scheduler.engine.cluster.lanes import Lane
from scheduler.engine.tasks import Task, tasks
from scheduler.engine.ticks import Tick
from scheduler.services.drain import Clock, Drain
from scheduler.services.health import EngineHealth, TickHealth, late_ticks
from scheduler.storage.database import Database, DatabaseUnusable, libpq_url
from scheduler.storage.engine_jobs import OWN_QUEUE, forget_queue, last_runs, note_run, purge_jobs
from scheduler.storage.tenancy import ALL_CLINICS

_log = logging.getLogger(__name__)
CONNECTIONS = 3
"""Of the lanes and their pumps; those of the work itself come on top."""
_KEEPING, _WAITING = "upkeep", "receipts"
_AGAIN_SECONDS = 2.0
_LONGEST_HOST = 60
_T = TypeVar("_T")
_NONE: Mapping[str, datetime] = {}


class ClusterEngine:
    """Runs the tasks beside any number of processes that do the same, on any number of machines.

    What a process does for itself stands in a queue of its own. All else stands in queues of which any process takes.
    """

    def __init__(
        self,
        database: Database,
        drain: Drain,
        clock: Clock,
        *,
        utc_now: Callable[[], datetime],
        zone_data: str | None = None,
    ) -> None:
        """Ready to start, on a store whose engine's tables are there. The rest is as in `LocalEngine`."""
        self._database, self._drain, self._clock, self._utc_now = database, drain, clock, utc_now
        self._stopping = threading.Event()
        self._node = f"{platform.node()[:_LONGEST_HOST] or 'unnamed'}:{os.getpid()}"
        # Two containers may have the same name and the same process id.
        self._queue = f"{OWN_QUEUE}{self._node}:{secrets.token_hex(2)}"
        table = tasks(
            database,
            drain,
            clock,
            stopping=self._stopping.is_set,
            zone_data=zone_data,
            late=self._late,
            node=self._node,
        )
        purge = Task("jobs", timedelta(seconds=10), self._purge)
        self._ticks = tuple(Tick(self._told(task), utc_now) for task in (*table, purge))
        self._elsewhere = _NONE
        # The library says each second what it does; how the work fares is told by health.
        logging.getLogger("procrastinate").setLevel(logging.ERROR)
        logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
        self._thread = threading.Thread(target=self._stay, name="cluster")
        self._wake: Callable[[], object] = lambda: None

    def start(self) -> None:
        """Tick from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Tick no more, give back what was only claimed, and finish what was posted."""
        self._stopping.set()
        if self._thread.ident is not None:
            with suppress(RuntimeError):  # stopped already: its loop is closed
                self._wake()
            self._thread.join()
            self._forget()
        self._drain.stop()

    def health(self) -> EngineHealth:
        """How each task is doing; one that any process may run fares well if it did in another one."""
        return tuple(self._with_others(tick.health()) for tick in self._ticks)

    def _with_others(self, own: TickHealth) -> TickHealth:
        elsewhere = self._elsewhere.get(own.name)
        if elsewhere is None or (own.last_ok is not None and own.last_ok >= elsewhere):
            return own
        started = elsewhere if own.last_started is None else max(elsewhere, own.last_started)
        return replace(own, last_started=started, last_ok=elsewhere)

    def _late(self) -> EngineHealth:
        """Those that had begun and are late: at the first beat some have yet to come."""
        with self._database.read(ALL_CLINICS) as db:
            self._elsewhere = last_runs(db)
        return tuple(tick for tick in late_ticks(self.health(), self._utc_now()) if tick.last_started is not None)

    def _told(self, task: Task) -> Task:
        """The task; the store is told when it ended well, where any process may have run it."""
        if task.own:
            return task
        bulk = task.bulk and replace(task.bulk, find=self._noted(task.name, task.bulk.find))
        return replace(task, run=self._noted(task.name, task.run), bulk=bulk)

    def _noted(self, name: str, work: Callable[[], _T]) -> Callable[[], _T]:
        def run() -> _T:
            found = work()
            with self._database.write(ALL_CLINICS) as db:
                note_run(db, name, now=self._clock(db))
            return found

        return run

    def _purge(self) -> None:
        with self._database.write(ALL_CLINICS) as db:
            purge_jobs(db)

    def _is_due(self, tick: Tick) -> bool:
        with self._database.read(ALL_CLINICS) as db:
            last = last_runs(db).get(tick.task.name)
            return last is None or self._clock(db) - last >= tick.task.every

    def _lanes(self) -> tuple[Lane, ...]:
        own = tuple(tick for tick in self._ticks if tick.task.own)
        waits = tuple(tick for tick in self._ticks if tick.task.waits)
        rest = tuple(tick for tick in self._ticks if tick not in (*own, *waits))
        queues = ((self._queue, own), (_WAITING, waits), (_KEEPING, rest))
        return tuple(Lane(queue=queue, ticks=ticks, is_due=self._is_due) for queue, ticks in queues if ticks)

    def _stay(self) -> None:
        asyncio.run(self._work_until_stopped())

    async def _work_until_stopped(self) -> None:
        told, loop = asyncio.Event(), asyncio.get_running_loop()
        self._wake = partial(loop.call_soon_threadsafe, told.set)
        over = asyncio.create_task(told.wait())
        while not self._stopping.is_set():
            try:
                await self._work(over)
            except Exception as error:  # noqa: BLE001  the edge of the loop: the database may come back
                _log.error("the engine can't reach its jobs and tries again: %s", type(error).__name__)
            if not self._stopping.is_set():
                await asyncio.wait([over], timeout=_AGAIN_SECONDS)
        over.cancel()

    async def _work(self, over: asyncio.Task[bool]) -> None:
        """Work in all lanes until stopped, or until one of them can't go on."""
        connector = PsycopgConnector(
            conninfo=libpq_url(self._database.engine.url),
            min_size=1,
            max_size=CONNECTIONS,
            kwargs={"prepare_threshold": None, "connect_timeout": 10},
        )
        await connector.open_async()
        try:
            lanes = [asyncio.create_task(lane.run(connector)) for lane in self._lanes()]
            await asyncio.wait([*lanes, over], return_when=asyncio.FIRST_COMPLETED)
            for lane in lanes:
                lane.cancel()
            ends = await asyncio.gather(*lanes, return_exceptions=True)
        finally:
            await connector.close_async()
        faults = [end for end in ends if isinstance(end, Exception)]
        if faults:
            raise faults[0]

    def _forget(self) -> None:
        """Leave no jobs behind that nobody else would take; if that fails, others clear them away."""
        try:
            with self._database.write(ALL_CLINICS) as db:
                forget_queue(db, self._queue)
        except DatabaseUnusable as error:
            _log.warning("the queue of this process is left to others: %s", error)
