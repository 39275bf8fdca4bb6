"""Starting: how long `aftercare --help` and `aftercare serve` take, what is imported, and how much memory it holds."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from time import perf_counter, sleep

from benchmarks.rows import Benchmark, Figures, Row, Setting
from benchmarks.service import Installation, Serving, program
from benchmarks.stores import SQLITE, CannotRun
from scheduler.storage.schema import migrate

_HEAVY = ("alembic", "apscheduler", "cryptography", "fastapi", "phonenumbers", "psycopg", "sqlalchemy", "twilio")
_COUNT_HEAVY = f"""
import contextlib, io, sys
from scheduler.cli.app import main
sys.argv = ["aftercare", "--help"]
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main()
print(len(set({_HEAVY!r}) & set(sys.modules)))
"""
_IDLE_SECONDS = 10
_IDLE_SECONDS_QUICK = 3


def _help(setting: Setting) -> Figures:
    times = 3 if setting.quick else 10
    _wall(program(), "--help")  # writes .pyc files, once after an install
    yield "wall", [_wall(program(), "--help") for _ in range(times)]
    yield "python", [_wall(sys.executable, "-c", "pass") for _ in range(times)]
    yield "heavy-imports", [float(_run(sys.executable, "-c", _COUNT_HEAVY))]


def _wall(*words: str) -> float:
    start = perf_counter()
    _run(*words)
    return 1000 * (perf_counter() - start)


def _run(*words: str) -> str:
    said = subprocess.run(words, capture_output=True, text=True, check=False)
    if said.returncode:
        lines = said.stderr.strip().splitlines()
        raise CannotRun(lines[-1] if lines else f"{words[0]} ended with {said.returncode}")
    return said.stdout


def _serve(setting: Setting) -> Figures:
    """Servers come up one by one, and then all idle at once: ten seconds, not ten seconds each."""
    with ExitStack() as running:
        servers: list[Serving] = []
        for _ in range(2 if setting.quick else 5):
            installation = Installation(setting.stores.folder(), setting.stores.open(SQLITE).new())
            migrate(installation.url)
            servers.append(running.enter_context(installation.serve()))
        yield "start", [server.ready_seconds for server in servers]
        sleep(_IDLE_SECONDS_QUICK if setting.quick else _IDLE_SECONDS)
        yield "memory", [server.memory() for server in servers]


BENCHMARKS = (
    Benchmark(
        name="help",
        title="Command line",
        about="`aftercare --help` as a whole process, beside a Python that does nothing; "
        f"none of {', '.join(_HEAVY)} should be imported for it.",
        rows=(
            Row(name="wall", what="`aftercare --help`", unit="ms", aim="under 400"),
            Row(name="python", what='`python -c "pass"`', unit="ms"),
            Row(name="heavy-imports", what="heavy packages imported for help", unit="packages", aim="0"),
        ),
        run=_help,
    ),
    Benchmark(
        name="serve",
        title="Server",
        about="`aftercare serve` on a new SQLite file, with its worker: from starting the process to the first 200 of "
        f"`/readyz`, and resident memory after {_IDLE_SECONDS} s without a request.",
        rows=(
            Row(name="start", what="start until ready", unit="s"),
            Row(name="memory", what="resident memory, idle", unit="MiB", aim="under 150"),
        ),
        run=_serve,
    ),
)
