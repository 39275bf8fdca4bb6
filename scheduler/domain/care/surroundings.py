"""What the rules of one course are read with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.care.history import History, KnownReminder
from scheduler.domain.care.merging import Merged, stretch_of
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
    own: Mapping[str, Window]
    """The course's own windows by topic, of several the last."""
    merged: Merged
    patient: Patient
    openings: Openings
    history: History
    now: datetime

    def ends(self, rule: ReminderRule) -> dict[str, datetime]:
        """The merged end of each of the rule's topics for which the course has a window."""
        found = {topic: stretch_of(self.merged, self.own[topic]) for topic in rule.topics if topic in self.own}
        return {topic: stretch.end for topic, stretch in found.items() if stretch is not None}

    def stored(self, rule: ReminderRule, occurrence: int) -> KnownReminder | None:
        """What is stored of the rule's reminder."""
        return self.history.reminders.get(Identity(self.course.session.id, rule.id, occurrence))

    def known_since(self, row: KnownReminder | None) -> datetime:
        """From when on a step could go: a stored one keeps its first time, a new one is never due in the past."""
        known_at = self.course.session.known_at
        planned_at = row.planned_at if row else self.now
        return max(known_at, planned_at or known_at)


def last_of_topics(windows: Iterable[Window]) -> dict[str, Window]:
    """Of each topic the window that ends last."""
    return {window.topic: window for window in sorted(windows, key=lambda window: window.end)}
