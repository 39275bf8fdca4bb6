"""A real `aftercare` in a folder of its own, as a user runs it: commands, and a server that is waited for."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep

from benchmarks.stores import CannotRun

_PATIENCE_SECONDS = 30
_POLL_SECONDS = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A process that sends what is due."""

    process: int

    def memory(self) -> float:
        """Resident memory in MiB."""
        said = subprocess.run(
            ["/usr/bin/env", "ps", "-o", "rss=", "-p", str(self.process)], check=True, capture_output=True, text=True
        )
        return int(said.stdout) / 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving(Running):
    """One that answers as well."""

    port: int
    ready_seconds: float
    """From starting the process to the first 200 of /readyz."""


@dataclass(frozen=True, slots=True)
class Installation:
    """A folder with its own key and a database, and nothing of the caller's settings."""

    folder: Path
    url: str

    def run(self, *words: str) -> str:
        """What a command prints. Raises CannotRun with its words if it fails."""
        said = subprocess.run(
            [program(), *words], cwd=self.folder, env=self._environment(), capture_output=True, text=True, check=False
        )
        if said.returncode:
            raise CannotRun(_complaint(said.stderr, words))
        return said.stdout

    @contextmanager
    def serve(self) -> Iterator[Serving]:
        """A server with its worker on a free port; it ends in good order. Raises CannotRun if it doesn't come up."""
        port = free_port()
        start = perf_counter()
        with self._started("serve", "--port", str(port)) as running:
            while not _ready(port):
                running.check()
                if perf_counter() - start > _PATIENCE_SECONDS:
                    raise CannotRun(running.complaint())
                sleep(_POLL_SECONDS)
            yield Serving(port=port, process=running.process.pid, ready_seconds=perf_counter() - start)

    @contextmanager
    def send(self) -> Iterator[Running]:
        """A process that sends: `worker`, or `serve` on SQLite, where nothing else may. It ends in good order."""
        if self.url.startswith("sqlite"):
            with self.serve() as serving:
                yield serving
            return
        with self._started("worker") as running:
            yield Running(process=running.process.pid)
            running.check()

    @contextmanager
    def _started(self, *words: str) -> Iterator[_Started]:
        log = self.folder / f"{words[0]}.log"
        with log.open("w") as stderr:
            process = subprocess.Popen(
                [program(), *words], cwd=self.folder, env=self._environment(), stdout=stderr, stderr=stderr
            )
        try:
            yield _Started(process, log, words)
        finally:
            _end(process)

    def _environment(self) -> dict[str, str]:
        # Without .pyc files every start takes three times as long, which is no figure of ours.
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("AFTERCARE_") and name != "PYTHONDONTWRITEBYTECODE"
        }
        return {**kept, "AFTERCARE_DATABASE_URL": self.url, "AFTERCARE_KEY_FILE": str(self.folder / "aftercare.key")}


@dataclass(frozen=True, slots=True)
class _Started:
    process: subprocess.Popen[bytes]
    log: Path
    words: tuple[str, ...]

    def check(self) -> None:
        """Raises CannotRun if it has ended."""
        if self.process.poll() is not None:
            raise CannotRun(self.complaint())

    def complaint(self) -> str:
        """Its last words."""
        return _complaint(self.log.read_text(), self.words)


def program() -> str:
    """The installed command beside this Python."""
    return str(Path(sys.executable).with_name("aftercare"))


def _complaint(stderr: str, words: tuple[str, ...]) -> str:
    said = stderr.strip().splitlines()
    return f"aftercare {words[0]}: {said[-1] if said else 'no answer'}"


def _ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
