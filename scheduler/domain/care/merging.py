"""One patient's windows out of those of all sessions: touching stretches of a topic become one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.care.windows import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Time without a break in which a topic holds for a patient: half-open, in UTC."""

    topic: str
    start: datetime
    end: datetime
    contributors: tuple[Window, ...]
    """Every window inside, the one that ends last at the end: it owns the stretch's end."""

    @property
    def owner(self) -> Window:
        """The window whose end this is."""
        return self.contributors[-1]

    def holds(self, at: datetime) -> bool:
        """Whether the topic holds at an instant."""
        return self.start <= at < self.end


Merged = Mapping[str, tuple[Stretch, ...]]
"""Stretches by topic, each topic's in order of time."""


def merge(windows: Iterable[Window]) -> Merged:
    """The union of touching windows, topic by topic; the order of what is given makes no difference."""
    by_topic: dict[str, list[list[Window]]] = {}
    for window in sorted(windows, key=lambda window: (window.topic, window.start, window.end, window.session_id)):
        groups = by_topic.setdefault(window.topic, [])
        if groups and window.start <= max(other.end for other in groups[-1]):
            groups[-1].append(window)
        else:
            groups.append([window])
    return {topic: tuple(_stretch(group) for group in groups) for topic, groups in by_topic.items()}


def stretch_of(merged: Merged, window: Window) -> Stretch | None:
    """The stretch that a window is part of, of several the last; None where nothing is left of it."""
    stretches = reversed(merged.get(window.topic, ()))
    return next((stretch for stretch in stretches if window in stretch.contributors), None)


def _stretch(group: list[Window]) -> Stretch:
    contributors = sorted(group, key=lambda window: (window.end, window.start, window.session_id))
    return Stretch(
        topic=group[0].topic,
        start=min(window.start for window in group),
        end=contributors[-1].end,
        contributors=tuple(contributors),
    )
