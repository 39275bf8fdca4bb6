"""A process's tasks as Procrastinate's: lanes of work, each one job at a time, pumped by its own clock and cron.

A job is work to do now: its arguments hold ids only, it is never put off to a later time, and a lane never uses
`lock`, which a dead worker would keep. How a run went is the tick's to tell, so a job always ends well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import DeleteJobCondition

from scheduler.engine.tasks import Bulk
from scheduler.engine.ticks import Tick

_LONGEST_LOOK = timedelta(seconds=2)
"""A lane looks for jobs twice as often as they come: nothing listens, so a pooler may stand before the database."""
_MOST_PARTS = 50
"""Parts of bulk work that wait at once, so that the table of jobs stays small."""
_BEHIND = -1
"""The priority of bulk work: ticks go before it."""
_LONG = timedelta(minutes=1)
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A queue that this process works on, one job at a time."""

    queue: str
    ticks: tuple[Tick, ...]
    is_due: Callable[[Tick], bool]
    """Whether a tick that comes seldom is to run as soon as the lane opens."""

    async def run(self, connector: PsycopgConnector) -> None:
        """Pump and work until cancelled, which lets the job that runs end; returns where it can't go on."""
        app = App(connector=connector)
        for tick in self.ticks:
            self._add(app, tick)
        for tick in self.ticks:
            if tick.task.every >= _LONG and await asyncio.to_thread(self.is_due, tick):
                await self._put(app, tick.task.name)
        await app.run_worker_async(
            queues=[self.queue],
            name=self.queue,
            concurrency=1,
            fetch_job_polling_interval=self._look.total_seconds(),
            listen_notify=False,
            delete_jobs=DeleteJobCondition.ALWAYS,
            install_signal_handlers=False,
        )

    @property
    def _look(self) -> timedelta:
        return min(_LONGEST_LOOK, *(tick.task.every / 2 for tick in self.ticks))

    def _add(self, app: App, tick: Tick) -> None:
        bulk = tick.task.bulk
        find = self._bulk(app, tick, bulk) if bulk is not None else None

        async def run(timestamp: int = 0) -> None:
            del timestamp  # the library's pump says for when it is; what is due says so itself
            await asyncio.to_thread(tick.run)

        name = tick.task.name
        task = app.task(name=name, queue=self.queue, queueing_lock=self._lock(name))(find or run)
        app.periodic(cron=cron(tick.task.every), periodic_id=self.queue)(task)

    def _bulk(self, app: App, tick: Tick, bulk: Bulk) -> Callable[..., object]:
        """The parts of the tick's work as jobs, each of which asks for the next one where more is left."""
        name = f"{tick.task.name}-part"

        async def work(part: str) -> None:
            if await asyncio.to_thread(_slice, tick, bulk, part):
                await self._put(app, name, part)

        app.task(name=name, queue=self.queue, priority=_BEHIND)(work)

        async def find(timestamp: int = 0) -> None:
            del timestamp
            for part in await asyncio.to_thread(_found, tick, bulk):
                await self._put(app, name, part)

        return find

    async def _put(self, app: App, name: str, *part: str) -> None:
        """A job for now, unless the same one waits already."""
        ids = {"part": part[0]} if part else {}
        with suppress(AlreadyEnqueued):
            await app.configure_task(name, queueing_lock=self._lock(name, *part)).defer_async(**ids)

    def _lock(self, *names: str) -> str:
        return ":".join((self.queue, *names))


def _found(tick: Tick, bulk: Bulk) -> Iterable[str]:
    found: list[str] = []
    tick.run(lambda: found.extend(bulk.find()))
    return found[:_MOST_PARTS]


def _slice(tick: Tick, bulk: Bulk, part: str) -> bool:
    more: list[bool] = []
    tick.run(lambda: more.append(bulk.work(part)))
    return any(more)


def cron(every: timedelta) -> str:
    """A cron whose sixth field is seconds. Raises ValueError for what no minute, hour or day divides into."""
    seconds = int(every.total_seconds())
    for unit, most, form in (
        (1, 60, "* * * * * */{}"),
        (60, 60, "*/{} * * * * 0"),
        (3600, 24, "0 */{} * * * 0"),
        (_DAY_SECONDS, 2, "0 0 */{} * * 0"),
    ):
        count, rest = divmod(seconds, unit)
        if count < most and not rest and count and not most % count:
            return form.format(count)
    message = f"no cron comes every {every}"
    raise ValueError(message)
