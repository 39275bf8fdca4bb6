"""Doing a request's work once for its Idempotency-Key, however often the request comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.domain.errors import Invalid
from scheduler.storage.database import Db, lock_name
from scheduler.storage.idempotency import find_answer, keep_answer

KEPT_FOR = timedelta(hours=24)
_HEADER = "Idempotency-Key"
_LONGEST_KEY = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that carries a key. The same key on another route or in another clinic is another key."""

    route: str
    key: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a request is answered."""

    status: int
    body: str
    replayed: bool = False
    """Whether it is the answer kept from an earlier request, and nothing was done now."""


def once(db: Db, asked: Asked, work: Callable[[], Answered], *, now: datetime) -> Answered:
    """The answer kept under the key; if there is none, that of the work, kept from now on in the same transaction.

    Of two requests with the same key at once, the second waits and gets the first one's answer. Work that raises
    leaves nothing behind, so a mended request may use the key again. Raises Invalid for a key that won't do or
    that came with another body.
    """
    _check_key(asked.key)
    lock_name(db, f"idempotency {asked.route} {asked.key}")
    kept = find_answer(db, route=asked.route, key=asked.key, body=asked.body, since=now - KEPT_FOR)
    if kept is None:
        answered = work()
        _keep(db, asked, answered, now)
        return answered
    if not kept.same_request:
        raise Invalid.of(_HEADER, "this key came with another body before; use a new key for a new request")
    return Answered(status=kept.status, body=kept.body, replayed=True)


def _check_key(key: str) -> None:
    if not key or len(key) > _LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise Invalid.of(_HEADER, f"give 1 to {_LONGEST_KEY} printable ASCII characters, such as a UUID")


def _keep(db: Db, asked: Asked, answered: Answered, now: datetime) -> None:
    keep_answer(
        db,
        route=asked.route,
        key=asked.key,
        body=asked.body,
        status=answered.status,
        answer=answered.body,
        now=now,
    )
