"""Days and times as people of a clinic read them: British words, on the clinic's wall clock."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from scheduler.domain.clinics import zones

_NOON = 12
_MINUTE = timedelta(minutes=1)
_UNITS = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (_MINUTE, "minute"))


def clock_words(at: datetime, zone: str) -> str:
    """`3:30pm`, `5pm`, `midday` or `midnight`."""
    local = zones.local(at, zone)
    if local.minute == 0 and local.hour % _NOON == 0:
        return "midday" if local.hour == _NOON else "midnight"
    minutes = f":{local.minute:02}" if local.minute else ""
    return f"{local.hour % _NOON or _NOON}{minutes}{'am' if local.hour < _NOON else 'pm'}"


def day_words(day: date, *, today: date | None = None) -> str:
    """`Wednesday 4 March`; with the year where it isn't that of `today`."""
    words = f"{day:%A} {day.day} {day:%B}"
    return words if today is None or day.year == today.year else f"{words} {day.year}"


def moment_words(at: datetime, zone: str, *, now: datetime | None = None) -> str:
    """`Wednesday 4 March at 3:30pm`; with the year where it isn't that of `now`."""
    today = None if now is None else local_day(now, zone)
    return f"{day_words(local_day(at, zone), today=today)} at {clock_words(at, zone)}"


def written_moment(at: datetime, zone: str) -> str:
    """`2026-03-04 15:30`, for files that are sorted."""
    return f"{zones.local(at, zone):%Y-%m-%d %H:%M}"


def ago_words(at: datetime, now: datetime) -> str:
    """`90 minutes ago`, `in 2 hours` or `just now`, in the largest unit of which there are two at least.

    It stands beside the exact time, never alone.
    """
    apart = abs(at - now)
    for length, unit in _UNITS:
        count = apart // length
        if count > 1 or (count and length == _MINUTE):
            words = f"{count} {unit}{'' if count == 1 else 's'}"
            return f"in {words}" if at > now else f"{words} ago"
    return "just now"


def zone_words(zone: str) -> str:
    """`London` for `Europe/London`."""
    return zone.rpartition("/")[2].replace("_", " ")


def local_day(at: datetime, zone: str) -> date:
    """The day of a moment on the clinic's wall clock."""
    return zones.local(at, zone).date()
