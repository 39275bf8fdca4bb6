"""Celery: a task a reminder through Redis (else through files), run by one worker process with a pool of threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from celery import Celery
from celery.worker import state

from benchmarks.one_job import OneJob
from benchmarks.peers.brokers import broker


def run(work: OneJob, _url: str, *, threads: int) -> None:
    """Queue a task a reminder, then let a worker run them all."""
    with broker() as (address, options):
        app = Celery("peer", broker=address)
        app.conf.update(
            task_ignore_result=True,
            broker_transport_options=options,
            broker_connection_retry_on_startup=True,
            worker_redirect_stdouts=False,
        )

        def send(reminder_id: str) -> None:
            work.send(reminder_id)

        task = app.task(name="send")(send)
        for one in work.ids:
            task.delay(one)
        with _ended_after(work):
            app.Worker(
                pool="threads",
                concurrency=threads,
                loglevel="ERROR",
                quiet=True,
                without_gossip=True,
                without_mingle=True,
            ).start()


@contextmanager
def _ended_after(work: OneJob) -> Iterator[None]:
    """Let the worker that runs inside the block end once all is done."""

    def end() -> None:
        work.finished.wait()
        state.should_stop = 0

    threading.Thread(target=end, daemon=True).start()
    yield
