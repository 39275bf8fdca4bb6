"""What becomes of a reminder by the answer to its call, by a receipt that says it did not arrive, and by silence. Pure.

What a provider's codes mean is said beside its sender; which other channel is open is asked by whoever carries it out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from scheduler.domain.delivery.outcomes import Accepted, Fault, NotSent, Outcome, Refused, Unknown
from scheduler.domain.delivery.receipts import Failure
from scheduler.domain.delivery.reminders import Kind, Status
from scheduler.domain.delivery.retries import RetryPolicy, no_sooner
from scheduler.domain.people.patients import Channel

NO_ANSWER = "no_answer"
STOPPED_BY_A_PERSON = "person"
"""Why a reminder is cancelled that somebody stopped while it was on its way, and that turned out not sent."""
ASKED_OFTEN_ENOUGH = 2
"""So often a provider is asked about a lost answer (design 4): a message may show up in its list a little late."""
MANY_TRIES = 8
"""After so many by one channel, about an hour, another is looked for; and no more repetitions are made."""
_LONG_AWAY = timedelta(hours=1)
"""A provider that is out of reach for so long lets another channel be looked for."""
ANOTHER_WAY = "another way: "
"""How the reason begins of one that waits to go by another channel; what the first one said follows."""
_POLICY = RetryPolicy()
_LONGEST_CODE = 60


class Once(StrEnum):
    """What a reminder may do a single time, and does with this step."""

    RESEND = "resend"
    """The same text again, as the network lost it."""
    REPEAT = "repeat"
    """The same message again, as nobody knows whether it went."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A reminder that was handed over, or tried to be."""

    reminder_id: str
    kind: Kind
    channel: Channel
    tries: int
    """Made so far, the one that is decided about included."""
    resends: int
    """How often its text went again because the network had lost it."""
    useful_until: datetime
    stop_asked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What a reminder becomes."""

    status: Status
    reason: str | None = None
    next_at: datetime | None = None
    """When it is tried again, for one that waits again; None leaves its place among those that wait."""
    once: Once | None = None
    otherwise: bool = False
    """Whether it may go by another channel instead, if one is open."""
    counts: bool = True
    """Whether the try counts for how long the next one waits: not where the sender was at fault."""


def after_answer(posted: Posted, outcome: Outcome, now: datetime, *, away_since: datetime | None = None) -> Next:
    """What an answer makes of it.

    `away_since` is when its provider got out of reach, where its sender rests for that: it keeps its place then, since
    the sender is tried again and not each message.
    """
    match outcome:
        case NotSent(only_this=False) if away_since is not None and now < posted.useful_until:
            long = now - away_since >= _LONG_AWAY
            reason = f"not sent {_code(outcome)}"
            return _certain(posted, Next(status=Status.SCHEDULED, reason=reason, otherwise=long, counts=False))
        case Accepted():
            return Next(status=Status.SENT)
        case Unknown():
            return Next(status=Status.IN_DOUBT, reason=NO_ANSWER)
        case Refused(fault=Fault.OPTED_OUT):
            return Next(status=Status.CANCELLED, reason="stopped")
        case Refused(fault=Fault.PERMANENT):
            return _certain(posted, Next(status=Status.FAILED, reason=f"refused {_code(outcome)}", otherwise=True))
        case Refused(fault=Fault.CONFIG):
            # Its place in the order stays: when the sender is mended, what was due first goes first.
            return _certain(posted, _held(_code(outcome)))
        case _:
            return _certain(posted, _again(posted, f"not sent {_code(outcome)}", now))


def after_failure(posted: Posted, failure: Failure, now: datetime) -> Next | None:
    """What to do about a message that did not arrive: once more if its code allows, else by another channel.

    None where it stays undelivered: the patient stopped these messages, somebody stopped this one, or its use is over.
    """
    if failure.fault is Fault.OPTED_OUT or posted.stop_asked or now >= posted.useful_until:
        return None
    if failure.resend_after is not None and not posted.resends:
        at = now + no_sooner(failure.resend_after, salt=posted.reminder_id)
        if at < posted.useful_until:
            reason = f"undelivered {failure.code}"
            return Next(status=Status.SCHEDULED, reason=reason, next_at=at, once=Once.RESEND)
    return Next(status=Status.UNDELIVERED, reason=f"undelivered {failure.code}", otherwise=True)


def after_silence(posted: Posted, now: datetime) -> Next:
    """What it becomes when asking has brought nothing: again for one that must arrive or can't double, else unknown.

    A safety message goes at least once. An email goes again byte for byte, under one Message-ID, by which mailboxes
    know it for the same.
    """
    repeats = posted.kind.repeats_in_doubt or posted.channel is Channel.EMAIL
    if repeats and not posted.stop_asked and now < posted.useful_until and posted.tries < MANY_TRIES:
        return Next(status=Status.SCHEDULED, reason=NO_ANSWER, next_at=now, once=Once.REPEAT)
    return Next(status=Status.UNKNOWN, reason=NO_ANSWER)


def elsewhere(following: Next) -> Next:
    """The same of one that goes by another channel, at once."""
    because = following.reason
    return Next(status=Status.SCHEDULED, reason=f"{ANOTHER_WAY}{because}" if because else None)


def _held(code: str) -> Next:
    return Next(status=Status.SCHEDULED, reason=f"sender held {code}", counts=False)


def _again(posted: Posted, reason: str, now: datetime) -> Next:
    at = _POLICY.next_attempt_at(
        tries=posted.tries, failed_at=now, useful_until=posted.useful_until, salt=posted.reminder_id
    )
    if at is None:
        return Next(status=Status.EXPIRED, reason="not_useful", otherwise=now < posted.useful_until)
    return Next(status=Status.SCHEDULED, reason=reason, next_at=at, otherwise=posted.tries >= MANY_TRIES)


def _certain(posted: Posted, following: Next) -> Next:
    """The same of one that was certainly not handed over, unless somebody asked to stop it meanwhile."""
    if posted.stop_asked and following.status is not Status.FAILED:
        return Next(status=Status.CANCELLED, reason=STOPPED_BY_A_PERSON)
    return replace(following, otherwise=False) if posted.stop_asked else following


def _code(outcome: Refused | NotSent) -> str:
    """A provider's code as it can be stored: an answer that can't be would hold up all that come after it."""
    return outcome.code.replace("\0", "")[:_LONGEST_CODE]
