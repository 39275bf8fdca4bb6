"""When a rule means its message to go, before anything moves it, and until when that is of use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from scheduler.domain.care import timing
from scheduler.domain.care.history import KnownReminder
from scheduler.domain.care.merging import holding
from scheduler.domain.care.protocols import After, OnDays, ReminderRule
from scheduler.domain.care.reasons import Why
from scheduler.domain.care.surroundings import Surroundings
from scheduler.domain.care.timing import Intent
from scheduler.domain.delivery.reminders import Kind

_USEFUL_FOR = {
    Kind.SAFETY: timedelta(hours=72),
    Kind.CHECK: timedelta(days=7),
    Kind.RESUME: timedelta(hours=72),
    Kind.REASSURE: timedelta(hours=24),
    Kind.REBOOK: timedelta(days=14),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """The time of a rule's message."""

    intent: Intent | None
    """None where the time is elapsed time and no wall clock was meant."""
    at: datetime
    useful_until: datetime
    told_until: datetime | None = None
    """The told date that it waits for, where the topics themselves end earlier."""
    freed_at: datetime | None = None
    """When a change ended what held a text that permits back, if its time had passed by then."""


def intended(
    around: Surroundings,
    rule: ReminderRule,
    occurrence: int,
    *,
    ends: Mapping[str, datetime],
    row: KnownReminder | None,
) -> Meant:
    """The time that the rule means; `row` is what is stored of its reminder."""
    session, zone, send = around.course.session, around.course.zone, rule.send
    end = max(ends.values(), default=session.ended_at)
    intent: Intent | None = None
    told: datetime | None = None
    if isinstance(send, After):
        at = session.ended_at + send.delay.elapsed
    elif isinstance(send, OnDays):
        intent = Intent(day=session.day_0 + timedelta(days=send.day(occurrence)), at=send.at, zone=zone)
        at = intent.instant()
    else:
        # What was told later is not what one that went waited for: it would count as said again by then.
        told = around.history.last_told(rule.topics, before=row.sent_at if row and row.went else None)
        told = told if told is not None and told > end else None
        intent, end = _first_free(around, rule, told or end, send.at)
        at = intent.instant()
    freed_at = _freed_at(row, end, around.now) if rule.kind is Kind.RESUME else None
    return Meant(
        intent=intent,
        at=at,
        useful_until=_useful_until(rule, at, max(end, freed_at or end)),
        told_until=told,
        freed_at=freed_at,
    )


def _first_free(around: Surroundings, rule: ReminderRule, end: datetime, at: time) -> tuple[Intent, datetime]:
    """The first such time at or after an end when no session forbids any of the topics, and the end it follows."""
    intent = timing.first_at(at, end, around.course.zone)
    found = (holding(around.merged, topic, intent.instant()) for topic in rule.topics)
    held = [stretch.end for stretch in found if stretch is not None]
    return _first_free(around, rule, max(held), at) if held else (intent, end)


def _freed_at(row: KnownReminder | None, end: datetime, now: datetime) -> datetime | None:
    """When a change made an end that lay ahead one that has passed: now, or as the stored reminder says."""
    if row is None or end > now:
        return None
    if max(row.topic_ends.values(), default=end) > now:
        return now
    marks = (reason.details["since"] for reason in row.reasons or () if reason.code is Why.FREED)
    return next((datetime.fromisoformat(str(mark)) for mark in marks), None)


def _useful_until(rule: ReminderRule, at: datetime, end: datetime) -> datetime:
    """When the message is of no use any more: `end` is the last end of its topics, or what freed them later."""
    start = end if rule.kind is Kind.RESUME else at
    if rule.useful_for is not None:
        return start + rule.useful_for.elapsed
    return start + _USEFUL_FOR[rule.kind] if rule.kind in _USEFUL_FOR else end
