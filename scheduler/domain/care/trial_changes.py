"""What one version of a protocol does otherwise than another, sample by sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from scheduler.domain.care.steps import PlannedReminder
from scheduler.domain.care.trials import Trial
from scheduler.domain.delivery.messages import Message

T = TypeVar("T")


class Change(StrEnum):
    """What happened to a message or window."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    """Another time, or another end."""
    REWORDED = "reworded"
    """Other words at the same time, or on another channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message: when, and in which words."""

    reminder: PlannedReminder
    message: Message | None

    @property
    def words(self) -> tuple[str, str | None, str | None]:
        """All that a patient would read, with the channel."""
        message = self.message
        return (self.reminder.channel, message.subject if message else None, message.body if message else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageChange:
    """One message before and after."""

    rule: str
    change: Change
    before: Said | None
    after: Said | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowChange:
    """One topic's stretch of time before and after: its start and end."""

    topic: str
    change: Change
    before: tuple[datetime, datetime] | None
    after: tuple[datetime, datetime] | None


def window_changes(before: Trial, after: Trial) -> Iterator[WindowChange]:
    """Windows that are new, gone, or have another start or end."""
    for (topic, _), old, new in _pairs(_stretches(before), _stretches(after)):
        if old != new:
            change = _came_or_went(old, new) or Change.MOVED
            yield WindowChange(topic=topic, change=change, before=old, after=new)


def message_changes(before: Trial, after: Trial) -> Iterator[MessageChange]:
    """Messages that are new, gone, at another time, or in other words; a moved one may be reworded, too."""
    for (rule, _), old, new in _pairs(_said(before), _said(after)):
        change = _came_or_went(old, new)
        if old is not None and new is not None:
            if old.reminder.due_at != new.reminder.due_at:
                change = Change.MOVED
            elif old.words != new.words:
                change = Change.REWORDED
        if change is not None:
            yield MessageChange(rule=rule, change=change, before=old, after=new)


def _came_or_went(old: object | None, new: object | None) -> Change | None:
    if old is None:
        return Change.ADDED
    return Change.REMOVED if new is None else None


def _pairs(
    before: Mapping[tuple[str, int], T], after: Mapping[tuple[str, int], T]
) -> Iterator[tuple[tuple[str, int], T | None, T | None]]:
    for key in {**before, **after}:
        yield key, before.get(key), after.get(key)


def _said(trial: Trial) -> dict[tuple[str, int], Said]:
    return {
        (reminder.identity.rule, reminder.identity.occurrence): Said(reminder=reminder, message=message)
        for reminder, message in trial.messages()
    }


def _stretches(trial: Trial) -> dict[tuple[str, int], tuple[datetime, datetime]]:
    found: dict[tuple[str, int], tuple[datetime, datetime]] = {}
    for stretch in trial.stretches():
        place = sum(1 for topic, _ in found if topic == stretch.topic)
        found[stretch.topic, place] = (stretch.start, stretch.end)
    return found
