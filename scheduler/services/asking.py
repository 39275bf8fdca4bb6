"""Asking providers what became of messages, where they can't call back. The answers are receipts like any other."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from scheduler.domain.delivery.receipts import NoAnswer, ProviderMessage
from scheduler.domain.delivery.senders import FindSender, Tells
from scheduler.services import receipts
from scheduler.services.drain import Clock
from scheduler.storage import receipts as stored
from scheduler.storage.database import Database
from scheduler.storage.receipts import ToAsk
from scheduler.storage.senders import senders_by_id
from scheduler.storage.tenancy import ALL_CLINICS

_log = logging.getLogger(__name__)
_MOST_AT_ONCE = 300
_MOST_FETCHED = 20
"""Messages asked for one by one in a round, for those that the list of the newest doesn't hold."""
_SOONEST = timedelta(seconds=10)
_LATEST = timedelta(hours=1)
GIVE_UP = timedelta(hours=72)
"""After that long nothing more is asked: some networks never say more than that a message was sent."""


def ask(database: Database, find_sender: FindSender, clock: Clock, *, stopping: Callable[[], bool]) -> int:
    """Ask for what it is time to ask about, and store what the providers say; how many reminders it changed.

    No transaction is open while a provider is asked. A provider that doesn't answer is asked again later.
    """
    changed = 0
    for sender_id, waiting in _due(database, clock).items():
        with database.read(ALL_CLINICS) as db:
            way = find_sender(senders_by_id(db, {sender_id})[sender_id])
        if isinstance(way, Tells):
            changed += _ask_one(database, way, waiting, clock, stopping)
    return changed


def _due(database: Database, clock: Clock) -> dict[str, list[ToAsk]]:
    """By sender, what is asked about now; it is put off first, so that nobody else asks for the same."""
    by_sender: dict[str, list[ToAsk]] = defaultdict(list)
    with database.write(ALL_CLINICS) as db:
        now = clock(db)
        due = stored.to_ask(db, now, limit=_MOST_AT_ONCE)
        stored.ask_again(db, {one.attempt_id: next_question(one.started_at, now) for one in due})
    for one in due:
        by_sender[one.sender_id].append(one)
    return by_sender


def next_question(started_at: datetime, now: datetime) -> datetime | None:
    """When to ask again about a message of that age: in half of it, at least 10 seconds and at most an hour on."""
    age = now - started_at
    return now + min(max(age / 2, _SOONEST), _LATEST) if age < GIVE_UP else None


def _ask_one(database: Database, way: Tells, waiting: list[ToAsk], clock: Clock, stopping: Callable[[], bool]) -> int:
    try:
        listed = {message.provider_id: message for message in way.recent()}
    except NoAnswer as no:
        _log.warning("the provider could not be asked what became of messages: %s", no)
        return 0
    missing = [one.provider_id for one in waiting if one.provider_id not in listed]
    listed |= {message.provider_id: message for message in _fetched(way, missing, stopping)}
    with database.write(ALL_CLINICS) as db:
        now = clock(db)
        said = [(one, listed[one.provider_id].receipt(at=now)) for one in waiting if one.provider_id in listed]
        came = [replace(receipt, attempt_id=one.attempt_id) for one, receipt in said if receipt is not None]
        return receipts.take(db, came, now=now)


def _fetched(way: Tells, provider_ids: list[str], stopping: Callable[[], bool]) -> Iterator[ProviderMessage]:
    """Those that the list of the newest doesn't hold, as many as fit into a round."""
    for provider_id in provider_ids[:_MOST_FETCHED]:
        if stopping():
            return
        try:
            found = way.fetch(provider_id)
        except NoAnswer as no:
            _log.warning("the provider could not be asked what became of a message: %s", no)
            return
        if found is not None:
            yield found
