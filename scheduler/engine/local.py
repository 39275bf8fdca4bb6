"""The engine of one machine: APScheduler ticks the table of tasks in this process, with nothing kept between runs.

Its job store is the memory one and holds a few tickers, never a reminder: what is due lives in our tables, so a
restart loses nothing and a second process doubles nothing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from scheduler.engine.tasks import tasks
from scheduler.engine.ticks import Tick
from scheduler.services.drain import Clock, Drain
from scheduler.services.health import EngineHealth, late_ticks
from scheduler.storage.database import Database

_WAITING = "waiting"


class LocalEngine:
    """Runs the tasks in two background threads, one of which does all of a process's sending writes."""

    def __init__(
        self,
        database: Database,
        drain: Drain,
        clock: Clock,
        *,
        utc_now: Callable[[], datetime],
        zone_data: str | None = None,
    ) -> None:
        """Ready to start; `utc_now` stamps the health of ticks, `zone_data` is what `tasks` asks for."""
        self._stopping = threading.Event()
        self._drain = drain
        self._utc_now = utc_now
        self._ticks = {
            task.name: Tick(task, utc_now)
            for task in tasks(
                database, drain, clock, stopping=self._stopping.is_set, zone_data=zone_data, late=self._late
            )
        }
        # The scheduler says at each tick that a busy task is still busy; health tells that better.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        # One worker thread: a drain and upkeep never write at the same time in one process. What waits for a
        # provider has another, so that it holds up nothing that is due.
        pools = {"default": ThreadPoolExecutor(1), _WAITING: ThreadPoolExecutor(1)}
        self._scheduler = BackgroundScheduler(executors=pools, timezone=UTC)

    def start(self) -> None:
        """Tick from now on."""
        now = self._utc_now()
        for tick in self._ticks.values():
            self._scheduler.add_job(
                tick.run,
                IntervalTrigger(seconds=int(tick.task.every.total_seconds()), timezone=UTC),
                name=tick.task.name,
                executor=_WAITING if tick.task.waits else "default",
                next_run_time=now,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,  # a late tick is still wanted; the default drops it after a second
            )
        self._scheduler.start()

    def stop(self) -> None:
        """Tick no more, give back what was only claimed, and finish what was posted."""
        self._stopping.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
        self._drain.stop()

    def health(self) -> EngineHealth:
        """How each task is doing."""
        return tuple(tick.health() for tick in self._ticks.values())

    def _late(self) -> EngineHealth:
        """Those that had begun and are late: at the first beat some have yet to come."""
        return tuple(tick for tick in late_ticks(self.health(), self._utc_now()) if tick.last_started is not None)
