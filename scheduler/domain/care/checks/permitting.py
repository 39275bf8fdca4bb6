"""Whether any text permits what still must not be, or says the opposite of another on the same day."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from itertools import product

from scheduler.domain.care.checks.findings import Called, RuleFinding
from scheduler.domain.care.checks.telling import case_of
from scheduler.domain.care.protocols import Advice, ProtocolVersion
from scheduler.domain.care.reasons import day_and_time
from scheduler.domain.care.steps import PlannedReminder
from scheduler.domain.care.trials import Trial
from scheduler.domain.clinics import zones
from scheduler.domain.delivery.reminders import Kind
from scheduler.domain.delivery.rendering import spoken_day


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
            topic, *times = held
            told.add(rule)
            due, until = (day_and_time(zones.local(at, _zone(trial))) for at in times)
            yield RuleFinding(
                rule=labels[rule],
                key="send",
                fault=f"permits {topic} on {due}, before its end on {until} ({case_of(trial)})",
                mend="send it at window_end or later",
            )


def check_opposites(version: ProtocolVersion, trials: Iterable[Trial], called: Called) -> Iterator[RuleFinding]:
    """Rules that permit what another one forbids on the same day; each that permits once."""
    labels = _labels(version, called)
    told: set[str] = set()
    for trial in trials:
        forbidding = _forbidding(version, trial, labels)
        for reminder in trial.reminders:
            rule = reminder.identity.rule
            topics = _permitted(version, reminder) if rule in labels and rule not in told else []
            pairs = ((_day(at, trial), topic) for at in _times(reminder) for topic in topics)
            found = next((pair for pair in pairs if pair in forbidding), None)
            if found is None:
                continue
            told.add(rule)
            (day, topic), other = found, labels[forbidding[found]]
            yield RuleFinding(
                rule=labels[rule],
                key="send",
                fault=f"says the opposite of {other} about {topic} on {spoken_day(day)} ({case_of(trial)})",
                mend="send one of the two on another day",
            )


def _forbidding(version: ProtocolVersion, trial: Trial, rules: Collection[str]) -> dict[tuple[date, str], str]:
    """The first rule that forbids a topic on a day, of those topics that still hold when it goes."""
    found: dict[tuple[date, str], str] = {}
    for reminder in trial.reminders:
        if reminder.kind is Kind.RESUME or reminder.identity.rule not in rules:
            continue
        for at, (topic, end) in product(_times(reminder), reminder.topic_ends.items()):
            if end > at and version.topics[topic].advice is Advice.AVOID:
                found.setdefault((_day(at, trial), topic), reminder.identity.rule)
    return found


def _times(reminder: PlannedReminder) -> tuple[datetime, datetime]:
    """When it was meant to go, which counts as planning moves what is meant too soon, and when it goes."""
    return reminder.intended_at, reminder.due_at


def _day(at: datetime, trial: Trial) -> date:
    return zones.local(at, _zone(trial)).date()


def _labels(version: ProtocolVersion, called: Called) -> dict[str, str]:
    return {rule.id: label for rule, label in zip(version.protocol.reminders, called.reminders, strict=True)}


def _held(version: ProtocolVersion, reminder: PlannedReminder, trial: Trial) -> tuple[str, datetime, datetime] | None:
    """A topic that the reminder permits while it holds, when, and its end."""
    for topic in _permitted(version, reminder):
        for stretch in trial.plan.windows.get(topic, ()):
            for at in _times(reminder):
                if stretch.holds(at):
                    return topic, at, stretch.end
    return None


def _permitted(version: ProtocolVersion, reminder: PlannedReminder) -> list[str]:
    """Topics to avoid that it says may be: its own where it resumes, else the opposites of what it says to do."""
    topics = [version.topics[topic] for topic in reminder.topic_ends]
    if reminder.kind is Kind.RESUME:
        return [topic.id for topic in topics if topic.advice is Advice.AVOID]
    return [topic.opposes for topic in topics if topic.advice is Advice.DO and topic.opposes is not None]


def _zone(trial: Trial) -> str:
    return trial.plan.courses[trial.session.id].zone
