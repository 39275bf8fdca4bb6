"""When to try again after a failure that may pass. Whether a failure is of that kind is in `outcomes`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

_HASH_VALUES = 2**64
_LONGER = 0.2


_SHORTEST_REST = timedelta(seconds=1)
_LONGEST_REST = timedelta(minutes=1)
_REST_SHARE = 10
"""A rest is a tenth of how long the provider has been out of reach: soon after it is back, all goes on."""
_FORGOTTEN = timedelta(minutes=2)
"""A provider that was in reach for so long after a rest is out of reach anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Waits that double from `first` to `longest`, spread a little so that what failed together parts.

    As often as there is time: what was certainly not handed over is tried until it is of no use.
    """

    first: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(minutes=30)
    """Of a wait before it is spread."""
    spread: float = 0.2
    """A wait of 60 s becomes 48 to 72 s."""

    def next_attempt_at(self, *, tries: int, failed_at: datetime, useful_until: datetime, salt: str) -> datetime | None:
        """When to try again; None where the message is useless by then.

        `tries` counts those made, the one that failed at `failed_at` included: 1 and more. `useful_until` is
        outside. The same salt (the reminder's id) gives the same instant on every node.
        """
        at = failed_at + self._wait(tries) * (1 + self.spread * _lot(f"{salt}:{tries}"))
        return at if at < useful_until else None

    def _wait(self, tries: int) -> timedelta:
        wait = min(self.first, self.longest)
        for _ in range(tries - 1):
            wait = min(wait * 2, self.longest)
            if wait == self.longest:
                break
        return wait


def rest(since: datetime | None, last_until: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """Since when a provider has been out of reach, and until when its sender rests, as a call just found it so again.

    `since` and `last_until` are what the last such call was told; None for the first.
    """
    if since is None or last_until is None or now - last_until > _FORGOTTEN:
        since = now
    length = min(max((now - since) / _REST_SHARE, _SHORTEST_REST), _LONGEST_REST)
    return since, now + length


def no_sooner(wait: timedelta, *, salt: str) -> timedelta:
    """A wait that is at least as long as this one, and up to a fifth longer: what failed together parts."""
    return wait * (1 + _LONGER * abs(_lot(salt)))


def _lot(salt: str) -> float:
    """A number from -1 to 1 that depends on the salt alone; `hash()` would differ from process to process."""
    digest = hashlib.sha256(salt.encode()).digest()
    return int.from_bytes(digest[:8], "big") / _HASH_VALUES * 2 - 1
