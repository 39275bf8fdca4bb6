"""Runs a peer in a process of its own, on a copy of the rows that ours had, and counts what it stored."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.clinic import Due, handed_over
from benchmarks.peers.brokers import has_redis
from benchmarks.rows import NotCounted
from benchmarks.stores import CannotRun, Store

_PATIENCE_SECONDS = 300
_CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A queue that a user might pick instead."""

    name: str
    title: str
    package: str
    """What must be importable."""
    multiple: int
    """How many times as fast ours is to be."""


PEERS = (
    Peer(name="pgqueuer", title="PgQueuer", package="pgqueuer", multiple=1),
    Peer(name="celery", title="Celery", package="celery", multiple=5),
    Peer(name="procrastinate", title="Procrastinate", package="procrastinate", multiple=5),
    Peer(name="job-store", title="APScheduler's job store", package="apscheduler", multiple=5),
)


def check_installed(peer: Peer) -> None:
    """Raises CannotRun where it isn't."""
    if importlib.util.find_spec(peer.package) is None:
        message = f"{peer.package} isn't installed; make bench-dispatch does it"
        raise CannotRun(message)


def broker_used() -> str:
    """What carries Celery's tasks on this machine."""
    return "Redis" if has_redis() else "files, since there is no redis-server here"


def peer_rate(peer: Peer, store: Store, due: Due, *, key_file: Path, jobs: int, threads: int) -> float:
    """Reminders a second that it sent and recorded. Raises CannotRun with its last words if it fails."""
    url = store.copy(due.url)
    module = peer.name.replace("-", "_")
    words = (sys.executable, "-m", "benchmarks.peers", module, url, str(key_file), str(jobs), str(threads))
    try:
        said = subprocess.run(
            words, cwd=_CHECKOUT, capture_output=True, text=True, check=False, timeout=_PATIENCE_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        message = f"{peer.title} was not done within {_PATIENCE_SECONDS} s"
        raise CannotRun(message) from error
    if said.returncode:
        complaint = said.stderr.strip().splitlines() or ["no answer"]
        message = f"{peer.title}: {complaint[-1]}"
        raise CannotRun(message)
    found = handed_over(url, due.keys)
    if found != jobs:
        message = f"{peer.title} sent and recorded {found} of {jobs} reminders"
        raise NotCounted(message)
    store.drop(url)
    return float(said.stdout.strip().splitlines()[-1])
