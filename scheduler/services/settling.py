"""Settling doubts: asking a provider whether it has a message whose answer was lost, and deciding where it can't tell.

A callback, or an answer that comes late after all, settles a doubt at any time; this is for when neither comes.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scheduler.domain.delivery.aftermath import ASKED_OFTEN_ENOUGH, after_silence
from scheduler.domain.delivery.outcomes import Accepted
from scheduler.domain.delivery.receipts import NoAnswer, ProviderMessage
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.delivery.senders import FindSender, Lists
from scheduler.domain.delivery.waits import Waits
from scheduler.services import receipts
from scheduler.services.drain import Clock
from scheduler.services.sending import Answer, record
from scheduler.storage import answers, doubts
from scheduler.storage import receipts as stored
from scheduler.storage.answers import Settled
from scheduler.storage.database import Database, Db
from scheduler.storage.doubts import Doubt
from scheduler.storage.senders import senders_by_id
from scheduler.storage.tenancy import ALL_CLINICS

_log = logging.getLogger(__name__)
_MOST_AT_ONCE = 200
_CLOCKS_DIFFER = timedelta(seconds=5)
GIVE_UP = timedelta(hours=72)
"""A provider that could not be asked for so long leaves it unknown."""


@dataclass(slots=True)
class Found:
    """How many doubts asking has settled, and how many were decided without news."""

    adopted: int = 0
    decided: int = 0


@dataclass(frozen=True, slots=True)
class _Asked:
    """A doubt, and the messages to its number that the provider has; None where it couldn't be asked."""

    doubt: Doubt
    messages: list[ProviderMessage] | None


def settle(
    database: Database, find_sender: FindSender, clock: Clock, *, waits: Waits, stopping: Callable[[], bool]
) -> Found:
    """Ask about every doubt whose time it is, and store what comes of it.

    No transaction is open while a provider is asked. One that doesn't answer is asked again later, and counts as not
    asked.
    """
    found = Found()
    for sender_id, open_doubts in _due(database, clock, waits).items():
        with database.read(ALL_CLINICS) as db:
            way = find_sender(senders_by_id(db, {sender_id})[sender_id])
        for to, theirs in _by_number(open_doubts).items():
            if stopping():
                return found
            messages = _messages(way, to, theirs)
            with database.write(ALL_CLINICS) as db:
                _conclude(db, [_Asked(one, messages) for one in theirs], clock(db), waits, found)
    return found


def _due(database: Database, clock: Clock, waits: Waits) -> Mapping[str, list[Doubt]]:
    """By sender, what is asked about now; it is put off first, so that nobody else asks about the same."""
    by_sender: dict[str, list[Doubt]] = defaultdict(list)
    with database.write(ALL_CLINICS) as db:
        now = clock(db)
        due = doubts.to_settle(db, now, limit=_MOST_AT_ONCE)
        doubts.ask_later(db, [one.attempt_id for one in due], now + waits.doubt)
    for one in due:
        by_sender[one.sender_id].append(one)
    return by_sender


def _by_number(open_doubts: Iterable[Doubt]) -> Mapping[str, list[Doubt]]:
    """By number or address, oldest first: two equal texts are given the provider's in the order of their making."""
    by_number: dict[str, list[Doubt]] = defaultdict(list)
    for one in sorted(open_doubts, key=lambda doubt: doubt.started_at):
        by_number[one.to].append(one)
    return by_number


def _messages(way: object, to: str, theirs: list[Doubt]) -> list[ProviderMessage] | None:
    """What the provider has for this number since the oldest of them; nothing where its kind can't be asked."""
    if not isinstance(way, Lists):
        return []
    try:
        return way.list_to(to, since=theirs[0].started_at)
    except NoAnswer as no:
        _log.warning("the provider could not be asked about a lost answer: %s", no)
        return None


def _conclude(db: Db, asked: list[_Asked], now: datetime, waits: Waits, found: Found) -> None:
    for one in asked:
        doubt = one.doubt
        if one.messages is None:
            if now - doubt.started_at >= GIVE_UP:
                found.decided += _decide(db, doubt, now)
            continue
        message = _ours(db, doubt, one.messages)
        if message is not None and doubts.unanswered(db, doubt):
            continue
        if message is not None:
            found.adopted += 1
            _adopt(db, doubt, message, now)
        elif doubt.asks + 1 >= ASKED_OFTEN_ENOUGH:
            found.decided += _decide(db, doubt, now)
        else:
            doubts.ask_later(db, [doubt.attempt_id], now + waits.doubt, asked=True)


def _ours(db: Db, doubt: Doubt, messages: list[ProviderMessage]) -> ProviderMessage | None:
    """The provider's message that this doubt is about: the oldest of the same words that is no other attempt's."""
    earliest = doubt.started_at - _CLOCKS_DIFFER
    same = [
        one
        for one in messages
        if one.body_hash == doubt.body_hash and (one.created_at is None or one.created_at >= earliest)
    ]
    taken = stored.taken_ids(db, {(doubt.sender_id, one.provider_id) for one in same}) if same else {}
    free = [one for one in same if (doubt.sender_id, one.provider_id) not in taken]
    return min(free, key=lambda one: one.created_at or doubt.started_at, default=None)


def _adopt(db: Db, doubt: Doubt, message: ProviderMessage, now: datetime) -> None:
    """It went: its provider's id and word are kept like those of an answer that came in time."""
    record(db, [Answer(doubt.attempt_id, Accepted(message.provider_id, parts=message.parts))], now=now)
    receipt = message.receipt(at=now)
    if receipt is not None:
        receipts.take(db, [replace(receipt, attempt_id=doubt.attempt_id)], now=now)


def _decide(db: Db, doubt: Doubt, now: datetime) -> bool:
    """No news to be had: by kind it goes once more or is unknown. Whether it was still in doubt."""
    doubts.ask_later(db, [doubt.attempt_id], None, asked=True)
    if not doubts.still_open(db, {doubt.attempt_id}):
        return False
    waiting = answers.awaiting(db, {doubt.attempt_id}).get(doubt.attempt_id)
    if waiting is None or waiting.status is not Status.IN_DOUBT:
        return False
    answers.settle(db, [Settled(waiting, after_silence(waiting, now))], now=now)
    return True
