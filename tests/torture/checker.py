"""Holds what a provider took to what was due, after the checker of Jepsen's Chronos test. Pure: no store, no clock.

A target is one reminder: it is to be taken once, within [due, until]. Several may have the same number and words;
then the most of them that can be is matched, each with a message of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from scheduler.domain.delivery.reminders import OPEN, WITH_PROVIDER, Status

_SAYS_GONE = frozenset({Status.SENT, Status.DELIVERED, Status.UNDELIVERED})
_MAY_BE_GONE = _SAYS_GONE | {Status.UNKNOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A reminder: what is to be taken when, and where the product says that it ended."""

    id: str
    number: str
    body: str
    due: datetime
    until: datetime
    """Later than that it is late."""
    status: Status
    repeats: bool = False
    """Whether its kind promises at least once, where others promise at most once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A message in the provider's ledger."""

    id: str
    number: str
    body: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Ids of reminders, or of messages where no reminder stands for them. All but the last five are broken promises."""

    missed: tuple[str, ...] = ()
    """Never taken, though the product says that it went or has not ended it."""
    extra: tuple[str, ...] = ()
    """Messages that nothing asked for: a second one of a reminder, other words, another number."""
    early: tuple[str, ...] = ()
    """Taken before it was due."""
    denied: tuple[str, ...] = ()
    """Taken, though the product says that it did not go."""
    open: tuple[str, ...] = ()
    """Not ended: whether it went or not, nobody was told."""
    late: tuple[str, ...] = ()
    """Taken after its time."""
    repeated: tuple[str, ...] = ()
    """Messages beyond the first of a reminder whose kind allows it."""
    unknown: tuple[str, ...] = ()
    """The product says that it can't know."""
    expired: tuple[str, ...] = ()
    """Not taken, and the product says that its use was over."""
    stopped: tuple[str, ...] = ()
    """Not taken, and the product says why: cancelled, skipped, failed."""

    @property
    def kept(self) -> bool:
        """Whether no promise is broken."""
        return not (self.missed or self.extra or self.early or self.denied or self.open)

    def lines(self, *, most: int = 10) -> Iterator[str]:
        """A line for each thing that is counted, with the first ids."""
        for field in fields(self):
            ids: tuple[str, ...] = getattr(self, field.name)
            shown = ", ".join(ids[:most]) + (", …" if len(ids) > most else "")
            yield f"{field.name:9} {len(ids)}" + (f"  {shown}" if ids else "")


Pairs = list[tuple[Target, Taken]]


def check(targets: Iterable[Target], taken: Iterable[Taken]) -> Verdict:
    """What became of every target, and what was taken besides."""
    found: dict[str, list[str]] = defaultdict(list)
    wanted: dict[tuple[str, str], list[Target]] = defaultdict(list)
    got: dict[tuple[str, str], list[Taken]] = defaultdict(list)
    for target in targets:
        wanted[target.number, target.body].append(target)
    for one in taken:
        got[one.number, one.body].append(one)
    for key in wanted.keys() | got.keys():
        for word, reminder_id in _check_alike(wanted.get(key, []), got.get(key, [])):
            found[word].append(reminder_id)
    return Verdict(**{word: tuple(sorted(ids)) for word, ids in found.items()})


def _check_alike(targets: Sequence[Target], taken: Sequence[Taken]) -> Iterator[tuple[str, str]]:
    """Words of a verdict and ids, for targets and messages of one number with the same words."""
    pairs = _in_time(targets, taken)
    pairs += _out_of_time(*_left(targets, taken, pairs))
    targets_left, taken_left = _left(targets, taken, pairs)
    for target, one in pairs:
        yield from _of_a_pair(target, one)
    for target in targets_left:
        yield from ((word, target.id) for word in _of_one_not_taken(target))
    beyond = "repeated" if any(target.repeats for target in targets) else "extra"
    yield from ((beyond, one.id) for one in taken_left)
    yield from (("unknown", target.id) for target in targets if target.status is Status.UNKNOWN)
    yield from (("open", target.id) for target in targets if target.status in OPEN | WITH_PROVIDER)


def _in_time(targets: Sequence[Target], taken: Sequence[Taken]) -> Pairs:
    """The most pairs whose message came in time: each in turn goes to the target that can wait least."""
    left, pairs = list(targets), Pairs()
    for one in sorted(taken, key=lambda one: one.at):
        fitting = [target for target in left if target.due <= one.at <= target.until]
        if fitting:
            target = min(fitting, key=lambda target: target.until)
            left.remove(target)
            pairs.append((target, one))
    return pairs


def _out_of_time(targets: list[Target], taken: list[Taken]) -> Pairs:
    """Pairs of what is left, late rather than early."""
    left, pairs = sorted(targets, key=lambda target: target.due), Pairs()
    for one in sorted(taken, key=lambda one: one.at, reverse=True):
        past = [target for target in left if target.due <= one.at]
        if left:
            target = past[-1] if past else left[0]
            left.remove(target)
            pairs.append((target, one))
    return pairs


def _of_a_pair(target: Target, one: Taken) -> Iterator[tuple[str, str]]:
    if one.at < target.due:
        yield "early", target.id
    if one.at > target.until:
        yield "late", target.id
    if target.status not in _MAY_BE_GONE | OPEN | WITH_PROVIDER:
        yield "denied", target.id


def _of_one_not_taken(target: Target) -> Iterator[str]:
    """What to call it; one that is unknown is told of besides."""
    if target.status in _SAYS_GONE | OPEN | WITH_PROVIDER:
        yield "missed"
    elif target.status is not Status.UNKNOWN:
        yield "expired" if target.status is Status.EXPIRED else "stopped"


def _left(targets: Sequence[Target], taken: Sequence[Taken], pairs: Pairs) -> tuple[list[Target], list[Taken]]:
    """What has no place in a pair."""
    matched = {target.id for target, _ in pairs}
    used = {one.id for _, one in pairs}
    return [one for one in targets if one.id not in matched], [one for one in taken if one.id not in used]
