"""Made-up sessions on which a protocol shows what it does: a plain one, and others that differ from it in one thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from scheduler.domain.care.boundaries import (
    DAYS_SINCE_LAST,
    ENDED_TIME,
    FLAGS,
    ORDINARY_END,
    SESSION_NUMBER,
    conditions,
    plain_value,
    told_value,
    values,
)
from scheduler.domain.care.conditions import Condition, Value
from scheduler.domain.care.protocols import CareProtocol
from scheduler.domain.clinics import zones

PLAIN_DAY = date(2026, 3, 3)
"""A Tuesday on which nothing happens: the day of every example in the documentation."""
LATE_END = time(23, 50)
_YEAR = timedelta(days=366)
_SECOND = 2
_USUAL_DAYS = 28
"""Between two sessions, where no rule asks for it."""
MOST_SESSIONS = 12
"""A sample has its earlier sessions with it, and none needs more."""


class Reach(StrEnum):
    """How the patient of a sample can be reached."""

    PHONE_AND_EMAIL = "phone and email"
    NO_PHONE = "no phone"
    """Email alone."""
    STOPPED = "stopped"
    """A phone alone, whose owner stopped these texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A session of a made-up patient."""

    name: str
    """What is special about it."""
    facts: Mapping[str, Value]
    """The protocol's own facts; what nobody recorded isn't here."""
    flags: tuple[str, ...] = ()
    number: int = 1
    """Of this procedure; the sessions before it had the same facts."""
    days_since_last: int | None = None
    """Between each session and the one before; None for a first session."""
    ended: datetime = datetime.combine(PLAIN_DAY, ORDINARY_END)  # noqa: RUF009, DTZ  the wall clock of a zone to come
    """On the clinic's wall clock, without a zone."""
    reach: Reach = Reach.PHONE_AND_EMAIL


def plain_sample(protocol: CareProtocol) -> Sample:
    """A first session on an ordinary day, each fact at its default or the middle of its choices."""
    found = {name: plain_value(fact) for name, fact in protocol.facts.items()}
    return Sample(name="plain", facts={name: value for name, value in found.items() if value is not None})


def samples(protocol: CareProtocol, zone: str) -> tuple[Sample, ...]:
    """The plain sample, then one for each boundary of the protocol, of the calendar, and of the ways to a patient."""
    plain = plain_sample(protocol)
    return (
        plain,
        *variations(protocol, plain),
        *_around_midnight(plain, zone),
        replace(plain, name="no phone", reach=Reach.NO_PHONE),
        replace(plain, name="stopped", reach=Reach.STOPPED),
    )


def variations(protocol: CareProtocol, plain: Sample) -> Iterator[Sample]:
    """Samples that differ from this one in a single fact, flag, time of day or earlier session."""
    asked = tuple(conditions(protocol))
    names = {name for condition in asked for name in condition.names()}
    for name, fact in protocol.facts.items():
        for value in values(name, fact, asked):
            if value != plain.facts.get(name):
                yield _with_fact(plain, name, value, told=told_value(name, fact, value))
    for flags in values(FLAGS, None, asked):
        if isinstance(flags, tuple) and len(flags) == 1:
            yield replace(plain, name=f"flag {flags[0]}", flags=flags)
    if ENDED_TIME in names:
        times = (at for at in values(ENDED_TIME, None, asked) if isinstance(at, time))
        yield from (_ended(plain, at) for at in times if at != plain.ended.time())
    if names & {SESSION_NUMBER, DAYS_SINCE_LAST}:
        yield from _repeats(plain, asked)


def late_sample(plain: Sample) -> Sample:
    """This sample at ten to midnight."""
    return _ended(plain, LATE_END)


def _ended(plain: Sample, at: time) -> Sample:
    return replace(plain, name=f"ended {at:%H:%M}", ended=datetime.combine(plain.ended.date(), at))


def _with_fact(plain: Sample, name: str, value: Value | None, *, told: str) -> Sample:
    facts = {other: known for other, known in plain.facts.items() if other != name}
    return replace(plain, name=told, facts=facts if value is None else {**facts, name: value})


def _repeats(plain: Sample, asked: tuple[Condition, ...]) -> Iterator[Sample]:
    """A second session after each number of days, and each later number after the longest of them."""
    named = {int(since) for since in values(DAYS_SINCE_LAST, None, asked) if isinstance(since, float)}
    days = [_USUAL_DAYS, *sorted(named - {_USUAL_DAYS})]
    yield from (_repeat(plain, _SECOND, since) for since in days)
    for number in values(SESSION_NUMBER, None, asked):
        if isinstance(number, float) and _SECOND < number <= MOST_SESSIONS:
            yield _repeat(plain, int(number), max(days))


def _repeat(plain: Sample, number: int, since: int) -> Sample:
    name = f"session {number}, {since} days after the last"
    return replace(plain, name=name, number=number, days_since_last=since)


def _around_midnight(plain: Sample, zone: str) -> Iterator[Sample]:
    yield late_sample(plain)
    start = datetime(PLAIN_DAY.year, 1, 1, tzinfo=UTC)
    change = zones.next_change(start, start + _YEAR, zone)
    while change is not None:
        before = zones.local(change - timedelta(days=1), zone).date()
        name = f"the day before the clocks go {_way(change, zone)}"
        yield replace(plain, name=name, ended=datetime.combine(before, plain.ended.time()))
        change = zones.next_change(change, start + _YEAR, zone)


def _way(change: datetime, zone: str) -> str:
    before, after = (zones.local(at, zone).utcoffset() for at in (change - timedelta(hours=1), change))
    return "forward" if before is not None and after is not None and after > before else "back"
