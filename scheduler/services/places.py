"""Who may start calls now, so that a sender whose calls hang stops no other. Starts nothing itself.

A call takes a thread of the pool, or waits for one behind its own sender's calls, so that no thread idles between two
turns. Where others hold all threads, a sender of which no call is under way may use a reserve of threads beside them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

_QUEUED_SHARE = 0.5
"""Calls started beyond one a thread, as a share of the threads; the reserve is a part of them."""
_RESERVE_SHARE = 4
"""Of so many threads, one more is kept in reserve."""


class Place(Enum):
    """Where a call goes."""

    POOL = "pool"
    RESERVE = "reserve"


def most_calls(threads: int) -> int:
    """Calls under way at once at most, those that wait for a thread included: a crash leaves that many in doubt."""
    return threads + max(1, int(threads * _QUEUED_SHARE))


def reserve_of(threads: int) -> int:
    """Threads beside the pool's; none beside a single one."""
    return max(1, threads // _RESERVE_SHARE) if threads > 1 else 0


@dataclass(slots=True)
class Places:
    """The places that are taken, of the pool and of the reserve, by sender."""

    threads: int
    _pool: Counter[str] = field(default_factory=Counter)
    _reserve: Counter[str] = field(default_factory=Counter)

    def take(self, sender_id: str, place: Place) -> None:
        """A call has started."""
        (self._pool if place is Place.POOL else self._reserve)[sender_id] += 1

    def free(self, sender_id: str, place: Place) -> None:
        """A call is over."""
        taken = self._pool if place is Place.POOL else self._reserve
        taken[sender_id] -= 1
        if not taken[sender_id]:
            del taken[sender_id]

    def full(self, sender_ids: Iterable[str]) -> set[str]:
        """Those of the senders that may start none now."""
        return {sender_id for sender_id in sender_ids if not self.share_out({sender_id: 1})}

    @property
    def calling(self) -> set[str]:
        """Senders of which calls are under way."""
        return self._pool.keys() | self._reserve.keys()

    def share_out(self, waiting: Mapping[str, int]) -> list[tuple[str, Place]]:
        """The next calls by sender, for so many messages that wait: first whoever has the fewest under way.

        Of two that have as many, the one that is named first.
        """
        turn = _Turn(self.threads, Counter(self._pool), Counter(self._reserve))
        left = {sender_id: count for sender_id, count in waiting.items() if count}
        chosen: list[tuple[str, Place]] = []
        while left:
            sender_id = min(left, key=turn.taken)
            place = turn.place(sender_id)
            if place is None:
                del left[sender_id]
                continue
            chosen.append((sender_id, place))
            left[sender_id] -= 1
            if not left[sender_id]:
                del left[sender_id]
        return chosen


class _Turn:
    """The places as they fill up while those of one turn are shared out."""

    def __init__(self, threads: int, pool: Counter[str], reserve: Counter[str]) -> None:
        self._threads = threads
        self._pool, self._reserve = pool, reserve
        self._under_way = pool.keys() | reserve.keys()
        self._in_pool, self._in_reserve = pool.total(), reserve.total()
        self._most_in_reserve: dict[str, int] = {}

    def taken(self, sender_id: str) -> int:
        return self._pool[sender_id] + self._reserve[sender_id]

    def place(self, sender_id: str) -> Place | None:
        """A place for one more call of a sender, which it takes; None if there is none for it."""
        reserve = reserve_of(self._threads)
        if self._in_pool < self._threads or self._may_queue(sender_id, reserve):
            self._pool[sender_id] += 1
            self._in_pool += 1
            return Place.POOL
        if sender_id in self._under_way or self._pool[sender_id] or self._in_reserve >= reserve:
            return None
        # Half of what is left at most: the next sender must find a place, too.
        most = self._most_in_reserve.setdefault(sender_id, -(-(reserve - self._in_reserve) // 2))
        if self._reserve[sender_id] >= most:
            return None
        self._reserve[sender_id] += 1
        self._in_reserve += 1
        return Place.RESERVE

    def _may_queue(self, sender_id: str, reserve: int) -> bool:
        """Whether it may wait for a thread: only behind its own calls, or those that start together with it."""
        others = self._under_way - {sender_id}
        return not others and self._in_pool < most_calls(self._threads) - reserve
