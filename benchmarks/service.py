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
class Serving:
    """A server that answers."""

    port: int
    process: int
    ready_seconds: float
    """From starting the process to the first 200 of /readyz."""

    def memory(self) -> float:
        """Resident memory in MiB."""
        said = subprocess.run(
            ["/usr/bin/env", "ps", "-o", "rss=", "-p", str(self.process)], check=True, capture_output=True, text=True
        )
        return int(said.stdout) / 1024


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
        port, log = _free_port(), self.folder / "serve.log"
        words = ("serve", "--port", str(port))
        with log.open("w") as stderr:
            start = perf_counter()
            process = subprocess.Popen(
                [program(), *words], cwd=self.folder, env=self._environment(), stdout=stderr, stderr=stderr
            )
        try:
            while not _ready(port):
                if process.poll() is not None or perf_counter() - start > _PATIENCE_SECONDS:
                    raise CannotRun(_complaint(log.read_text(), words))
                sleep(_POLL_SECONDS)
            yield Serving(port=port, process=process.pid, ready_seconds=perf_counter() - start)
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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
