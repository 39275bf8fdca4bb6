"""`aftercare worker`: sends what is due, without serving; for machines beside one that serves."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.cli.opening import opened
from scheduler.cli.output import say
from scheduler.cli.serving import CannotListen
from scheduler.domain.errors import NotNow

if TYPE_CHECKING:  # see scheduler.cli.opening
    from scheduler.services.metrics import Metrics


def worker(
    *,
    metrics_port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="Tell Prometheus at this port; 0 takes a free one. Unset: it tells nobody."
        ),
    ] = None,
    metrics_host: Annotated[str, typer.Option(help="Address of that port.")] = "127.0.0.1",
) -> None:
    """Send what is due, on PostgreSQL; on SQLite, serve does."""
    from scheduler.bootstrap import build_engine, build_metrics, set_up_logging
    from scheduler.storage.database import sqlite_file

    with opened() as store:
        if sqlite_file(store.settings.database_url) is not None:
            message = "On SQLite the process that serves sends too: run aftercare serve. A worker needs PostgreSQL."
            raise NotNow(message)
        set_up_logging(store.settings)
        stopped = _stop_on_signals()
        metrics = build_metrics(store)
        engine = build_engine(store, metrics=metrics)
        with _told(metrics, metrics_host, metrics_port):
            engine.start()
            say("Sending what is due; stop with Ctrl-C.")
            stopped.wait()
            say("Stopping: what was posted is finished first.")
            engine.stop()


@contextmanager
def _told(metrics: Metrics, host: str, port: int | None) -> Iterator[None]:
    """Within the block, the port answers Prometheus, where one is wanted."""
    with ExitStack() as open_until_stopped:
        if port is not None:
            try:
                taken = open_until_stopped.enter_context(metrics.served(host, port))
            except OSError as error:
                message = f"{host}:{port} can't be served on: {error.strerror}. Choose another --metrics-port."
                raise CannotListen(message) from error
            say(f"Metrics on http://{host}:{taken}/metrics")
        yield


def _stop_on_signals() -> threading.Event:
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    return stopped
