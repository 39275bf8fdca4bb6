"""The seven words that staff read for where a reminder is, with tone and shape, and the sentence that says why.

What a cause means and what to do about it is in `failures`; times are given in words by whoever knows the zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from scheduler.domain.delivery.aftermath import ANOTHER_WAY
from scheduler.domain.delivery.failures import ADVICE, NO_MONEY, Advice, Cause, Remedy, cause_of
from scheduler.domain.delivery.reminders import Status


class Word(StrEnum):
    """Where a reminder is, in a word; the value stands in addresses."""

    PLANNED = "planned"
    HELD = "held"
    SENDING = "sending"
    DELIVERED = "delivered"
    NOT_DELIVERED = "not-delivered"
    SKIPPED = "skipped"
    STOPPED = "stopped"

    @property
    def label(self) -> str:
        """`Not delivered`."""
        return self.value.replace("-", " ").capitalize()


class Tone(StrEnum):
    """The colour of the word's tag, by what it means."""

    QUIET = "mute"
    WAITING = "warn"
    MOVING = "info"
    GOOD = "ok"
    BAD = "bad"


class Shape(StrEnum):
    """The mark on the timeline, which tells the same without colour."""

    OPEN = "open"
    """An empty circle: to come."""
    PAUSED = "held"
    MOVING = "now"
    DONE = "done"
    FAILED = "fail"
    OFF = "off"
    """Crossed: it will not go."""


@dataclass(frozen=True, slots=True)
class State:
    """How a reminder's place is shown."""

    word: Word
    tone: Tone
    shape: Shape
    label: str
    """The word as the tag shows it; `Sent, no receipt` where nobody knows yet that it was delivered."""


_HELD = State(Word.HELD, Tone.WAITING, Shape.PAUSED, Word.HELD.label)
_SENDING = State(Word.SENDING, Tone.MOVING, Shape.MOVING, Word.SENDING.label)
_DELIVERED = State(Word.DELIVERED, Tone.GOOD, Shape.DONE, Word.DELIVERED.label)
_NOT_DELIVERED = State(Word.NOT_DELIVERED, Tone.BAD, Shape.FAILED, Word.NOT_DELIVERED.label)
_STOPPED = State(Word.STOPPED, Tone.QUIET, Shape.OFF, Word.STOPPED.label)
_STATES: Mapping[Status, State] = MappingProxyType({
    Status.SCHEDULED: State(Word.PLANNED, Tone.QUIET, Shape.OPEN, Word.PLANNED.label),
    Status.HELD: _HELD,
    Status.CLAIMED: _SENDING,
    Status.SENDING: _SENDING,
    Status.IN_DOUBT: _SENDING,
    Status.SENT: State(Word.DELIVERED, Tone.GOOD, Shape.DONE, "Sent, no receipt"),
    Status.DELIVERED: _DELIVERED,
    Status.UNDELIVERED: _NOT_DELIVERED,
    Status.FAILED: _NOT_DELIVERED,
    Status.UNKNOWN: _NOT_DELIVERED,
    Status.SKIPPED: State(Word.SKIPPED, Tone.QUIET, Shape.OFF, Word.SKIPPED.label),
    Status.CANCELLED: _STOPPED,
    Status.EXPIRED: _STOPPED,
})  # fmt: skip
HOLDS = frozenset({"outside_hours", "forbidden", NO_MONEY})
"""Reasons for which one that is scheduled again is shown as held."""
SENDER_HELD = "sender held "
"""How the reason begins of one that waits for a sender to be mended."""


def state_of(status: Status, reason: str | None = None) -> State:
    """How a reminder of this status and stored reason is shown."""
    waits = status is Status.SCHEDULED and reason is not None
    return _HELD if waits and (reason in HOLDS or str(reason).startswith(SENDER_HELD)) else _STATES[status]


def statuses(word: Word) -> frozenset[Status]:
    """The statuses that may be shown by this word; one that is scheduled is held for some reasons."""
    found = frozenset(status for status, state in _STATES.items() if state.word is word)
    return found | {Status.SCHEDULED} if word is Word.HELD else found


_BY_STATUS: Mapping[Status, Cause] = MappingProxyType({
    Status.HELD: Cause.HELD,
    Status.IN_DOUBT: Cause.IN_DOUBT,
    Status.SENT: Cause.NO_RECEIPT,
    Status.UNDELIVERED: Cause.NO_REASON,
    Status.FAILED: Cause.NO_REASON,
    Status.UNKNOWN: Cause.NO_ANSWER,
    Status.SKIPPED: Cause.SKIPPED,
    Status.CANCELLED: Cause.BY_A_PERSON,
    Status.EXPIRED: Cause.TOO_LATE,
})  # fmt: skip
"""The cause where the stored reason names none."""
_IN_STATUS: Mapping[tuple[Status, Cause], Cause] = MappingProxyType({
    (Status.SCHEDULED, Cause.FORBIDDEN): Cause.SAYS_OPPOSITE,
    (Status.EXPIRED, Cause.QUIET_HOURS): Cause.NO_HOUR_LEFT,
    (Status.EXPIRED, Cause.NO_MONEY): Cause.NO_MONEY_LEFT,
    (Status.UNKNOWN, Cause.IN_DOUBT): Cause.NO_ANSWER,
})  # fmt: skip
"""Where a reason means something else in one status."""
_ANOTHER_WAY = "We send it another way."
_NO_CAUSE = frozenset({Status.CLAIMED, Status.SENDING, Status.DELIVERED})


@dataclass(frozen=True, slots=True)
class Told:
    """Why a reminder is where it is, and what to do about it."""

    why: str
    to_do: str = ""
    remedies: tuple[Remedy, ...] = ()


def told(
    status: Status,
    reason: str | None,
    *,
    late: timedelta | None = None,
    until: str | None = None,
    note: str | None = None,
) -> Told | None:
    """What staff read of a reminder; None where its state says it all: it is planned, on its way or delivered.

    `late` is how long after its promised time it ended, `until` the time to which it waits, in words; `note` what
    the person who touched it gave as the reason.
    """
    cause = _cause(status, reason)
    if cause is None:
        return None
    advice = ADVICE[cause]
    why = advice.told.format(late=_span(late), until=until or "a later time")
    if note and cause in {Cause.BY_A_PERSON, Cause.SKIPPED}:
        why = f"{why.removesuffix('.')}: {note}"
    if status is Status.SCHEDULED:
        return Told(why, _ANOTHER_WAY if (reason or "").startswith(ANOTHER_WAY) else advice.by_itself)
    return Told(why, _to_do(status, advice), advice.remedies)


def because(status: Status, reason: str | None) -> str:
    """The same as it goes on in a sentence, behind "since": `the phone was off or had no signal`."""
    said = told(status, reason)
    why = said.why.removeprefix("Not sent: ").split(". ")[0].rstrip(".") if said else "it could not go"
    return why[:1].lower() + why[1:]


def _cause(status: Status, reason: str | None) -> Cause | None:
    if status in _NO_CAUSE:
        return None
    cause = cause_of(reason) or _BY_STATUS.get(status)
    return _IN_STATUS.get((status, cause), cause) if cause else None


def _to_do(status: Status, advice: Advice) -> str:
    return advice.to_do if status is not Status.SENT else ""


_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def _span(late: timedelta | None) -> str:
    """`26 hours`; whole hours up to two days, as advice goes out of date within hours."""
    if late is None:
        return "too"
    for unit, name in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        count = late // unit
        if count >= (3 if unit is _DAY else 1):
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "too"
