"""One rule on one course: whether it gives a reminder, when it goes, until when it is useful, and why.

The order is the design's: intended time, late, hours in which it may go, useful. One a day, bundles and limits
look at all reminders of a patient together and come after these steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.care import reasons, timing
from scheduler.domain.care.conditions import FactTest, failures, grounds, truth
from scheduler.domain.care.drafts import Draft, NotPlanned, PlannedReminder
from scheduler.domain.care.explain import spoken_session
from scheduler.domain.care.intended import Meant, intended
from scheduler.domain.care.protocols import After, OnDays, ReminderRule
from scheduler.domain.care.reasons import Detail, Reason, Said, Why
from scheduler.domain.care.surroundings import Surroundings
from scheduler.domain.care.windows import Course
from scheduler.domain.clinics import zones
from scheduler.domain.delivery.reminders import Identity, Kind
from scheduler.domain.delivery.rendering import spoken_day
from scheduler.domain.people.consent import Purpose
from scheduler.domain.people.patients import Channel, Patient
from scheduler.domain.people.reach import NoReach, first_reach, reach

__all__ = ["NotPlanned", "PlannedReminder", "outcome"]

_RETINOIDS = frozenset({"retinoid_otc", "retinoid_rx"})
_WITHOUT_RETINOIDS = frozenset({"pregnant", "breastfeeding"})
"""Flags of patients who get no text that permits retinoids, whatever the rules say (clinical.md 1.3)."""
_MINUTES = "minutes"
"""As in 10:00."""
_SPOKEN = {Channel.SMS: "text", Channel.EMAIL: "email"}


def outcome(around: Surroundings, rule: ReminderRule, occurrence: int) -> Draft | NotPlanned:
    """The reminder that a rule gives, or why it gives none."""
    refusal = _refusal(around, rule)
    if refusal is not None:
        return _not_planned(around, rule, refusal)
    ends = around.ends(rule)
    if rule.topics and not ends:
        return _not_planned(around, rule, Reason(Why.NO_WINDOW))
    purpose = rule.kind.purpose
    found = first_reach(around.patient, rule.channels, purpose)
    if isinstance(found, NoReach):
        return _not_planned(around, rule, Reason(Why(found.value)))
    row = around.stored(rule, occurrence)
    meant = intended(around, rule, occurrence, ends=ends, row=row)
    floor = max(around.known_since(row), meant.freed_at or around.course.session.known_at)
    moved = _due(around, rule, meant, floor)
    if isinstance(moved, Reason):
        return _not_planned(around, rule, moved)
    reminder = PlannedReminder(
        identity=Identity(around.course.session.id, rule.id, occurrence),
        kind=rule.kind,
        template=rule.template,
        topic_ends=ends,
        channel=found[0],
        channels=rule.channels,
        intent=meant.intent,
        intended_at=meant.at,
        due_at=moved.due,
        useful_until=meant.useful_until,
        reasons=(
            _rule(around.course, rule, occurrence),
            *_matched(around.course, rule),
            *_merged(around, ends),
            *_moves(around.course.zone, meant, floor, moved),
            *_other_channel(around.patient, rule, found[0], purpose),
        ),
    )
    return Draft(reminder=reminder, rule=rule, course=around.course, floor=floor, row=row)


def _refusal(around: Surroundings, rule: ReminderRule) -> Reason | None:
    """Why a rule isn't for this session or this patient."""
    if truth(rule.when, around.course.facts) is not True:
        return _failed_condition(around.course, rule)
    if rule.kind is Kind.RESUME and not _RETINOIDS.isdisjoint(rule.topics):
        flags = sorted(_WITHOUT_RETINOIDS & around.patient.flags)
        return Reason(Why.PREGNANT, {"flags": " and ".join(flags)}) if flags else None
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moved:
    """When a message goes."""

    hours: datetime
    """As far as the hours say."""
    due: datetime
    """Windows that speak against it counted too."""


def _due(around: Surroundings, rule: ReminderRule, meant: Meant, floor: datetime) -> _Moved | Reason:
    """When it goes: late steps at once, then the next allowed hour; the reason if its use is over by then."""
    openings, kind = around.openings, rule.kind
    hours = openings.hours(max(meant.at, floor), kind)
    if hours is None:
        return Reason(Why.NEVER_OPEN)
    against = openings.against(hours, kind=kind, topics=rule.topics)
    due = hours if against is None else openings.first(against, kind=kind, topics=rule.topics)
    if due is None or due >= meant.useful_until:
        zone = around.course.zone
        if against is not None and hours < meant.useful_until:
            return Reason(Why.FORBIDDEN, {"until": reasons.day_and_time(zones.local(against, zone))})
        return Reason(Why.TOO_LATE, {"until": reasons.day_and_time(zones.local(meant.useful_until, zone))})
    return _Moved(hours=hours, due=due)


def _not_planned(around: Surroundings, rule: ReminderRule, reason: Reason) -> NotPlanned:
    return NotPlanned(session_id=around.course.session.id, rule=rule.id, reason=reason)


def _failed_condition(course: Course, rule: ReminderRule) -> Reason:
    return Reason(Why.CONDITION, {"facts": Said(lambda: _told(course, failures(rule.when, course.facts)))})


def _rule(course: Course, rule: ReminderRule, occurrence: int) -> Reason:
    details: dict[str, Detail] = {
        "title": course.protocol.title,
        "version": course.version.number,
        "band": f", band {course.band.id}" if course.band else "",
        "rule": rule.id,
        "when": Said(lambda: _told_send(rule, occurrence)),
    }
    return Reason(Why.RULE, details)


def _matched(course: Course, rule: ReminderRule) -> Iterator[Reason]:
    tests = grounds(rule.when, course.facts)
    if tests:
        yield Reason(Why.MATCHED, {"facts": Said(lambda: _told(course, tests))})


def _told(course: Course, tests: Iterable[FactTest]) -> str:
    facts, values = course.protocol.facts, course.facts
    return " and ".join(reasons.told_test(test, facts.get(test.name), values.get(test.name)) for test in tests)


def _merged(around: Surroundings, ends: Mapping[str, datetime]) -> Iterator[Reason]:
    """Which other sessions the ends come from, and who set one by hand."""
    if len(around.courses) == 1 and not around.patient.overrides:
        return
    own = around.course.session.id
    owners = [around.stretches[topic].owner for topic in ends]
    others = dict.fromkeys(window.session_id for window in owners if window.session_id != own)
    if others:
        yield Reason(Why.MERGED, {"sessions": ", ".join(spoken_session(around.courses[other]) for other in others)})
    by_hand: dict[str, list[str]] = {}
    for window in owners:
        if window.override is not None:
            by_hand.setdefault(window.override.by, []).append(window.topic)
    for by, topics in by_hand.items():
        yield Reason(Why.OVERRIDDEN, {"by": by, "topics": ", ".join(topics)})


def _moves(zone: str, meant: Meant, floor: datetime, moved: _Moved) -> Iterator[Reason]:
    if meant.told_until is not None:
        yield Reason(Why.TOLD, {"day": spoken_day(timing.last_day(meant.told_until, zone))})
    if meant.freed_at is not None:
        since = reasons.day_and_time(zones.local(meant.freed_at, zone))
        yield Reason(Why.FREED, {"since": meant.freed_at.isoformat(), "at": since})
    elif meant.at < floor:
        yield Reason(Why.LATE)
    if moved.hours > max(meant.at, floor):
        yield reasons.moved(Why.HOURS, max(meant.at, floor), moved.hours, zone)
    if moved.due > moved.hours:
        yield reasons.moved(Why.AGAINST, moved.hours, moved.due, zone)


def _other_channel(patient: Patient, rule: ReminderRule, channel: Channel, purpose: Purpose) -> Iterator[Reason]:
    preferred = rule.channels[0]
    refusal = reach(patient, preferred, purpose)
    if isinstance(refusal, NoReach):
        told = reasons.sentence(Reason(Why(refusal.value)))
        details: dict[str, Detail] = {"channel": _SPOKEN[channel], "preferred": _SPOKEN[preferred], "refusal": told}
        yield Reason(Why.CHANNEL, details)


def _told_send(rule: ReminderRule, occurrence: int) -> str:
    send = rule.send
    match send:
        case After(delay):
            return f"{delay} after the session"
        case OnDays(_, at):
            return f"day {send.day(occurrence)} at {at.isoformat(_MINUTES)}"
        case _:
            return f"at {send.at.isoformat(_MINUTES)} once its topics are over"
