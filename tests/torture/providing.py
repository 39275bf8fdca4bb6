"""Starting, telling, killing and bringing back the provider's process; reading what it took."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from tests.peers.twilio.stub import ACCOUNT, KEY, SECRET, SERVICE, TOKEN
from tests.torture.checker import Taken
from tests.torture.ledger import Entry, read
from tests.torture.provider import CONTROL, Chances

CHECKOUT = Path(__file__).parents[2]
_PATIENCE_SECONDS = 30


@dataclass(slots=True)
class ProviderProcess:
    """The provider, whether it is alive or not: it comes back at the same address, with the same ledger."""

    ledger: Path
    chances: Chances
    seed: int
    judges: int
    url: str = ""
    _process: subprocess.Popen[str] | None = field(init=False, default=None)

    def start(self) -> None:
        """Bring it up, or back."""
        port = urlsplit(self.url).port or 0
        words = [sys.executable, "-m", "tests.torture.provider", str(self.ledger), "--port", str(port)]
        words += ["--seed", str(self.seed), "--judges", str(self.judges), "--chances", json.dumps(asdict(self.chances))]
        self._process = subprocess.Popen(words, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        assert self.url, "the provider did not come up"

    def kill(self) -> None:
        """Let it die at once, whatever it is doing."""
        assert self._process is not None
        self._process.kill()
        self._process.communicate()

    def tell(self, **words: object) -> dict[str, object]:
        """Change `mode` (`up`, `hang`, `silent`, `error` …), `ahead`, `chances`; and how it stands."""
        return tell(self.url, **words)

    def begin_anew(self, ledger: Path) -> None:
        """Be as one that took nothing yet, and keeps its ledger there."""
        self.ledger = ledger
        self.tell(ledger=str(ledger), mode="up", ahead=0, chances={})

    def entries(self) -> list[Entry]:
        """What it took, whether it is alive or not."""
        return list(read(self.ledger)) if self.ledger.exists() else []

    def taken(self) -> list[Taken]:
        """That, for the checker."""
        return [Taken(id=one.sid, number=one.form["To"], body=one.form["Body"], at=one.at) for one in self.entries()]

    def environment(self) -> dict[str, str]:
        """The settings of a process that sends by it."""
        return {
            "AFTERCARE_SMS": "twilio",
            "AFTERCARE_TWILIO__ACCOUNT_SID": ACCOUNT,
            "AFTERCARE_TWILIO__AUTH_TOKEN": TOKEN,
            "AFTERCARE_TWILIO__API_KEY": KEY,
            "AFTERCARE_TWILIO__API_SECRET": SECRET,
            "AFTERCARE_TWILIO__MESSAGING_SERVICE_SID": SERVICE,
            "AFTERCARE_TWILIO__BASE_URL": self.url,
        }


def tell(url: str, **words: object) -> dict[str, object]:
    """As the method, for a process that knows no more than the address."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=_PATIENCE_SECONDS)
    try:
        connection.request("POST", CONTROL, json.dumps(words))
        said: dict[str, object] = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return said


@contextmanager
def providing(
    folder: Path, *, chances: Chances | None = None, seed: int = 0, judges: int = 0
) -> Iterator[ProviderProcess]:
    """A provider that is up, its ledger in the folder; gone at the end of the block."""
    process = ProviderProcess(folder / "ledger.jsonl", chances or Chances(), seed, judges)
    process.start()
    try:
        yield process
    finally:
        process.kill()
