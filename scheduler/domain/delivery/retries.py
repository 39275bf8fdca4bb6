"""When to try again after a failure that may pass. Whether a failure is of that kind is in `outcomes`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

_HASH_VALUES = 2**64
_LONGER = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Waits that double from `first` to `longest`, spread a little so that what failed together parts."""

    first: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(minutes=30)
    """Of a wait before it is spread."""
    spread: float = 0.2
    """A wait of 60 s becomes 48 to 72 s."""
    max_tries: int = 8
    """Tries in all, the first one included."""

    def next_attempt_at(self, *, tries: int, failed_at: datetime, useful_until: datetime, salt: str) -> datetime | None:
        """When to try again; None where there is no try left, or none before the message is useless.

        `tries` counts those made, the one that failed at `failed_at` included: 1 and more. `useful_until` is
        outside. The same salt (the reminder's id) gives the same instant on every node.
        """
        if tries >= self.max_tries:
            return None
        at = failed_at + self._wait(tries) * (1 + self.spread * _lot(f"{salt}:{tries}"))
        return at if at < useful_until else None

    def _wait(self, tries: int) -> timedelta:
        wait = min(self.first, self.longest)
        for _ in range(tries - 1):
            wait = min(wait * 2, self.longest)
        return wait


def no_sooner(wait: timedelta, *, salt: str) -> timedelta:
    """A wait that is at least as long as this one, and up to a fifth longer: what failed together parts."""
    return wait * (1 + _LONGER * abs(_lot(salt)))


def _lot(salt: str) -> float:
    """A number from -1 to 1 that depends on the salt alone; `hash()` would differ from process to process."""
    digest = hashlib.sha256(salt.encode()).digest()
    return int.from_bytes(digest[:8], "big") / _HASH_VALUES * 2 - 1
