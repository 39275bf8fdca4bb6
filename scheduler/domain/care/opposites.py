"""Topics that say the opposite of each other: which ones, and that the one that avoids wins while it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from scheduler.domain.care.merging import Merged, Stretch
from scheduler.domain.care.protocols import Advice, ProtocolVersion, Topic

Opposites = Mapping[str, frozenset[str]]
"""By a topic that says do: those that say to avoid it."""


def opposites(versions: Iterable[ProtocolVersion]) -> Opposites:
    """The topics to avoid that speak against a topic to do, in any of the versions."""
    found: dict[str, set[str]] = {}
    for version in versions:
        for topic in version.topics.values():
            other = version.topics.get(topic.opposes or "")
            if other is not None and other.advice is not topic.advice:
                do, avoid = _in_order(topic, other)
                found.setdefault(do.id, set()).add(avoid.id)
    return {do: frozenset(avoids) for do, avoids in found.items()}


def _in_order(one: Topic, other: Topic) -> tuple[Topic, Topic]:
    return (one, other) if one.advice is Advice.DO else (other, one)


def without_opposed(merged: Merged, opposed: Opposites) -> Merged:
    """The stretches with those of topics to do cut where a topic to avoid that opposes them holds."""
    cut = {do: tuple(_cut(merged, merged[do], avoids)) for do, avoids in opposed.items() if do in merged}
    return {topic: cut.get(topic, parts) for topic, parts in merged.items() if cut.get(topic, parts)}


def _cut(merged: Merged, stretches: Iterable[Stretch], avoids: Iterable[str]) -> Iterator[Stretch]:
    against = sorted((part.start, part.end) for avoid in avoids for part in merged.get(avoid, ()))
    for stretch in stretches:
        start = stretch.start
        for begins, ends in against:
            if begins < stretch.end and ends > start:
                yield from _piece(stretch, start, begins)
                start = ends
        yield from _piece(stretch, start, stretch.end)


def _piece(stretch: Stretch, start: datetime, end: datetime) -> Iterator[Stretch]:
    inside = tuple(window for window in stretch.contributors if window.start < end and window.end > start)
    if start < end and inside:
        yield (
            stretch
            if (start, end) == (stretch.start, stretch.end)
            else replace(stretch, start=start, end=end, contributors=inside)
        )
