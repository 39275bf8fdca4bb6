"""Dates in lines that people read: what messages told a patient, and what holds of a session's advice now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from scheduler.domain.care.planning import Plan
from scheduler.domain.care.protocols import Advice, ProtocolVersion
from scheduler.domain.care.timing import last_day
from scheduler.domain.people.patients import Channel
from scheduler.services import care
from scheduler.storage.told_dates import ToldWhere


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldLine:
    """A date that a message told for topics, and what holds of it now."""

    topics: tuple[str, ...]
    """As patients read them."""
    advice: Advice
    until: date
    """The last day, as it was told."""
    told_at: datetime
    channel: Channel
    now_until: date | None
    """The last day as it is planned now, where it is another; None where what was told holds, or nothing does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLine:
    """Topics of a session that end on the same day."""

    topics: tuple[str, ...]
    advice: Advice
    start: datetime
    """When they begin: later than the session's end for a few."""
    until: date
    """The last day."""


def told_lines(found: care.Care, plan: Plan, told: Iterable[ToldWhere], zone: str) -> tuple[ToldLine, ...]:
    """What a patient was told, oldest first; topics that one message told with one date stand in one line.

    A message names one date for all that it speaks of, the last; what ended before that is not what the date was for.
    """
    words = TopicWords(found)
    messages: dict[tuple[datetime, datetime, Channel], list[str]] = defaultdict(list)
    for one in told:
        if one.own_end < one.until:
            continue
        messages[one.told_at, one.until, one.channel].append(one.topic)
    return tuple(
        ToldLine(
            topics=tuple(words.name(topic) for topic in topics if words.advice(topic) is advice),
            advice=advice,
            until=last_day(until, zone),
            told_at=told_at,
            channel=channel,
            now_until=_moved(plan, topics, until, told_at, zone),
        )
        for (told_at, until, channel), topics in messages.items()
        for advice in sorted({words.advice(topic) for topic in topics})
    )


def _moved(plan: Plan, topics: Iterable[str], told: datetime, told_at: datetime, zone: str) -> date | None:
    """The day on which the last of them ends now, if that is another than the day that was told.

    A stretch that begins after the told end is something new, of which the message said nothing.
    """
    stretches = (stretch for topic in topics for stretch in plan.windows.get(topic, ()))
    ends = [stretch.end for stretch in stretches if stretch.start <= told and stretch.end > told_at]
    now = last_day(max(ends), zone) if ends else None
    return None if now == last_day(told, zone) else now


def sheet_lines(found: care.Care, plan: Plan, session_id: str, zone: str) -> tuple[SheetLine, ...]:
    """What a session's patient should do and leave out until when, the first to end first; other sessions counted."""
    words = TopicWords(found)
    lines: dict[tuple[date, Advice, datetime], list[str]] = defaultdict(list)
    for topic in plan.topics_of(session_id):
        for stretch in plan.windows[topic]:
            if any(window.session_id == session_id for window in stretch.contributors):
                lines[last_day(stretch.end, zone), words.advice(topic), stretch.start].append(words.name(topic))
    return tuple(
        SheetLine(topics=tuple(sorted(names)), advice=advice, start=start, until=until)
        for (until, advice, start), names in sorted(lines.items())
    )


class TopicWords:
    """What the topics of a patient's sessions are called in the clinic's first language."""

    def __init__(self, found: care.Care) -> None:
        """Of the versions under which this patient's sessions are planned."""
        self._versions: tuple[ProtocolVersion, ...] = tuple(found.protocols.values())
        self._languages = found.clinic.languages

    def name(self, topic: str) -> str:
        """`retinol`; its id in words where no version has one."""
        names = (version.topic_names(*self._languages) for version in self._versions)
        return next((one[topic] for one in names if topic in one), topic.replace("_", " "))

    def advice(self, topic: str) -> Advice:
        """What it says."""
        known = (version.topics[topic].advice for version in self._versions if topic in version.topics)
        return next(known, Advice.AVOID)
