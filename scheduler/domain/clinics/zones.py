"""Wall-clock time and instants: the one place that resolves a local date and time in a zone.

Resolved in Python, never in SQL: PostgreSQL takes the second of a repeated hour, RFC 5545 and we the first.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_KEPT = 16_384
"""Wall-clock times whose instants are remembered: plans ask for the same few of each day over and over."""


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises ZoneInfoNotFoundError or ValueError if there is none."""
    try:
        return ZoneInfo(name)
    except OSError as error:  # a folder like "Europe" (cpython #85702), a name too long (cpython #96463)
        raise ZoneInfoNotFoundError(f"No time zone found with key {name}") from error


def known_zones() -> frozenset[str]:
    """Every IANA name. `localtime` and `Factory` mean another zone, or none, on each machine."""
    return frozenset(available_timezones() - {"localtime", "Factory"})


@lru_cache(maxsize=_KEPT)
def instant(day: date, at: time, zone_name: str) -> datetime:
    """The UTC instant of a wall-clock time.

    A time that a clock change skips moves forward by the gap; a repeated time means the first (RFC 5545).
    """
    return datetime.combine(day, at.replace(fold=0), zone(zone_name)).astimezone(UTC)


def local(at: datetime, zone_name: str) -> datetime:
    """The same instant on the zone's wall clock."""
    return at.astimezone(zone(zone_name))


def midnight_after(day: date, zone_name: str) -> datetime:
    """The instant at which the local date `day` is over."""
    return instant(day + timedelta(days=1), time(), zone_name)


def next_change(at: datetime, until: datetime, zone_name: str) -> datetime | None:
    """The first instant after `at`, up to and with `until`, that has another offset; None if there is none.

    All in UTC. Clocks change on whole seconds; two changes within a day that undo each other are not seen.
    """
    before = local(at, zone_name).utcoffset()

    def changed(moment: datetime) -> bool:
        return local(moment, zone_name).utcoffset() != before

    low = at.replace(microsecond=0)
    while low < until:
        high = min(low + _DAY, until)
        if changed(high):
            seconds = range((high - low) // _SECOND + 1)
            return low + _SECOND * bisect_left(seconds, x=True, key=lambda second: changed(low + _SECOND * second))
        low = high
    return None
