"""Procrastinate: a job a reminder in PostgreSQL, run by one worker with its jobs in threads."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from procrastinate import App, PsycopgConnector
from procrastinate.types import JSONDict
from sqlalchemy import make_url

from benchmarks.one_job import OneJob


def run(work: OneJob, url: str, *, threads: int) -> None:
    """Defer a job a reminder, then let a worker run them until its queue is empty."""
    asyncio.run(_run(work, make_url(url).set(drivername="postgresql").render_as_string(hide_password=False), threads))


async def _run(work: OneJob, url: str, threads: int) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(threads))
    app = App(connector=PsycopgConnector(conninfo=url, max_size=threads + 4))
    task = app.task(name="send")(work.send)
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        arguments: list[JSONDict] = [{"reminder_id": one} for one in work.ids]
        await task.batch_defer_async(*arguments)
        await app.run_worker_async(wait=False, concurrency=threads, install_signal_handlers=False)
