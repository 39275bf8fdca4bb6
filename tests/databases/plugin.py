"""The pytest side of PostgreSQL: one server a run, also under xdist; one fresh database a worker.

The controlling process makes a folder for the run. The first worker that needs PostgreSQL starts the server
in it, under a file lock, and leaves word there; the controlling process stops what it finds at the end. A run
that was killed leaves a folder: the next run removes it, and a server whose data are gone ends by itself.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.databases.binaries import NONE_FOUND, URL_VARIABLE, find_binaries, version_of
from tests.databases.server import Server, start, stop

_NAME = "aftercare-postgres"
_FOLDER = pytest.StashKey[Path]()


@pytest.fixture(scope="session")
def postgres_url(pytestconfig: pytest.Config) -> Iterator[str]:
    """SQLAlchemy URL (`postgresql+psycopg://…`) of an empty database that only this worker uses."""
    from tests.databases.databases import create_database, drop_database  # noqa: PLC0415 – see _version

    server_url = _server_url(pytestconfig.stash[_FOLDER])
    name = f"aftercare_test_{os.getpid()}"
    yield create_database(server_url, name)
    drop_database(server_url, name)


def pytest_configure(config: pytest.Config) -> None:
    """The run's folder: made by the controlling process, told to each worker."""
    workerinput: dict[str, str] | None = getattr(config, "workerinput", None)
    if workerinput is not None:
        config.stash[_FOLDER] = Path(workerinput["postgres_folder"])
        return
    _remove_left_behind()
    config.stash[_FOLDER] = Path(tempfile.mkdtemp(prefix=f"{_NAME}-{os.getpid()}-"))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Tell a new xdist worker where the run's folder is."""
    node.workerinput["postgres_folder"] = str(node.config.stash[_FOLDER])  # type: ignore[attr-defined]  # xdist has no types


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server, if one was started, after the last worker has ended."""
    if hasattr(config, "workerinput"):
        return
    folder = config.stash[_FOLDER]
    try:
        if server := _started(folder):
            stop(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def pytest_report_header() -> str:
    """Which databases the run uses."""
    return f"databases: sqlite, postgresql {_version()}"


def _version() -> str:
    if url := os.environ.get(URL_VARIABLE):
        # Half a second of imports that a run without PostgreSQL needn't wait for.
        from tests.databases.databases import server_version  # noqa: PLC0415

        return f"{server_version(url) or 'out of reach'} ({URL_VARIABLE})"
    binaries = find_binaries(os.environ)
    return f"{version_of(binaries)} ({binaries})" if binaries else "(none found: its tests will fail)"


def _server_url(folder: Path) -> str:
    """The server that the environment names, else the run's own, started by whoever asks first."""
    if url := os.environ.get(URL_VARIABLE):
        return url
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return (_started(folder) or _start(folder)).url


def _started(folder: Path) -> Server | None:
    word = folder / "server.json"
    return Server(**json.loads(word.read_text())) if word.exists() else None


def _start(folder: Path) -> Server:
    binaries = find_binaries(os.environ)
    if binaries is None:
        pytest.fail(NONE_FOUND, pytrace=False)
    server = start(binaries, folder)
    word = folder / "server.json"
    word.touch(mode=0o600)  # it holds the password
    word.write_text(json.dumps(asdict(server)))
    return server


def _remove_left_behind() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{_NAME}-*-*"):
        if not _is_running(int(folder.name.split("-")[2])):
            shutil.rmtree(folder, ignore_errors=True)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
