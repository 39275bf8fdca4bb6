"""One turn of sending: answers that came back are stored, then the intents of the next calls, in one transaction.

The provider is called only after its intent is committed, and never because of an answer that is not stored yet.
What an answer does to a reminder is decided here; how to ask the provider is a sender's.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.domain.delivery.outcomes import Accepted, Fault, NotSent, Outcome, Refused, Unknown
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.delivery.retries import RetryPolicy
from scheduler.domain.people.consent import Consent, Purpose, Word
from scheduler.services.preparing import Ready
from scheduler.storage import answers, attempts, budgets, claims, consents, intents, senders
from scheduler.storage.answers import Awaiting, Settled
from scheduler.storage.attempts import EndedAttempt, Ending, NewAttempt
from scheduler.storage.database import Db
from scheduler.storage.receipts import Reported

CALL_DEADLINE = timedelta(seconds=40)
DOUBT_AFTER = 2 * CALL_DEADLINE
"""Counted from the intent: a call may wait for a thread for as long as one before it takes."""
"""A provider that has not answered by then leaves the message in doubt; Twilio itself gives up after about 26 s."""
_POLICY = RetryPolicy()
_LONGEST_CODE = 60
_ENDINGS = {Accepted: Ending.ACCEPTED, Refused: Ending.REFUSED, NotSent: Ending.NOT_SENT, Unknown: Ending.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Answer:
    """How one call ended."""

    attempt_id: str
    outcome: Outcome


def start(db: Db, ready: list[Ready], *, now: datetime) -> list[Ready]:
    """Those whose intent is stored once the transaction is committed: only these may be called, each once.

    The others were taken away meanwhile (a person moved, skipped or cancelled them, or the lease ran out), or
    waited here past their hours or their use, and go back to be looked at again.
    """
    for late in (one for one in ready if now >= one.posting.until):
        claims.settle_claim(db, late.claim, Status.SCHEDULED, reason="waited", now=now)
    started = intents.start_sending(db, [one.claim for one in ready if now < one.posting.until], now=now)
    going = [one for one in ready if one.claim.id in started]
    give_back(db, [one for one in ready if one.claim.id not in started], now=now)
    attempts.add_attempts(db, [_attempt(one, now) for one in going], now=now)
    return going


def give_back(db: Db, ready: list[Ready], *, now: datetime) -> None:
    """Give senders' budgets back what messages would have taken that don't go after all."""
    parts: Counter[str] = Counter()
    for one in ready:
        parts[one.claim.sender_id] -= one.taken
    budgets.correct(db, parts, now)


def record(db: Db, came_back: list[Answer], *, now: datetime) -> None:
    """Store answers, by attempt and not by lease: one that comes late settles its doubt all the same."""
    found = answers.awaiting(db, {answer.attempt_id for answer in came_back})
    attempts.end_attempts(db, [_ended(answer, now) for answer in came_back], now=now)
    settled: list[Settled] = []
    for answer in came_back:
        waiting = found.get(answer.attempt_id)
        if waiting is None:
            continue
        settled.append(Settled(waiting, *_next(waiting, answer.outcome, now)))
        if isinstance(answer.outcome, Refused):
            heed(db, answer.outcome.fault, answer.outcome.reason, waiting, now=now)
    answers.settle(db, settled, now=now)


def doubt_overdue(db: Db, *, now: datetime, limit: int = 1000) -> int:
    """Put calls without an answer past their deadline in doubt, and give how many: their worker is gone or stuck."""
    overdue = attempts.overdue(db, now, limit=limit)
    record(db, [Answer(attempt_id, Unknown("no answer in time")) for attempt_id, _ in overdue], now=now)
    return len(overdue)


def _attempt(ready: Ready, now: datetime) -> NewAttempt:
    posting = ready.posting
    return NewAttempt(
        id=posting.attempt_id,
        clinic_id=posting.clinic_id,
        reminder_id=ready.claim.id,
        sender_id=ready.claim.sender_id,
        deadline_at=now + DOUBT_AFTER,
        to=posting.to,
        subject=posting.message.subject,
        body=posting.message.body,
        parts=ready.parts,
        told=ready.tells,
    )


def _ended(answer: Answer, now: datetime) -> EndedAttempt:
    outcome = answer.outcome
    accepted = outcome if isinstance(outcome, Accepted) else None
    ask_at = now + accepted.ask_after if accepted and accepted.ask_after else None
    return EndedAttempt(
        id=answer.attempt_id,
        ending=_ENDINGS[type(outcome)],
        code=_cut(outcome.code, _LONGEST_CODE) if isinstance(outcome, Refused | NotSent) else None,
        reason=None if isinstance(outcome, Accepted) else _cut(outcome.reason),
        provider_id=accepted.provider_id if accepted else None,
        parts=accepted.parts if accepted else None,
        ask_at=ask_at,
    )


def heed(db: Db, fault: Fault, reason: str, message: Awaiting | Reported, *, now: datetime) -> None:
    """Store what a no says beyond its own message: that the sender is broken, or that the patient said STOP."""
    if fault is Fault.CONFIG:
        senders.hold_sender(db, message.sender_id, reason=_cut(reason), at=now)
    elif fault is Fault.OPTED_OUT:
        for purpose in Purpose:
            word = Consent(channel=message.channel, purpose=purpose, word=Word.STOPPED, source="provider", at=now)
            consents.add_consent(db, message.patient_id, word, recorded_by="provider", clinic_id=message.clinic_id)


def _next(waiting: answers.Awaiting, outcome: Outcome, now: datetime) -> tuple[Status, str | None, datetime | None]:
    """What the reminder becomes, why, and when it is tried again."""
    match outcome:
        case Accepted():
            return Status.SENT, None, None
        case Unknown():
            return Status.IN_DOUBT, "no_answer", None
        case Refused(fault=Fault.OPTED_OUT):
            return Status.CANCELLED, "stopped", None
        case Refused(fault=Fault.PERMANENT):
            return Status.FAILED, f"refused {_cut(outcome.code, _LONGEST_CODE)}", None
        case Refused(fault=Fault.CONFIG):
            return _again(waiting, f"sender held {_cut(outcome.code, _LONGEST_CODE)}", now)
        case _:
            at = _POLICY.next_attempt_at(
                tries=waiting.tries, failed_at=now, useful_until=waiting.useful_until, salt=waiting.reminder_id
            )
            return _again(waiting, f"not sent {_cut(outcome.code, _LONGEST_CODE)}", at)


def _again(waiting: answers.Awaiting, reason: str, at: datetime | None) -> tuple[Status, str | None, datetime | None]:
    """Certainly not sent: it waits again, unless somebody asked to stop it or no useful time is left."""
    if waiting.stop_asked:
        return Status.CANCELLED, answers.STOPPED_BY_A_PERSON, None
    if at is not None:
        return Status.SCHEDULED, reason, at
    if waiting.tries >= _POLICY.max_tries:
        return Status.FAILED, "tries used up", None
    return Status.EXPIRED, "not_useful", None


def _cut(text: str, longest: int = 500) -> str:
    """A provider's words as they can be stored: an answer that can't be would hold up all that come after it."""
    return text.replace("\0", "")[:longest]
