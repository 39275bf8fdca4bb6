"""One turn of sending: answers that came back are stored, then the intents of the next calls, in one transaction.

The provider is called only after its intent is committed, and never because of an answer that is not stored yet.
What an answer does to a reminder is decided here; how to ask the provider is a sender's.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.delivery.aftermath import Next, after_answer, elsewhere
from scheduler.domain.delivery.outcomes import Accepted, Fault, NotSent, Outcome, Refused, Unknown
from scheduler.domain.delivery.receipts import Failure
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.delivery.waits import Waits
from scheduler.domain.people.consent import Consent, Purpose, Word
from scheduler.services import lost_messages
from scheduler.services.other_ways import other_way
from scheduler.services.preparing import Ready
from scheduler.storage import answers, attempts, budgets, claims, consents, intents, open_reminders, resting, senders
from scheduler.storage.answers import Awaiting, Settled
from scheduler.storage.attempts import EndedAttempt, Ending, NewAttempt
from scheduler.storage.database import Db
from scheduler.storage.receipts import Reported

_log = logging.getLogger(__name__)
WAITS = Waits()
"""What a process allows its providers unless its settings say otherwise."""
_LONGEST_CODE = 60
_ENDINGS = {Accepted: Ending.ACCEPTED, Refused: Ending.REFUSED, NotSent: Ending.NOT_SENT, Unknown: Ending.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Answer:
    """How one call ended."""

    attempt_id: str
    outcome: Outcome


def start(db: Db, ready: list[Ready], *, now: datetime, waits: Waits = WAITS) -> list[Ready]:
    """Those whose intent is stored once the transaction is committed: only these may be called, each once.

    The others were taken away meanwhile (a person moved, skipped or cancelled them, or the lease ran out), or
    waited here past their hours or their use, and go back to be looked at again.
    """
    for late in (one for one in ready if now >= one.posting.until):
        claims.settle_claim(db, late.claim, Status.SCHEDULED, reason="waited", now=now)
    started = intents.start_sending(db, [one.claim for one in ready if now < one.posting.until], now=now)
    going = [one for one in ready if one.claim.id in started]
    give_back(db, [one for one in ready if one.claim.id not in started], now=now)
    attempts.add_attempts(db, [_attempt(one, now + waits.answer) for one in going], now=now)
    return going


def give_back(db: Db, ready: list[Ready], *, now: datetime) -> None:
    """Give senders' budgets back what messages would have taken that don't go after all."""
    parts: Counter[str] = Counter()
    for one in ready:
        parts[one.claim.sender_id] -= one.taken
    budgets.correct(db, parts, now)


def record(db: Db, came_back: list[Answer], *, now: datetime, waits: Waits = WAITS) -> None:
    """Store answers, by attempt and not by lease: one that comes late settles its doubt all the same.

    Any answer is evidence of its own attempt. That it was taken settles the reminder whichever attempt it was of; that
    it wasn't, only of the newest: another one may be on its way.
    """
    found = answers.awaiting(db, {answer.attempt_id for answer in came_back})
    doubtful = {answer.attempt_id for answer in came_back if not isinstance(answer.outcome, Accepted)}
    older = answers.superseded(db, doubtful)
    attempts.end_attempts(db, [_ended(answer, now, waits) for answer in came_back], now=now)
    away = _let_rest(db, came_back, found, now)
    settled: list[Settled] = []
    for answer in came_back:
        waiting = found.get(answer.attempt_id)
        if waiting is None:
            continue
        if answer.attempt_id not in older:
            since = away.get(waiting.sender_id)
            settled.append(_settled(db, waiting, after_answer(waiting, answer.outcome, now, away_since=since)))
        if isinstance(answer.outcome, Refused):
            heed(db, answer.outcome, waiting, now=now)
    answers.settle(db, settled, now=now)
    heard = [one.waiting for one in settled if one.following.status is Status.SENT]
    lost_messages.settle(db, [(one.patient_id, one.reminder_id) for one in heard if one.raised_at], now=now)


def _let_rest(db: Db, came_back: list[Answer], found: Mapping[str, Awaiting], now: datetime) -> Mapping[str, datetime]:
    """Let senders rest whose provider took none of these and could not be reached for some; since when it can't be.

    What is due keeps its place then, where each would be tried, stored and put off by itself.
    """
    unreached: set[str] = set()
    reached: set[str] = set()
    for answer in came_back:
        if answer.attempt_id in found and not _says_nothing(answer.outcome):
            (unreached if isinstance(answer.outcome, NotSent) else reached).add(found[answer.attempt_id].sender_id)
    since: dict[str, datetime] = {}
    for sender_id in sorted(unreached - reached):
        since[sender_id], new = resting.let_rest(db, sender_id, now=now)
        if new:
            claims.release_sender_claims(db, sender_id, now=now)
        if new and since[sender_id] == now:
            _log.warning("a sender rests, as its provider could not be reached", extra={"sender": sender_id})
    return since


def _says_nothing(outcome: Outcome) -> bool:
    """Whether it tells nothing of the provider, who was not asked."""
    return isinstance(outcome, NotSent) and outcome.only_this


def _settled(db: Db, waiting: Awaiting, following: Next) -> Settled:
    way = other_way(db, waiting.reminder_id) if following.otherwise else None
    if way is None:
        return Settled(waiting, following)
    return Settled(waiting, elsewhere(following), way)


def doubt_overdue(db: Db, *, now: datetime, waits: Waits = WAITS, limit: int = 1000) -> int:
    """Put calls without an answer past their deadline in doubt, and give how many: their worker is gone or stuck."""
    overdue = attempts.overdue(db, now, limit=limit)
    record(db, [Answer(attempt_id, Unknown("no answer in time")) for attempt_id, _ in overdue], now=now, waits=waits)
    return len(overdue)


def _attempt(ready: Ready, deadline_at: datetime) -> NewAttempt:
    posting = ready.posting
    return NewAttempt(
        id=posting.attempt_id,
        clinic_id=posting.clinic_id,
        reminder_id=ready.claim.id,
        sender_id=ready.claim.sender_id,
        deadline_at=deadline_at,
        to=posting.to,
        subject=posting.message.subject,
        body=posting.message.body,
        parts=ready.parts,
        told=ready.tells,
        repeats=posting.repeats,
    )


def _ended(answer: Answer, now: datetime, waits: Waits) -> EndedAttempt:
    outcome = answer.outcome
    accepted = outcome if isinstance(outcome, Accepted) else None
    ask_after = waits.doubt if isinstance(outcome, Unknown) else accepted.ask_after if accepted else None
    ask_at = None if ask_after is None else now + ask_after
    return EndedAttempt(
        id=answer.attempt_id,
        ending=_ENDINGS[type(outcome)],
        code=_cut(outcome.code, _LONGEST_CODE) if isinstance(outcome, Refused | NotSent) else None,
        reason=None if isinstance(outcome, Accepted) else _cut(outcome.reason),
        provider_id=accepted.provider_id if accepted else None,
        parts=accepted.parts if accepted else None,
        ask_at=ask_at,
    )


def heed(db: Db, no: Refused | Failure, message: Awaiting | Reported, *, now: datetime) -> None:
    """Store what a no says beyond its own message: that the sender is broken, or that the patient said STOP."""
    if no.fault is Fault.CONFIG:
        _hold(db, message.sender_id, no, now)
    elif no.fault is Fault.OPTED_OUT:
        for purpose in Purpose:
            word = Consent(channel=message.channel, purpose=purpose, word=Word.STOPPED, source="provider", at=now)
            consents.add_consent(db, message.patient_id, word, recorded_by="provider", clinic_id=message.clinic_id)
        open_reminders.release_claims(db, message.patient_id, now=now)  # the last look is taken again, and stops them


def _hold(db: Db, sender_id: str, no: Refused | Failure, now: datetime) -> None:
    """Let nothing more go by a sender that is broken, what is claimed for it included; it is told once."""
    claims.release_sender_claims(db, sender_id, now=now)
    reason = _cut(no.reason)
    if senders.hold_sender(db, sender_id, reason=reason, code=_cut(no.code, _LONGEST_CODE), at=now):
        _log.error("a sender is held until somebody mends it: %s", reason, extra={"sender": sender_id})


def _cut(text: str, longest: int = 500) -> str:
    """A provider's words as they can be stored: an answer that can't be would hold up all that come after it."""
    return text.replace("\0", "")[:longest]
