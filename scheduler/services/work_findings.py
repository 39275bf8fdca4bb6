"""What is wrong with the work itself: nobody sends, ticks are late, messages pile up, senders are held or out of money.

Each finding with its mend; `doctor` puts them beside those of the set-up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from scheduler.domain.delivery import budgets
from scheduler.domain.delivery.money import money_told
from scheduler.domain.findings import Finding, Severity
from scheduler.services.health import BEATS_MISSED, anybody_sends
from scheduler.storage import backlog, heartbeats
from scheduler.storage.backlog import Backlog
from scheduler.storage.database import Db
from scheduler.storage.heartbeats import Beat
from scheduler.storage.senders import StoredSender

_LATE = timedelta(minutes=5)
_DOUBT_SETTLED = timedelta(minutes=15)
"""A provider is asked one and two minutes after an answer was lost, or a little later in a crowd."""
_GONE_LATELY = timedelta(hours=1)
"""So long a node that is gone is told of while others send: long ago, somebody stopped it."""
_NEARLY = 80
"""Per cent of the month's money."""
_START = "Run aftercare serve, or aftercare worker beside it on PostgreSQL."


def work_findings(db: Db, all_senders: list[StoredSender], now: datetime) -> list[Finding]:
    """What keeps messages from going in time, in the order in which it is best mended."""
    waiting = backlog.due(db, now)
    return [
        *_held(all_senders, waiting),
        *_nodes(heartbeats.beats(db), now),
        *_money(all_senders, waiting, now),
        *_late(all_senders, waiting, now),
        *_doubts(db, now),
    ]


def _held(all_senders: Iterable[StoredSender], waiting: dict[str, Backlog]) -> Iterator[Finding]:
    for sender in all_senders:
        if sender.held_at is not None:
            yield Finding(
                f"The sender {sender.name} is held since {_told(sender.held_at)}: {sender.held_reason}"
                f"{_waiting_told(waiting.get(sender.info.id))}",
                f"Mend the reason, then run aftercare sender release {sender.info.id}.",
            )


def _nodes(nodes: list[Beat], now: datetime) -> Iterator[Finding]:
    last = max((node.at for node in nodes), default=None)
    if last is None:
        yield Finding("No process that sends has been seen yet.", _START, Severity.WARNING)
        return
    if not anybody_sends(last, now):
        yield Finding(f"No process that sends has been seen since {_told(last)}.", _START)
        return
    for node in nodes:
        age = now - node.at
        if BEATS_MISSED < age <= _GONE_LATELY:
            yield Finding(
                f"The node {node.node} has not been seen since {_told(node.at)}; others send.",
                "If nobody stopped it, see what became of it.",
                Severity.WARNING,
            )
        elif age <= BEATS_MISSED:
            yield from _late_ticks(node)


def _late_ticks(node: Beat) -> Iterator[Finding]:
    for name, at in sorted(node.late.items()):
        well = "has not ended well yet" if at is None else f"has not ended well since {_told(at)}"
        yield Finding(f"The task {name} of the node {node.node} {well}.", "Its log says what keeps it.")


def _money(all_senders: Iterable[StoredSender], waiting: dict[str, Backlog], now: datetime) -> Iterator[Finding]:
    for sender in all_senders:
        most = sender.budget.money_per_month
        spent = budgets.as_of(sender.budget, sender.spent, now)
        more = f"To give it more, run aftercare sender set-budget {sender.info.id}."
        if budgets.money_used_up(sender.budget, sender.spent, now):
            ends = budgets.month_ends(sender.budget, now)
            yield Finding(
                f"The month's money of the sender {sender.name} is used up: nothing goes by it before {_told(ends)}"
                f"{_waiting_told(waiting.get(sender.info.id)) or '.'}",
                more,
            )
        elif most is not None and spent.money * 100 >= most * _NEARLY:
            yield Finding(
                f"Of the month's money of the sender {sender.name}, {money_told(most)}, "
                f"{money_told(spent.money)} are spent.",
                more,
                Severity.WARNING,
            )


def _late(all_senders: Iterable[StoredSender], waiting: dict[str, Backlog], now: datetime) -> Iterator[Finding]:
    for sender in all_senders:
        theirs = waiting.get(sender.info.id)
        stopped = sender.held_at is not None or budgets.money_used_up(sender.budget, sender.spent, now)
        if theirs is None or stopped or now - theirs.since <= _LATE:
            continue
        fault = (
            f"Messages by the sender {sender.name} wait since {_told(theirs.since)}, though they are due: "
            f"{theirs.count}, {theirs.older_than[_LATE]} of them for five minutes or longer."
        )
        mend = f"{_START} If it runs, its log says what keeps it."
        if sender.budget.bounded:
            mend = f"If its budget is too small, run aftercare sender set-budget {sender.info.id}; else: {_START}"
        yield Finding(fault, mend)


def _doubts(db: Db, now: datetime) -> Iterator[Finding]:
    found = backlog.doubts(db)
    if found.since is not None and now - found.since > _DOUBT_SETTLED:
        yield Finding(
            f"Messages that were posted without an answer: {found.count}, the oldest since {_told(found.since)}.",
            "Their provider can't be asked, or the task receipts is late: the log says why. Look them up in the "
            "provider's log; aftercare outbox lists them as in_doubt.",
            Severity.WARNING,
        )


def _waiting_told(theirs: Backlog | None) -> str:
    return "" if theirs is None else f"; due and waiting: {theirs.count}."


def _told(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
