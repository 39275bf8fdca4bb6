"""`aftercare worker`: sends what is due, without serving; for machines beside one that serves."""

from __future__ import annotations

import signal
import threading
from types import FrameType

from scheduler.cli.opening import opened
from scheduler.cli.output import say
from scheduler.domain.errors import NotNow


def worker() -> None:
    """Send what is due, on PostgreSQL; on SQLite, serve does."""
    from scheduler.bootstrap import build_engine, set_up_logging
    from scheduler.storage.database import sqlite_file

    with opened() as store:
        if sqlite_file(store.settings.database_url) is not None:
            message = "On SQLite the process that serves sends too: run aftercare serve. A worker needs PostgreSQL."
            raise NotNow(message)
        set_up_logging(store.settings)
        stopped = _stop_on_signals()
        engine = build_engine(store)
        engine.start()
        say("Sending what is due; stop with Ctrl-C.")
        stopped.wait()
        say("Stopping: what was posted is finished first.")
        engine.stop()


def _stop_on_signals() -> threading.Event:
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    return stopped
