"""Whether each reminder can go at all, and whether a plain course gets all that its protocol means for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from scheduler.domain.care.checks.findings import Called, RuleFinding
from scheduler.domain.care.checks.telling import case_of
from scheduler.domain.care.protocols import OnDays, ProtocolVersion, ReminderRule
from scheduler.domain.care.reasons import Reason, Why, sentence
from scheduler.domain.care.trials import Trial

_TOO_LATE = frozenset({Why.TOO_LATE, Why.NEVER_OPEN})
_NOT_FOR_THEM = frozenset({Why.CONDITION, Why.NO_WINDOW, *_TOO_LATE})


@dataclass(slots=True)
class _Ways:
    """How one rule fared in all trials."""

    planned: set[int] = field(default_factory=set)
    """Days, or 0, on which it gave a reminder."""
    late: tuple[Reason, Trial] | None = None
    windowless: Trial | None = None


def check_going(version: ProtocolVersion, trials: Iterable[Trial], called: Called) -> Iterator[RuleFinding]:
    """Rules that are always over before they may go, and rules none of whose topics has a window where they hold."""
    ways = {rule.id: _Ways() for rule in version.protocol.reminders}
    for trial in trials:
        _note(trial, ways)
    for label, rule in zip(called.reminders, version.protocol.reminders, strict=True):
        way = ways[rule.id]
        never = [day for day in _days(rule) if day not in way.planned]
        if never and way.late is not None:
            yield _late(label, way.late, never if way.planned else [])
        elif never and not way.planned and way.windowless is not None:
            yield RuleFinding(
                rule=label,
                key="topics",
                fault=f"names nothing that has a window where it holds ({case_of(way.windowless)})",
                mend="name a topic that has, or change its when",
            )


def check_limits(version: ProtocolVersion, trials: Iterable[Trial], called: Called) -> Iterator[RuleFinding]:
    """Rules that a plain course loses, though they hold for it and could go: to limits, above all; each once."""
    labels = {rule.id: label for label, rule in zip(called.reminders, version.protocol.reminders, strict=True)}
    says = {rule.id: rule.same_as or rule.id for rule in version.protocol.reminders}
    open_to = set(labels)
    for trial in trials:
        if trial.sample.flags or trial.sample.number > 1:
            continue
        planned = {reminder.identity.rule for reminder in trial.reminders}
        for left in trial.not_planned:
            if left.reason.code in _NOT_FOR_THEM or left.rule not in open_to:
                continue
            if any(says.get(other) == says[left.rule] for other in planned - {left.rule}):
                continue
            open_to.remove(left.rule)
            yield RuleFinding(
                rule=labels[left.rule],
                key="send",
                fault=f"is left out of a plain course: {sentence(left.reason).rstrip('.')} ({case_of(trial)})",
                mend="send it on another day, or take out a reminder beside it",
            )


def _note(trial: Trial, ways: dict[str, _Ways]) -> None:
    for reminder in trial.reminders:
        if reminder.identity.rule in ways:
            ways[reminder.identity.rule].planned.add(reminder.identity.occurrence)
    for left in trial.not_planned:
        way = ways.get(left.rule)
        if way is None:
            continue
        if left.reason.code in _TOO_LATE:
            way.late = way.late or (left.reason, trial)
        elif left.reason.code is Why.NO_WINDOW:
            way.windowless = way.windowless or trial


def _days(rule: ReminderRule) -> tuple[int, ...]:
    """The occurrences that a rule gives, as the planner counts them."""
    return rule.send.days if isinstance(rule.send, OnDays) and len(rule.send.days) > 1 else (0,)


def _late(label: str, late: tuple[Reason, Trial], days: list[int]) -> RuleFinding:
    reason, trial = late
    when = f" on day {', '.join(str(day) for day in days)}" if days else ""
    return RuleFinding(
        rule=label,
        key="send.days" if days else "send",
        fault=f"can never go{when} inside sending hours while it is useful: {sentence(reason)} ({case_of(trial)})",
        mend="send it sooner, or write a longer useful_for",
    )
