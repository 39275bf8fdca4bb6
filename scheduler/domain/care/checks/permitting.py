"""Whether any text permits what still must not be, or says the opposite of another on the same day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import combinations

from scheduler.domain.care.checks.findings import Called, RuleFinding
from scheduler.domain.care.checks.telling import case_of
from scheduler.domain.care.protocols import Advice, ProtocolVersion
from scheduler.domain.care.reasons import day_and_time
from scheduler.domain.care.steps import PlannedReminder
from scheduler.domain.care.trials import Trial
from scheduler.domain.clinics import zones
from scheduler.domain.delivery.reminders import Kind


def check_permitted(version: ProtocolVersion, trials: Iterable[Trial], called: Called) -> Iterator[RuleFinding]:
    """Texts that permit a topic, or say to do its opposite, before it ends; one finding a rule."""
    labels = _labels(version, called)
    told: set[str] = set()
    for trial in trials:
        for reminder in trial.reminders:
            rule = reminder.identity.rule
            held = _held(version, reminder, trial) if rule in labels and rule not in told else None
            if held is None:
                continue
            topic, end = held
            told.add(rule)
            due, until = (day_and_time(zones.local(at, _zone(trial))) for at in (reminder.due_at, end))
            yield RuleFinding(
                rule=labels[rule],
                key="send",
                fault=f"permits {topic} on {due}, before its end on {until} ({case_of(trial)})",
                mend="send it at window_end or later",
            )


def check_opposites(version: ProtocolVersion, trials: Iterable[Trial], called: Called) -> Iterator[RuleFinding]:
    """Pairs of rules of which one forbids and one permits the same on one day; each pair once."""
    labels = _labels(version, called)
    told: set[tuple[str, str]] = set()
    for trial in trials:
        own = [reminder for reminder in trial.reminders if reminder.identity.rule in labels]
        for one, other in combinations(own, 2):
            pair = (one.identity.rule, other.identity.rule)
            topic = _opposed(version, one, other, trial) if pair not in told else None
            if topic is None:
                continue
            told.add(pair)
            day = day_and_time(zones.local(other.due_at, _zone(trial))).partition(",")[0]
            yield RuleFinding(
                rule=labels[other.identity.rule],
                key="send",
                fault=f"says the opposite of {labels[one.identity.rule]} about {topic} on {day} ({case_of(trial)})",
                mend="send one of the two on another day",
            )


def _labels(version: ProtocolVersion, called: Called) -> dict[str, str]:
    return {rule.id: label for rule, label in zip(version.protocol.reminders, called.reminders, strict=True)}


def _held(version: ProtocolVersion, reminder: PlannedReminder, trial: Trial) -> tuple[str, datetime] | None:
    """A topic to avoid that the reminder permits while it holds, and its end."""
    for topic in _permitted(version, reminder):
        for stretch in trial.plan.windows.get(topic, ()):
            if stretch.holds(reminder.due_at):
                return topic, stretch.end
    return None


def _opposed(version: ProtocolVersion, one: PlannedReminder, other: PlannedReminder, trial: Trial) -> str | None:
    """The topic that one of two reminders of a day forbids and the other permits."""
    days = {zones.local(reminder.due_at, _zone(trial)).date() for reminder in (one, other)}
    if len(days) > 1:
        return None
    pairs = ((one, other), (other, one))
    found = (
        topic for left, right in pairs for topic in _permitted(version, right) if topic in _forbidden(version, left)
    )
    return next(found, None)


def _forbidden(version: ProtocolVersion, reminder: PlannedReminder) -> set[str]:
    """Topics to avoid that hold when it goes."""
    if reminder.kind is Kind.RESUME:
        return set()
    holding = (topic for topic, end in reminder.topic_ends.items() if end > reminder.due_at)
    return {topic for topic in holding if version.topics[topic].advice is Advice.AVOID}


def _permitted(version: ProtocolVersion, reminder: PlannedReminder) -> list[str]:
    """Topics to avoid that it says may be: its own where it resumes, else the opposites of what it says to do."""
    topics = [version.topics[topic] for topic in reminder.topic_ends]
    if reminder.kind is Kind.RESUME:
        return [topic.id for topic in topics if topic.advice is Advice.AVOID]
    return [topic.opposes for topic in topics if topic.advice is Advice.DO and topic.opposes is not None]


def _zone(trial: Trial) -> str:
    return trial.plan.courses[trial.session.id].zone
