"""When things begin and end, and what time is meant: local days, wall-clock times. When it may go is planning's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from scheduler.domain.care.protocols import Duration, Unit
from scheduler.domain.clinics import zones


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What was meant, kept so that the instant can be derived again when zone data or a zone changes."""

    day: date
    at: time
    zone: str

    def instant(self) -> datetime:
        """The UTC instant under the zone data at hand."""
        return zones.instant(self.day, self.at, self.zone)


def end_after(length: Duration, ended_at: datetime, *, day_0: date, zone: str) -> datetime:
    """When a length counted from the end of a session is over.

    Hours count elapsed time. Days end at the local midnight after that day, a day later where that is sooner
    than as many times 24 hours (design 3.2).
    """
    if length.unit is not Unit.DAYS:
        return ended_at + length.elapsed
    last_day = day_0 + timedelta(days=length.count)
    end = zones.midnight_after(last_day, zone)
    return end if end - ended_at >= length.elapsed else zones.midnight_after(last_day + timedelta(days=1), zone)


def extended(end: datetime, more: Duration, zone: str) -> datetime:
    """An end pushed on; days keep the wall-clock time."""
    if more.unit is not Unit.DAYS:
        return end + more.elapsed
    wall = zones.local(end, zone)
    return zones.instant(wall.date() + timedelta(days=more.count), wall.time(), zone)


def first_at(at: time, after: datetime, zone: str) -> Intent:
    """The first such wall-clock time at or after an instant."""
    day = zones.local(after, zone).date()
    intent = Intent(day=day, at=at, zone=zone)
    return intent if intent.instant() >= after else Intent(day=day + timedelta(days=1), at=at, zone=zone)


def last_day(end: datetime, zone: str) -> date:
    """The local date of the last instant before an end."""
    return zones.local(end - timedelta(microseconds=1), zone).date()
