"""One rule on one course: whether it gives a reminder, when it goes, until when it is useful, and why.

The order is the design's: intended time, late, hours in which it may go, useful. One a day, bundles and limits
look at all reminders of a patient together and come after these steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from scheduler.domain.care import reasons, timing
from scheduler.domain.care.conditions import FactTest, failures, grounds, truth
from scheduler.domain.care.history import History
from scheduler.domain.care.merging import Merged, stretch_of
from scheduler.domain.care.protocols import After, OnDays, ReminderRule
from scheduler.domain.care.reasons import Detail, Reason, Why
from scheduler.domain.care.timing import Intent
from scheduler.domain.care.windows import Course, Window
from scheduler.domain.clinics import zones
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.clinics.openings import first_allowed
from scheduler.domain.delivery.reminders import Identity, Kind
from scheduler.domain.people.consent import Purpose
from scheduler.domain.people.patients import Channel, Patient
from scheduler.domain.people.reach import NoReach, first_reach, reach

_USEFUL_FOR = {
    Kind.SAFETY: timedelta(hours=72),
    Kind.CHECK: timedelta(days=7),
    Kind.RESUME: timedelta(hours=72),
    Kind.REASSURE: timedelta(hours=24),
    Kind.REBOOK: timedelta(days=14),
}
_SPOKEN = {Channel.SMS: "text", Channel.EMAIL: "email"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedReminder:
    """One message of one rule to one patient, with its time and its reasons."""

    identity: Identity
    kind: Kind
    template: str
    topic_ends: Mapping[str, datetime] = field(default_factory=dict)
    """When each of the rule's topics ends for the patient: what its text may name."""
    channel: Channel
    channels: tuple[Channel, ...]
    """All that the rule allows, in order of preference."""
    intent: Intent | None
    """None where the time is elapsed time and no wall clock was meant."""
    intended_at: datetime
    due_at: datetime
    """What is promised."""
    useful_until: datetime
    """Exclusive: from then on it is not sent."""
    bundled_into: Identity | None = None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPlanned:
    """A rule that gives no reminder for a session, and why."""

    session_id: str
    rule: str
    reason: Reason
    occurrence: int = 0
    """The first day that gives none for this reason, of a rule on several days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the rules of one course are read with."""

    course: Course
    own: Mapping[str, Window]
    """The course's own windows by topic, of several the last."""
    merged: Merged
    patient: Patient
    clinic: Clinic
    history: History
    now: datetime

    def ends(self, rule: ReminderRule) -> dict[str, datetime]:
        """The merged end of each of the rule's topics for which the course has a window."""
        return {topic: stretch_of(self.merged, self.own[topic]).end for topic in rule.topics if topic in self.own}


def last_of_topics(windows: Iterable[Window]) -> dict[str, Window]:
    """Of each topic the window that ends last."""
    return {window.topic: window for window in sorted(windows, key=lambda window: window.end)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Time:
    """When a rule's message is meant, and until when it is useful."""

    intent: Intent | None
    at: datetime
    useful_until: datetime


def outcome(around: Surroundings, rule: ReminderRule, occurrence: int) -> PlannedReminder | NotPlanned:
    """The reminder that a rule gives, or why it gives none."""
    facts = around.course.facts
    if truth(rule.when, facts) is not True:
        return _not_planned(around, rule, _failed_condition(around.course, rule))
    ends = around.ends(rule)
    if rule.topics and not ends:
        return _not_planned(around, rule, Reason(Why.NO_WINDOW))
    purpose = Purpose.MARKETING if rule.kind is Kind.REBOOK else Purpose.CARE
    found = first_reach(around.patient, rule.channels, purpose)
    if isinstance(found, NoReach):
        return _not_planned(around, rule, Reason(Why(found.value)))
    identity = Identity(around.course.session.id, rule.id, occurrence)
    meant = _intended(around, rule, ends)
    floor = _known_since(around, identity)
    due = _due(around, rule, meant, floor)
    if isinstance(due, Reason):
        return _not_planned(around, rule, due)
    return PlannedReminder(
        identity=identity,
        kind=rule.kind,
        template=rule.template,
        topic_ends=ends,
        channel=found[0],
        channels=rule.channels,
        intent=meant.intent,
        intended_at=meant.at,
        due_at=due,
        useful_until=meant.useful_until,
        reasons=(
            _rule(around.course, rule),
            *_matched(around.course, rule),
            *_moves(meant.at, floor, due, around.course.zone),
            *_other_channel(around.patient, rule, found[0], purpose),
        ),
    )


def _intended(around: Surroundings, rule: ReminderRule, ends: Mapping[str, datetime]) -> _Time:
    """The time that the rule means, before anything moves it."""
    session, zone, send = around.course.session, around.course.zone, rule.send
    end = max(ends.values(), default=session.ended_at)
    if isinstance(send, After):
        at = session.ended_at + send.delay.elapsed
        return _Time(intent=None, at=at, useful_until=_useful_until(rule, at, end))
    if isinstance(send, OnDays):
        intent = Intent(day=session.day_0 + timedelta(days=send.days[0]), at=send.at, zone=zone)
    else:
        told = around.history.last_told(rule.topics)
        intent, end = _first_free(around, rule, max(end, told) if told else end, send.at)
    at = intent.instant()
    return _Time(intent=intent, at=at, useful_until=_useful_until(rule, at, end))


def _first_free(around: Surroundings, rule: ReminderRule, end: datetime, at: time) -> tuple[Intent, datetime]:
    """The first such time at or after an end when no session forbids any of the topics, and the end it follows."""
    intent = timing.first_at(at, end, around.course.zone)
    stretches = (stretch for topic in rule.topics for stretch in around.merged.get(topic, ()))
    held = [stretch.end for stretch in stretches if stretch.holds(intent.instant())]
    return _first_free(around, rule, max(held), at) if held else (intent, end)


def _useful_until(rule: ReminderRule, at: datetime, end: datetime) -> datetime:
    """When the message is of no use any more: `end` is the last end of its topics."""
    start = end if rule.kind is Kind.RESUME else at
    if rule.useful_for is not None:
        return start + rule.useful_for.elapsed
    return start + _USEFUL_FOR[rule.kind] if rule.kind in _USEFUL_FOR else end


def _known_since(around: Surroundings, identity: Identity) -> datetime:
    """From when on the step could go: a stored one keeps its first time, a new one is never due in the past."""
    known_at = around.course.session.known_at
    stored = around.history.reminders.get(identity)
    planned_at = stored.planned_at if stored else around.now
    return max(known_at, planned_at or known_at)


def _due(around: Surroundings, rule: ReminderRule, meant: _Time, floor: datetime) -> datetime | Reason:
    """When it goes: late steps at once, then the next allowed hour; the reason if its use is over by then."""
    zone = around.course.zone
    earliest, staffed = max(meant.at, floor), rule.kind.keeps_opening_hours
    due = first_allowed(around.clinic, earliest, zone=zone, staffed=staffed)
    if due is None:
        return Reason(Why.NEVER_OPEN)
    if due >= meant.useful_until:
        until = reasons.day_and_time(zones.local(meant.useful_until, zone))
        return Reason(Why.TOO_LATE, {"until": until})
    return due


def _not_planned(around: Surroundings, rule: ReminderRule, reason: Reason) -> NotPlanned:
    return NotPlanned(session_id=around.course.session.id, rule=rule.id, reason=reason)


def _failed_condition(course: Course, rule: ReminderRule) -> Reason:
    return Reason(Why.CONDITION, {"facts": _told(course, failures(rule.when, course.facts))})


def _rule(course: Course, rule: ReminderRule) -> Reason:
    details: dict[str, Detail] = {
        "title": course.protocol.title,
        "version": course.version.number,
        "band": f", band {course.band.id}" if course.band else "",
        "rule": rule.id,
        "when": _told_send(rule),
    }
    return Reason(Why.RULE, details)


def _matched(course: Course, rule: ReminderRule) -> Iterator[Reason]:
    tests = grounds(rule.when, course.facts)
    if tests:
        yield Reason(Why.MATCHED, {"facts": _told(course, tests)})


def _told(course: Course, tests: Iterable[FactTest]) -> str:
    facts, values = course.protocol.facts, course.facts
    return " and ".join(reasons.told_test(test, facts.get(test.name), values.get(test.name)) for test in tests)


def _moves(intended_at: datetime, floor: datetime, due: datetime, zone: str) -> Iterator[Reason]:
    if intended_at < floor:
        yield Reason(Why.LATE)
    before = max(intended_at, floor)
    if due > before:
        told = {"before": zones.local(before, zone), "after": zones.local(due, zone)}
        yield Reason(Why.HOURS, {name: reasons.day_and_time(at) for name, at in told.items()})


def _other_channel(patient: Patient, rule: ReminderRule, channel: Channel, purpose: Purpose) -> Iterator[Reason]:
    preferred = rule.channels[0]
    refusal = reach(patient, preferred, purpose)
    if isinstance(refusal, NoReach):
        told = reasons.sentence(Reason(Why(refusal.value)))
        details: dict[str, Detail] = {"channel": _SPOKEN[channel], "preferred": _SPOKEN[preferred], "refusal": told}
        yield Reason(Why.CHANNEL, details)


def _told_send(rule: ReminderRule) -> str:
    match rule.send:
        case After(delay):
            return f"{delay} after the session"
        case OnDays(days, at):
            return f"day {days[0]} at {at:%H:%M}"
        case _:
            return f"at {rule.send.at:%H:%M} once its topics are over"
