"""The machine and the versions that figures were measured with; its name and its user are nobody's business."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
import tempfile
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter

from benchmarks.stores import Stores

_PACKAGES = (
    "sqlalchemy",
    "psycopg",
    "fastapi",
    "twilio",
    "apscheduler",
    "celery",
    "pgqueuer",
    "procrastinate",
    "rule-engine",
    "cel-python",
)
_BLOCK = b"\0" * 4096
_WRITES = 50


def busy() -> str:
    """How much else the machine is doing; to be asked before anything is measured."""
    return f"a load of {os.getloadavg()[0]:.1f} when it began; figures are good from a machine that does nothing else"


def describe(stores: Stores, *, before: str) -> Mapping[str, str]:
    """What the reader of a figure must know of where it was measured, by heading; `before` is what `busy` said."""
    return {
        "processors": f"{os.cpu_count()} × {_model()}",
        "system": f"{platform.system()} {platform.release().split('-')[0]}, {platform.machine()}",
        "other work": before,
        "disk": f"a 4 KiB write and its fsync take {_write_milliseconds():.2f} ms (median of {_WRITES})",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "SQLite": f"{sqlite3.sqlite_version} (WAL, synchronous FULL)",
        "PostgreSQL": stores.postgres,
        "packages": ", ".join(_version(name) for name in _PACKAGES),
    }


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:  # a peer that only the benchmarks' own venv has
        return f"{package} not installed"


def _model() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or "unknown processor"


def _write_milliseconds() -> float:
    """A commit can't be quicker than this; it differs more between machines than anything else here."""
    taken = []
    with tempfile.TemporaryFile(prefix="aftercare-bench-") as file:
        for _ in range(_WRITES):
            start = perf_counter()
            file.write(_BLOCK)
            file.flush()
            os.fsync(file.fileno())
            taken.append(1000 * (perf_counter() - start))
    return statistics.median(taken)
