"""The databases that are measured: SQLite files and a PostgreSQL server, both on this machine, both durable.

The server is the one that `AFTERCARE_BENCH_POSTGRES_URL` names (a login that may create databases), else one that
the benchmarks start and throw away. Unlike the tests', it waits for the disk as one in service would.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from time import sleep
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

import psycopg
from sqlalchemy.engine import make_url

from tests.databases.binaries import find_binaries
from tests.databases.databases import create_database, drop_database, server_version
from tests.databases.server import start, stop

URL_VARIABLE = "AFTERCARE_BENCH_POSTGRES_URL"
SQLITE = "sqlite"
POSTGRESQL = "postgresql"
TITLES = {SQLITE: "SQLite", POSTGRESQL: "PostgreSQL"}
Kept = TypeVar("Kept")
_DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


class CannotRun(Exception):
    """Something that a benchmark needs isn't here; the message says what."""


class Store(Protocol):
    """A kind of database on this machine."""

    def new(self) -> str:
        """The URL of an empty database."""
        ...

    def copy(self, url: str) -> str:
        """The URL of a database with the same rows; nobody may be connected to the one that is copied."""
        ...

    def drop(self, url: str) -> None:
        """Remove a database to which nobody is connected."""
        ...


class SqliteFiles:
    """Databases that are files in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)

    def new(self) -> str:
        """The URL of a file that doesn't exist yet."""
        return f"sqlite:///{self._folder}/{next(self._numbers)}.db"

    def copy(self, url: str) -> str:
        """A copy of the file; its log is empty, since the last connection wrote it back when it closed."""
        copied = self.new()
        shutil.copyfile(_file(url), _file(copied))
        return copied

    def drop(self, url: str) -> None:
        """Remove the file."""
        _file(url).unlink()


class PostgresServer:
    """Databases of one server."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._numbers = count(1)
        self._made: set[str] = set()

    def new(self) -> str:
        """An empty database with a name that no other process uses."""
        return create_database(self._url, self._name())

    def copy(self, url: str) -> str:
        """A database made of the other one's files."""
        return create_database(self._url, self._name(), template=make_url(url).database or "")

    def drop(self, url: str) -> None:
        """Remove it, whoever is still connected."""
        name = make_url(url).database or ""
        drop_database(self._url, name)
        self._made.discard(name)

    def drop_all(self) -> None:
        """Leave nothing on a server that isn't ours."""
        for name in self._made:
            drop_database(self._url, name)

    def _name(self) -> str:
        name = f"aftercare_bench_{os.getpid()}_{next(self._numbers)}"
        self._made.add(name)
        return name


class Stores:
    """Both kinds, each brought up when it is first asked for and removed at the end."""

    def __init__(self) -> None:
        self._ends = ExitStack()
        self._opened: dict[str, Store] = {}
        self._kept: dict[str, Any] = {}
        self.postgres = "not used"
        """The server that was used: its version, and whether a commit waits for the disk."""

    def __enter__(self) -> Self:
        """Nothing is started yet."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Stop the server and remove all files."""
        self._ends.close()

    def open(self, kind: str) -> Store:
        """The store of this kind. Raises CannotRun where there is none."""
        if kind not in self._opened:
            self._opened[kind] = SqliteFiles(self.folder()) if kind == SQLITE else self._postgres()
        return self._opened[kind]

    def once(self, name: str, make: Callable[[], Kept]) -> Kept:
        """What `make` gives when it is first asked for under this name; several benchmarks may start from it."""
        if name not in self._kept:
            self._kept[name] = make()
        kept: Kept = self._kept[name]
        return kept

    def folder(self) -> Path:
        """A new folder that goes at the end."""
        return Path(self._ends.enter_context(tempfile.TemporaryDirectory(prefix="aftercare-bench-")))

    def _postgres(self) -> Store:
        url = os.environ.get(URL_VARIABLE) or self._throw_away_server()
        version = server_version(url)
        if version is None:
            message = f"the server of {URL_VARIABLE} doesn't let us in"
            raise CannotRun(message)
        self.postgres = f"{version} ({_durability(url)})"
        server = PostgresServer(url)
        self._ends.callback(server.drop_all)
        return server

    def _throw_away_server(self) -> str:
        binaries = find_binaries(os.environ)
        if binaries is None:
            message = f"there is no PostgreSQL here; install one, or set {URL_VARIABLE}"
            raise CannotRun(message)
        try:
            server = start(binaries, self.folder())
        except RuntimeError as error:
            raise CannotRun(str(error).strip().splitlines()[-1]) from error
        self._ends.callback(stop, server)
        _make_durable(server.url)
        return server.url


def _file(url: str) -> Path:
    return Path(make_url(url).database or "")


def _connect(server_url: str) -> psycopg.Connection[tuple[str]]:
    libpq = make_url(server_url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(libpq, autocommit=True)


def _durability(server_url: str) -> str:
    with _connect(server_url) as connection:
        values = [connection.execute(f"SHOW {name}").fetchone() or ("unknown",) for name in _DURABLE]
    return ", ".join(f"{name} {value}" for name, (value,) in zip(_DURABLE, values, strict=True))


def _make_durable(server_url: str) -> None:
    """Undo what a test server leaves out to be quick: a commit waits for the disk from here on."""
    with _connect(server_url) as connection:
        for name in _DURABLE:
            connection.execute(f"ALTER SYSTEM SET {name} = on")
        connection.execute("SELECT pg_reload_conf()")
    while "off" in _durability(server_url):  # the server reads its settings when it comes to it
        sleep(0.01)
