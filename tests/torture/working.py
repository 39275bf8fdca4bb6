"""Real worker processes, started by the command line that an operator types, killed without a word, and started again.

What an engine's workers are is one line of `COMMANDS`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scheduler.settings.variables import VARIABLES

COMMANDS: Mapping[tuple[str, str], tuple[tuple[str, ...], ...]] = {
    ("local", "sqlite"): (("serve", "--port", "{port}"),),
    ("local", "postgresql"): (("worker",),) * 3,
    ("cluster", "postgresql"): (("worker",),) * 3,
}
"""By engine and database, the words of each process that works on a store."""
SHORT = {"AFTERCARE_LEASE_SECONDS": "10", "AFTERCARE_CALL_SECONDS": "3", "AFTERCARE_DOUBT_SECONDS": "2"}
"""Waits so short that a run needn't sit them out."""
_READY = ("Serving on ", "Sending what is due")
_PROGRAM = str(Path(sys.executable).with_name("aftercare"))
_PATIENCE_SECONDS = 60


def environment(url: str, key_file: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """That of a worker: nothing of the caller's settings, and only settings that this version has."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AFTERCARE_") and name != "PYTHONDONTWRITEBYTECODE"
    }
    known = {name: value for name, value in settings.items() if name in VARIABLES}
    return {**kept, "AFTERCARE_DATABASE_URL": url, "AFTERCARE_KEY_FILE": str(key_file), **known}


@dataclass(slots=True)
class Worker:
    """One process of a store, started again each time that it was killed."""

    words: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    _process: subprocess.Popen[bytes] | None = field(init=False, default=None)
    _read_from: int = field(init=False, default=0)

    def start(self) -> None:
        """Start it, without waiting until it works."""
        self._read_from = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as said:
            self._process = subprocess.Popen(
                [_PROGRAM, *self.words],
                env=dict(self.environment),
                cwd=self.log.parent,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )

    def wait_until_ready(self) -> None:
        """Return once it said that it works."""
        end = time.monotonic() + _PATIENCE_SECONDS
        while not self.said().startswith(_READY) and not any(f"\n{word}" in self.said() for word in _READY):
            assert self._process is not None
            assert self._process.poll() is None, self.said()
            assert time.monotonic() < end, self.said()
            time.sleep(0.02)

    def said(self) -> str:
        """Its log since it was started last."""
        with self.log.open() as said:
            said.seek(self._read_from)
            return said.read()

    def kill(self) -> None:
        """`kill -9`: it gets no chance to tidy up."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """Let it end in good order; its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(_PATIENCE_SECONDS)


def faults_logged(log: Path) -> list[str]:
    """Lines of a log that tell of an error, tracebacks left out."""
    return [line for line in log.read_text().splitlines() if " ERROR " in line or line.startswith("ERROR")]
