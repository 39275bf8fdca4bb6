"""A Twilio in a process of its own that can be killed: `python -m tests.torture.provider LEDGER --port 0 …`.

It prints its address, and then does as the stub of tests/peers/twilio does, but for a durable ledger, faults by a
seeded lot, and what it is told at /control. It ends with its standard input, so that it outlives no test.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
import time
from argparse import ArgumentParser
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

from werkzeug.datastructures import Headers

from scheduler.clock import utc_now
from tests.peers.twilio import records
from tests.peers.twilio.judge import Asked, faults_of_request
from tests.peers.twilio.stub import MESSAGES, Stub
from tests.peers.twilio.wire import Call, listening
from tests.torture.callbacks import Callbacks
from tests.torture.ledger import Entry, Ledger

CONTROL = "/control"
LONGEST_HANG_SECONDS = 120
_DELIVERED_AFTER = timedelta(seconds=1)
_SLOW_SECONDS = (0.2, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """How often which fault comes, from 0 to 1, of all messages that are posted; `deaf` of all questions."""

    busy: float = 0.0
    """429, and nothing taken."""
    error: float = 0.0
    """500, and nothing taken."""
    taken_error: float = 0.0
    """500 although it was taken."""
    drop: float = 0.0
    """Taken, and the connection closed without a word."""
    hang: float = 0.0
    """Taken, and no word until the client gives up."""
    slow: float = 0.0
    """Taken and answered, but not at once."""
    deaf: float = 0.0
    """500 to a question."""

    def draw(self, lot: random.Random) -> str | None:
        """What happens to a message; None: nothing does."""
        left = lot.random()
        for field in fields(self)[:-1]:
            left -= getattr(self, field.name)
            if left < 0:
                return field.name
        return None


class Provider(Stub):
    """The stub over a durable ledger, with faults by lot and a control path."""

    def __init__(self, ledger: Ledger, chances: Chances, *, seed: int, judges: int, callbacks: Callbacks) -> None:
        super().__init__()
        self._messages, self._chances = ledger, chances
        self._seed = random.Random(seed)  # noqa: S311  the same lot each time, no secret
        self._judges = judges
        self._callbacks = callbacks
        self._mode, self._ahead, self._told = "up", timedelta(), threading.Condition()
        self._orders = self._asked = self._under_way = 0

    def handle(self, call: Call) -> None:
        """Obey, or answer as the mode and the lot say, else as Twilio does."""
        if call.asked.path == CONTROL:
            call.raw(200, json.dumps(self._obey(json.loads(call.asked.body or b"{}"))).encode())
            return
        with self._lock:
            self._asked += 1
            self._under_way += 1
            call.judged = self._judges > 0 and self._asked % self._judges == 0
            fault = self._chances.draw(self._seed)
            deaf = self._seed.random() < self._chances.deaf
        if call.judged:
            self.violations.extend(faults_of_request(call.asked))
        try:
            self._do(call, fault, deaf=deaf)
        finally:
            with self._lock:
                self._under_way -= 1

    def _do(self, call: Call, fault: str | None, *, deaf: bool) -> None:
        posted = call.asked.method == "post"
        with self._told:
            mode, orders = self._mode, self._orders
        if mode != "up":
            self._badly(call, mode, orders)
        elif posted and fault:
            self._badly(call, fault, orders)
        elif deaf and not posted:
            call.raw(500, b"no")
        else:
            self._answer(call)

    def take(self, asked: Asked) -> dict[str, object]:
        """Store a message; its record."""
        entry = Entry(sid=f"SM{uuid4().hex}", form=asked.form, at=self._now())
        self._messages.append(entry)
        if address := entry.form.get("StatusCallback"):
            self._callbacks.tell(entry.sid, entry.form["To"], address)
        return records.message(entry.sid, asked, entry.at)

    def _now(self) -> datetime:
        return utc_now() + self._ahead

    def _obey(self, told: dict[str, object]) -> dict[str, object]:
        """Change what is named: `mode`, `ahead` (seconds that its clock is), `chances`, `ledger`; how it stands."""
        with self._told:
            self._orders += "mode" in told
            self._mode = str(told.get("mode", self._mode))
            self._ahead = timedelta(seconds=float(str(told.get("ahead", self._ahead.total_seconds()))))
            if isinstance(chances := told.get("chances"), dict):
                self._chances = Chances(**chances)
            if "ledger" in told:
                self._messages = Ledger(Path(str(told["ledger"])))
            self._told.notify_all()
        return {
            "taken": len(self._messages),
            "asked": self._asked,
            "under_way": self._under_way,
            "violations": self.violations,
        }

    def _badly(self, call: Call, how: str, orders: int) -> None:
        """As a fault or a mode has it; `silent` hangs without having taken anything."""
        posted = call.asked.method == "post"
        if how == "busy":
            call.refuse(429, 20429, "Too many requests")
        elif how == "slow":
            time.sleep(random.uniform(*_SLOW_SECONDS))  # noqa: S311  no secret
            self._answer(call)
        else:
            if posted and how in {"taken_error", "drop", "hang"}:
                self.take(call.asked)
            if how in {"hang", "silent"}:
                self._wait_until_told(orders)
            if how in {"error", "taken_error"}:
                call.raw(500, b"no")
            else:
                call.hang_up()

    def _wait_until_told(self, orders: int) -> None:
        """Until the mode is set once more, or the client has given up for long."""
        with self._told:
            self._told.wait_for(lambda: self._orders != orders, timeout=LONGEST_HANG_SECONDS)

    def _find(self, asked: Asked) -> dict[str, object] | None:
        if asked.path == MESSAGES:
            most = int(asked.query.get("PageSize", "50"))
            found = [self._record(entry) for entry in self._messages.newest(asked.query.get("To"), most)]
            return records.page(asked, "messages", found)
        entry = self._messages.get(asked.path.rpartition("/")[2].removesuffix(".json"))
        return self._record(entry) if entry else super()._find(asked)

    def _record(self, entry: Entry) -> dict[str, object]:
        asked = Asked("post", MESSAGES, Headers(), urlencode(entry.form).encode())
        arrived = self._now() - entry.at > _DELIVERED_AFTER
        return records.message(entry.sid, asked, entry.at) | ({"status": "delivered"} if arrived else {})


def main() -> None:
    """Serve until the standard input ends."""
    given = ArgumentParser()
    given.add_argument("ledger", type=Path)
    given.add_argument("--port", type=int, default=0)
    given.add_argument("--seed", type=int, default=0)
    given.add_argument("--judges", type=int, default=0, help="hold each so many-th call to Twilio's description")
    given.add_argument("--chances", default="{}")
    words = given.parse_args()
    chances = Chances(**json.loads(words.chances))
    callbacks = Callbacks(seed=words.seed)
    provider = Provider(Ledger(words.ledger), chances, seed=words.seed, judges=words.judges, callbacks=callbacks)
    with listening(provider, port=words.port) as address:
        print(address, flush=True)  # noqa: T201  its starter reads it
        sys.stdin.read()
        os._exit(0)  # calls may hang


if __name__ == "__main__":
    main()
