"""Doubts a kill: how many messages have a stored intent and no stored answer when a process is killed in its work."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path
from time import sleep

from sqlalchemy import Connection, create_engine, text

from benchmarks.clinic import Due
from benchmarks.rows import NotCounted
from benchmarks.stores import Store

_EARLIEST, _LATEST = 0.02, 0.25
"""Seconds after a process is warm."""
_MOST_STARTS = 40
_CHECKOUT = Path(__file__).parents[1]


def doubts(store: Store, due: Due, *, key_file: Path, threads: int, kills: int) -> list[float]:
    """The doubts that each of so many kills left behind."""
    lot = random.Random(threads)  # noqa: S311  the same moments each time, no secret
    found: list[float] = []
    for _ in range(_MOST_STARTS):
        url = store.copy(due.url)
        while len(found) < kills:
            before = _open_attempts(url)
            if not _killed(url, key_file, threads, after=lot.uniform(_EARLIEST, _LATEST)) or not _any_due(url):
                break  # it was done first, and says nothing
            found.append(_open_attempts(url) - before)
        store.drop(url)
        if len(found) >= kills:
            return found
    message = f"only {len(found)} of {_MOST_STARTS} processes were killed in the middle of their work"
    raise NotCounted(message)


def _killed(url: str, key_file: Path, threads: int, *, after: float) -> bool:
    """Whether it was still running when it was killed."""
    words = (sys.executable, "-m", "benchmarks.sending", url, str(key_file), str(threads))
    with subprocess.Popen(words, cwd=_CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
        if process.stdout is None or process.stdout.readline().strip() != "warm":
            return False
        sleep(after)
        running = process.poll() is None
        process.kill()
    return running


def _open_attempts(url: str) -> int:
    return _count(url, "SELECT count(*) FROM attempts WHERE ending IS NULL")


def _any_due(url: str) -> bool:
    return _count(url, "SELECT count(*) FROM reminders WHERE rule = 'no-actives' AND status = 'scheduled'") > 0


def _count(url: str, statement: str) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = _one(connection, statement)
    engine.dispose()
    return found


def _one(connection: Connection, statement: str) -> int:
    found: int = connection.execute(text(statement)).scalar_one()
    return found
