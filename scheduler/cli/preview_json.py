"""Trials of a protocol as JSON values, in the shape in which sessions are shown; local times stand beside UTC."""

from __future__ import annotations

from datetime import datetime

from scheduler.cli.output import instant
from scheduler.cli.preview_lines import notices
from scheduler.domain.care.merging import Stretch
from scheduler.domain.care.reasons import sentence, sentences
from scheduler.domain.care.timing import last_day
from scheduler.domain.care.trial_changes import Said, message_changes, window_changes
from scheduler.domain.care.trials import Trial
from scheduler.domain.clinics import zones

JsonObject = dict[str, object]


def trial_json(trial: Trial) -> JsonObject:
    """One sample with its windows, messages and what is not planned."""
    sample = trial.sample
    return {
        "sample": sample.name,
        "ended_at": instant(trial.session.ended_at),
        "ended_local": _local(trial.session.ended_at, trial),
        "facts": dict(sample.facts),
        "flags": list(sample.flags),
        "session_number": sample.number,
        "days_since_last": sample.days_since_last,
        "reach": sample.reach.value,
        "band": trial.band,
        "notices": notices(trial),
        "windows": [_window(stretch, trial) for stretch in trial.stretches()],
        "messages": [_said(Said(reminder=reminder, message=words), trial) for reminder, words in trial.messages()],
        "not_planned": [
            {"rule": left.rule, "reason": left.reason.code.value, "because": sentence(left.reason)}
            for left in trial.not_planned
        ],
    }


def changes_json(before: Trial, after: Trial) -> JsonObject:
    """One sample with what is otherwise after than before; without a change, both lists are empty."""
    return {
        "sample": after.sample.name,
        "band": {"before": before.band, "after": after.band},
        "windows": [
            {
                "topic": changed.topic,
                "change": changed.change.value,
                "before": _span(changed.before),
                "after": _span(changed.after),
            }
            for changed in window_changes(before, after)
        ],
        "messages": [
            {
                "rule": changed.rule,
                "change": changed.change.value,
                "before": _said(changed.before, before) if changed.before else None,
                "after": _said(changed.after, after) if changed.after else None,
            }
            for changed in message_changes(before, after)
        ],
    }


def _window(stretch: Stretch, trial: Trial) -> JsonObject:
    return {
        "topic": stretch.topic,
        "advice": trial.version.topics[stretch.topic].advice.value,
        "from": instant(stretch.start),
        "until": instant(stretch.end),
        "until_local": last_day(stretch.end, trial.clinic.zone).isoformat(),
    }


def _span(span: tuple[datetime, datetime] | None) -> JsonObject | None:
    return {"from": instant(span[0]), "until": instant(span[1])} if span else None


def _said(said: Said, trial: Trial) -> JsonObject:
    reminder, message = said.reminder, said.message
    return {
        "rule": reminder.identity.rule,
        "occurrence": reminder.identity.occurrence,
        "kind": reminder.kind.value,
        "channel": reminder.channel.value,
        "due_at": instant(reminder.due_at),
        "due_local": _local(reminder.due_at, trial),
        "bundled_into": reminder.bundled_into.rule if reminder.bundled_into else None,
        "subject": message.subject if message else None,
        "body": message.body if message else None,
        "because": sentences(reminder.reasons),
    }


def _local(at: datetime, trial: Trial) -> str:
    return zones.local(at, trial.clinic.zone).replace(tzinfo=None).isoformat()
