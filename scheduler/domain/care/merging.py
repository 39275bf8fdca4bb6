"""One patient's windows out of those of all sessions: touching stretches of a topic become one."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

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
"""Stretches by topic, each topic's in order of time; none begins before the one before it has ended."""
_START = attrgetter("start")


def merge(windows: Iterable[Window]) -> Merged:
    """The union of touching windows, topic by topic; the order of what is given makes no difference."""
    by_topic: dict[str, list[list[Window]]] = {}
    ends: dict[str, datetime] = {}
    for window in sorted(windows, key=lambda window: (window.topic, window.start, window.end, window.session_id)):
        groups = by_topic.setdefault(window.topic, [])
        if groups and window.start <= ends[window.topic]:
            groups[-1].append(window)
            ends[window.topic] = max(window.end, ends[window.topic])
        else:
            groups.append([window])
            ends[window.topic] = window.end
    return {topic: tuple(_stretch(group) for group in groups) for topic, groups in by_topic.items()}


def stretch_of(merged: Merged, window: Window) -> Stretch | None:
    """The stretch that a window is part of, of several the last; None where nothing is left of it."""
    stretch = _last_begun(merged.get(window.topic, ()), before=window.end)
    return stretch if stretch is not None and window.start < stretch.end else None


def holding(merged: Merged, topic: str, at: datetime) -> Stretch | None:
    """The stretch in which a topic holds at an instant; None if it doesn't."""
    stretches = merged.get(topic, ())
    place = bisect_right(stretches, at, key=_START) - 1
    return stretches[place] if place >= 0 and at < stretches[place].end else None


def _last_begun(stretches: Sequence[Stretch], *, before: datetime) -> Stretch | None:
    place = bisect_left(stretches, before, key=_START) - 1
    return stretches[place] if place >= 0 else None


def _stretch(group: list[Window]) -> Stretch:
    if len(group) == 1:
        return Stretch(topic=group[0].topic, start=group[0].start, end=group[0].end, contributors=(group[0],))
    contributors = sorted(group, key=lambda window: (window.end, window.start, window.session_id))
    return Stretch(
        topic=group[0].topic,
        start=min(window.start for window in group),
        end=contributors[-1].end,
        contributors=tuple(contributors),
    )
