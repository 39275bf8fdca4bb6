"""What the rules of one course are read with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.care.history import History, KnownReminder
from scheduler.domain.care.merging import Merged, Stretch, stretch_of
from scheduler.domain.care.openings import Openings
from scheduler.domain.care.protocols import ReminderRule
from scheduler.domain.care.windows import Course, Window
from scheduler.domain.delivery.reminders import Identity
from scheduler.domain.people.patients import Patient


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """One course, its patient, and all that the patient's other sessions mean for it."""

    course: Course
    courses: Mapping[str, Course]
    """All of the patient's, by session id."""
    stretches: Mapping[str, Stretch]
    """By topic, what the course's own window is part of; of several windows, the last one's."""
    merged: Merged
    patient: Patient
    openings: Openings
    history: History
    now: datetime

    def ends(self, rule: ReminderRule) -> dict[str, datetime]:
        """The merged end of each of the rule's topics for which the course has a window."""
        return {topic: self.stretches[topic].end for topic in rule.topics if topic in self.stretches}

    def stored(self, rule: ReminderRule, occurrence: int) -> KnownReminder | None:
        """What is stored of the rule's reminder."""
        return self.history.reminders.get(Identity(self.course.session.id, rule.id, occurrence))

    def known_since(self, row: KnownReminder | None) -> datetime:
        """From when on a step could go: a stored one keeps its first time, a new one is never due in the past."""
        known_at = self.course.session.known_at
        planned_at = row.planned_at if row else self.now
        return max(known_at, planned_at or known_at)


def own_stretches(windows: Iterable[Window], merged: Merged) -> dict[str, Stretch]:
    """Of each topic the stretch that the window that ends last is part of, where something is left of it."""
    last = {window.topic: window for window in sorted(windows, key=lambda window: window.end)}
    found = ((topic, stretch_of(merged, window)) for topic, window in last.items())
    return {topic: stretch for topic, stretch in found if stretch is not None}
