"""The windows that one session opens by itself: band, durations, modifiers, overrides. Merging is elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.care import timing
from scheduler.domain.care.conditions import Facts, truth
from scheduler.domain.care.protocols import (
    Add,
    AtLeast,
    Band,
    CareProtocol,
    Duration,
    Modifier,
    ProtocolVersion,
    WindowRule,
)
from scheduler.domain.care.sessions import TreatmentSession
from scheduler.domain.people.patients import Override


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One session's share of the plan: what its rules are read with."""

    session: TreatmentSession
    version: ProtocolVersion
    facts: Facts
    """Derived facts and the band included."""
    band: Band | None
    """None where the protocol has no bands."""
    zone: str
    """The patient's wall clock."""

    @property
    def protocol(self) -> CareProtocol:
        """The rules."""
        return self.version.protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From when until when one session's rules ask for a topic: half-open, in UTC."""

    topic: str
    session_id: str
    start: datetime
    end: datetime
    rule: WindowRule
    base: Duration
    """The duration of the session's own band."""
    modifier: Modifier | None = None
    """The one whose end was longest, if it beat the band's."""
    override: Override | None = None


def find_band(protocol: CareProtocol, facts: Facts) -> Band | None:
    """The first band whose condition is true; None if there is none."""
    return next((band for band in protocol.bands if truth(band.when, facts) is True), None)


def own_windows(course: Course, overrides: tuple[Override, ...] = ()) -> tuple[Window, ...]:
    """The session's windows, in the order of the rules; one that would be empty is left out."""
    by_topic = {override.topic: override for override in overrides if override.session_id == course.session.id}
    longer = tuple(modifier for modifier in course.protocol.modifiers if truth(modifier.when, course.facts) is True)
    built: dict[str, datetime] = {}
    found: dict[int, Window] = {}
    for index, rule in _starts_first(course):
        window = _window(course, rule, longer, ends=built, override=by_topic.get(rule.topic))
        if window is not None:
            built[rule.topic] = max(window.end, built.get(rule.topic, window.end))
            found[index] = window
    return tuple(found[index] for index in sorted(found) if found[index].end > found[index].start)


def _starts_first(course: Course) -> Iterator[tuple[int, WindowRule]]:
    """The rules that apply, those whose `from` names a topic after that topic's own."""
    waiting = [
        (index, rule) for index, rule in enumerate(course.protocol.windows) if truth(rule.when, course.facts) is True
    ]
    while waiting:
        missing = {rule.topic for _, rule in waiting}
        ready = [(index, rule) for index, rule in waiting if rule.start not in missing]
        if not ready:  # a cycle, which the catalog refuses: nothing can begin
            return
        yield from ready
        waiting = [pair for pair in waiting if pair not in ready]


def _window(
    course: Course,
    rule: WindowRule,
    longer: tuple[Modifier, ...],
    *,
    ends: Mapping[str, datetime],
    override: Override | None,
) -> Window | None:
    base = rule.length(_band_id(course))
    if base is None:
        return None
    start = _start(course, rule, ends)
    end, modifier = _longest(course, rule, base, longer)
    shorter = override if override is not None and override.until < end else None  # it never lengthens
    return Window(
        topic=rule.topic,
        session_id=course.session.id,
        start=start,
        end=shorter.until if shorter else end,
        rule=rule,
        base=base,
        modifier=None if shorter else modifier,
        override=shorter,
    )


def _start(course: Course, rule: WindowRule, ends: Mapping[str, datetime]) -> datetime:
    if isinstance(rule.start, Duration):
        return _end_after(course, rule.start)
    return ends.get(rule.start or "", course.session.ended_at)


def _longest(
    course: Course, rule: WindowRule, base: Duration, longer: tuple[Modifier, ...]
) -> tuple[datetime, Modifier | None]:
    """The latest end that the band and each modifier propose: the longest counts, none stack."""
    end, owner = _end_after(course, base), None
    for modifier in longer:
        if rule.topic in modifier.topics:
            proposed = _proposal(course, rule, base, modifier)
            if proposed > end:
                end, owner = proposed, modifier
    return end, owner


def _proposal(course: Course, rule: WindowRule, base: Duration, modifier: Modifier) -> datetime:
    effect = modifier.effect
    if isinstance(effect, AtLeast):
        return _end_after(course, effect.length)
    if isinstance(effect, Add):
        return timing.extended(_end_after(course, base), effect.more, course.zone)
    deeper = _deeper(course, rule)
    if deeper is not None:
        return _end_after(course, deeper)
    end = _end_after(course, base)
    return timing.extended(end, effect.at_deepest, course.zone) if effect.at_deepest else end


def _deeper(course: Course, rule: WindowRule) -> Duration | None:
    """The rule's duration in the next deeper band; None at the deepest."""
    order = course.protocol.band_order
    place = order.index(course.band.id) + 1 if course.band else len(order)
    return rule.length(order[place]) if place < len(order) else None


def _end_after(course: Course, length: Duration) -> datetime:
    session = course.session
    return timing.end_after(length, session.ended_at, day_0=session.day_0, zone=course.zone)


def _band_id(course: Course) -> str | None:
    return course.band.id if course.band else None
