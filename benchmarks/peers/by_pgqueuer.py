"""PgQueuer: a job a reminder in PostgreSQL over asyncpg, as it advises, run by one process with its jobs in threads."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

import asyncpg
from pgqueuer import PgQueuer
from pgqueuer.models import Job
from pgqueuer.queries import Queries
from pgqueuer.types import QueueExecutionMode
from sqlalchemy import make_url

from benchmarks.one_job import OneJob

_BATCH = 100
"""Jobs that it takes, and jobs that it notes as done, in one statement; its default is ten."""


def run(work: OneJob, url: str, *, threads: int) -> None:
    """Enqueue a job a reminder, then let the process work until its queue is empty."""
    logging.getLogger("pgqueuer").setLevel(logging.ERROR)
    asyncio.run(_run(work, make_url(url).set(drivername="postgresql").render_as_string(hide_password=False), threads))


async def _run(work: OneJob, url: str, threads: int) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(threads))
    connection = await asyncpg.connect(url)
    queries = Queries.from_asyncpg_connection(connection)
    await queries.install()
    await queries.enqueue(["send"] * len(work.ids), [one.encode() for one in work.ids], [0] * len(work.ids))
    queuer = PgQueuer.from_asyncpg_connection(connection)

    async def send(job: Job) -> None:
        await asyncio.to_thread(work.send, (job.payload or b"").decode())

    queuer.entrypoint("send")(send)
    await queuer.run(batch_size=_BATCH, mode=QueueExecutionMode.drain)
    await connection.close()
