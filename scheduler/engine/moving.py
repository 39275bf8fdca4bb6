"""The engine of a demo: it runs the table of tasks under a clock that can be moved.

Where the clock is moved, the tasks are run at each moment in between at which something is due, in order, and the
clock stands at that moment meanwhile: what a day would have brought is in the store with the day's own times.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from scheduler.clock import MovableClock
from scheduler.engine.tasks import tasks
from scheduler.engine.ticks import Tick
from scheduler.services.drain import Drain
from scheduler.services.health import TickHealth
from scheduler.storage.database import Database
from scheduler.storage.moments import next_moment
from scheduler.storage.tenancy import ALL_CLINICS

_SECOND = timedelta(seconds=1)


class MovingEngine:
    """Runs the tasks one after the other: as time passes in a thread of its own, and in between when it is moved."""

    def __init__(
        self,
        database: Database,
        drain: Drain,
        clock: MovableClock,
        *,
        utc_now: Callable[[], datetime],
        zone_data: str | None = None,
    ) -> None:
        """Ready to start and to be moved; the drain must ask the same clock. The rest is as in `LocalEngine`."""
        self._database = database
        self._drain = drain
        self._clock = clock
        self._stopping = threading.Event()
        self._turn = threading.Lock()
        table = tasks(database, drain, clock, stopping=self._stopping.is_set, zone_data=zone_data)
        self._ticks = tuple(Tick(task, utc_now) for task in table)
        self._ran: dict[str, datetime] = {}
        self._thread = threading.Thread(target=self._pass, name="passing", daemon=True)

    def start(self) -> None:
        """Let time pass from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Run nothing more, give back what was only claimed, and finish what was posted."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()
        with self._turn:
            self._drain.stop()

    def health(self) -> tuple[TickHealth, ...]:
        """How each task is doing."""
        return tuple(tick.health() for tick in self._ticks)

    def move_to(self, moment: datetime) -> None:
        """Let all happen that is due up to a moment, that one included, each at its own time; then it is that time.

        One that is past already changes nothing.
        """
        with self._turn, self._clock.standing_still():
            self._ran.clear()  # what somebody just did is worked off now, as it would be before anything else is due
            self._finish()
            while not self._stopping.is_set() and (due := self._next()) is not None and due <= moment:
                self._clock.set_forward(due)
                self._finish()
            self._clock.set_forward(moment)
            self._finish()

    def _finish(self) -> None:
        """Run every task whose time it is, and send until nothing that is due is left."""
        self._run_due()
        self._drain.run(until=self._stopping.is_set)

    def _next(self) -> datetime | None:
        with self._database.read(ALL_CLINICS) as db:
            return next_moment(db, after=self._clock(db))

    def _pass(self) -> None:
        while not self._stopping.wait(_SECOND.total_seconds()):
            with self._turn:
                self._run_due()

    def _run_due(self) -> None:
        for tick in self._ticks:
            now, ran = self._clock(), self._ran.get(tick.task.name)
            if ran is None or now - ran >= tick.task.every:
                self._ran[tick.task.name] = now
                tick.run()
