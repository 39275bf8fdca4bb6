"""The ledger of the provider: every message that it took, a line each, on the disk before anybody is answered."""

from __future__ import annotations

import json
import os
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One message that was taken."""

    sid: str
    form: dict[str, str]
    """What the client posted."""
    at: datetime


class Ledger:
    """Appends to a file, and knows what stood in it when it was opened: its process may be killed at any time."""

    def __init__(self, file: Path) -> None:
        self._lock = threading.Lock()
        self._by_sid: dict[str, Entry] = {}
        self._by_number: dict[str, list[Entry]] = defaultdict(list)
        for entry in read(file) if file.exists() else ():
            self._keep(entry)
        self._file = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def append(self, entry: Entry) -> None:
        """Store a message; it is on the disk when this returns."""
        line = json.dumps({**asdict(entry), "at": entry.at.isoformat()}) + "\n"
        with self._lock:
            os.write(self._file, line.encode())
            self._keep(entry)
        os.fsync(self._file)

    def get(self, sid: str) -> Entry | None:
        """One message."""
        return self._by_sid.get(sid)

    def newest(self, number: str | None, most: int) -> list[Entry]:
        """The newest messages first, to that number or to any."""
        with self._lock:
            found = self._by_number[number] if number else list(self._by_sid.values())
            return found[-1 : -most - 1 : -1]

    def __len__(self) -> int:
        return len(self._by_sid)

    def _keep(self, entry: Entry) -> None:
        self._by_sid[entry.sid] = entry
        self._by_number[entry.form["To"]].append(entry)


def read(file: Path) -> Iterator[Entry]:
    """All messages that were taken, oldest first. A line that was cut short was answered to nobody."""
    for line in file.read_text().splitlines(keepends=True):
        if line.endswith("\n"):
            said = json.loads(line)
            yield Entry(sid=said["sid"], form=said["form"], at=datetime.fromisoformat(said["at"]))
