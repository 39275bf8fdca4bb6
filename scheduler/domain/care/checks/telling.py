"""Whether a patient hears of each piece of advice in time, of each once, and when its dates differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from scheduler.domain.care.checks.findings import Called, RuleFinding, Severity
from scheduler.domain.care.merging import Stretch
from scheduler.domain.care.protocols import Advice, AtWindowEnd, ProtocolVersion, ReminderRule, ToldBy
from scheduler.domain.care.steps import PlannedReminder
from scheduler.domain.care.timing import last_day
from scheduler.domain.care.trials import Trial
from scheduler.domain.delivery.messages import Placeholder, placeholders
from scheduler.domain.delivery.reminders import Kind
from scheduler.domain.delivery.rendering import spoken_day

TELLING = frozenset({Kind.SAFETY, Kind.CORRECTION, Kind.INSTRUCT, Kind.CHECK})
"""Kinds whose topics the patient is asked to keep to; the others permit or ask for nothing."""
_SOON = timedelta(days=3)


def check_told(version: ProtocolVersion, trials: Iterable[Trial], called: Called) -> Iterator[RuleFinding]:
    """Topics to avoid that a text must tell, and that none names, or only after days; each once.

    Two sessions of one day may tell it in one text, so all reminders of the patient count; what the planner adds by
    itself to mend a protocol doesn't.
    """
    rules = {rule.id for rule in version.protocol.reminders}
    labels = {window.topic: label for label, window in zip(called.windows, version.protocol.windows, strict=True)}
    told: set[str] = set()
    for trial in trials:
        for stretch in trial.stretches():
            topic = version.topics[stretch.topic]
            if topic.advice is not Advice.AVOID or topic.told_by is not ToldBy.TEXT or topic.id in told:
                continue
            finding = _told(stretch, trial, rules, label=labels.get(topic.id, ""))
            if finding is not None:
                told.add(topic.id)
                yield finding


def _told(stretch: Stretch, trial: Trial, rules: Iterable[str], *, label: str) -> RuleFinding | None:
    naming = [
        reminder.due_at
        for reminder in trial.plan.reminders
        if reminder.kind in TELLING and stretch.topic in reminder.topic_ends and reminder.identity.rule in rules
    ]
    began = max(stretch.start, trial.session.ended_at)
    first = min((at for at in naming if trial.session.ended_at <= at < stretch.end), default=None)
    if first is None:
        fault = f"is named by no reminder while it holds ({case_of(trial)})"
        mend = 'name it in the topics of one, or say told_by = "sheet" in topics.toml'
    elif first - began > _SOON:
        fault = f"is first named {(first - began).days} days after it began ({case_of(trial)})"
        mend = "send a reminder that names it sooner"
    else:
        return None
    return RuleFinding(rule=label, key="topic", fault=fault, mend=mend)


def check_twice(version: ProtocolVersion, trials: Iterable[Trial], called: Called) -> Iterator[RuleFinding]:
    """Two windows of one topic that touch in one session: which of them is meant can't be told."""
    places = {id(window): label for label, window in zip(called.windows, version.protocol.windows, strict=True)}
    told: set[str] = set()
    for trial in trials:
        for stretch in trial.stretches():
            own = [places[id(part.rule)] for part in stretch.contributors if part.session_id == trial.session.id]
            first, *others = sorted(own, key=called.windows.index)
            for label in others:
                if label not in told:
                    told.add(label)
                    yield RuleFinding(
                        rule=label,
                        key="topic",
                        fault=f"has a window in {first}, too, that touches this one ({case_of(trial)})",
                        mend="make one of the two, or give them a when that never holds for both",
                    )


def check_dates(version: ProtocolVersion, trials: Iterable[Trial], called: Called) -> Iterator[RuleFinding]:
    """Reminders whose topics end on different days, once each; where nothing is permitted it's a note."""
    rules = {rule.id: (label, rule) for label, rule in zip(called.reminders, version.protocol.reminders, strict=True)}
    told: set[str] = set()
    for trial in trials:
        for reminder in trial.reminders:
            label, rule = rules.get(reminder.identity.rule, ("", None))
            if rule is None or rule.id in told:
                continue
            ends = _differing(reminder, rule, trial)
            finding = _dates(version, rule, f"{_by_day(ends)}; {case_of(trial)}", label) if ends else None
            if finding is not None:
                told.add(rule.id)
                yield finding


def _differing(reminder: PlannedReminder, rule: ReminderRule, trial: Trial) -> Mapping[str, str]:
    """The last day of each topic that the text speaks of, if they are not all the same."""
    zone = trial.plan.courses[trial.session.id].zone
    speaks_of_past = rule.kind is Kind.RESUME
    days = {
        topic: last_day(end, zone)
        for topic, end in reminder.topic_ends.items()
        if speaks_of_past or end > reminder.due_at
    }
    return {topic: spoken_day(day) for topic, day in days.items()} if len(set(days.values())) > 1 else {}


def _dates(version: ProtocolVersion, rule: ReminderRule, when: str, label: str) -> RuleFinding | None:
    dated, severity = _names_date(version, rule.template), Severity.NOTE
    if rule.kind is not Kind.RESUME:
        if not dated:
            return None
        fault, mend = "the text names the last for all", "see that the words fit, or make a rule for each end"
    elif dated or not isinstance(rule.send, AtWindowEnd):
        severity = Severity.ERROR
        fault, mend = "the text permits them all at once", "send it at window_end and without a date"
    else:
        fault, mend = "the text waits for the last", "see that none should be told of sooner, or make a rule for each"
    told = f"end on different days, and {fault} ({when})"
    return RuleFinding(rule=label, key="topics", fault=told, mend=mend, severity=severity)


def _by_day(ends: Mapping[str, str]) -> str:
    days: dict[str, list[str]] = {}
    for topic, day in ends.items():
        days.setdefault(day, []).append(topic)
    return "; ".join(f"{day}: {', '.join(topics)}" for day, topics in days.items())


def _names_date(version: ProtocolVersion, template: str) -> bool:
    return any(
        Placeholder.UNTIL in placeholders(text)
        for (name, _), message in version.messages.items()
        if name == template
        for text in message.texts()
    )


def case_of(trial: Trial) -> str:
    """Which trial it was, to name in a sentence: `band D0, flag melasma`."""
    parts = [f"band {trial.band}" if trial.band else "", "" if trial.sample.name == "plain" else trial.sample.name]
    return ", ".join(part for part in parts if part) or "a plain session"
