"""When a session ended, as the form asks for it: just now, or a day and a time on the clinic's wall clock."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from scheduler.domain.clinics import zones
from scheduler.domain.errors import Invalid, Problem
from scheduler.services.registering import MOST_AGO
from scheduler.web.pages.forms import Form
from scheduler.web.pages.times import clock_words, day_words
from scheduler.web.pages.typed_days import read_clock, read_day

NOW, EARLIER = "now", "earlier"
NOW_SHOWN = "now_shown"
"""Hidden: which moment the page called just now. A form may arrive long after, once there is a connection again."""
_STILL_NOW = timedelta(minutes=15)


def read_ended(form: Form, *, zone: str, now: datetime) -> datetime:
    """The moment. Raises Invalid for what is no time, for one that is yet to come, and for one of long ago."""
    if form.text("ended") != EARLIER:
        return _just_now(form.text(NOW_SHOWN), zone=zone, now=now)
    day, at = read_day(form.text("ended_date")), read_clock(form.text("ended_time"))
    problems = []
    if day is None:
        problems.append(Problem("ended_date", "Enter the day that the session ended, like 3/3/2026"))
    if at is None:
        problems.append(Problem("ended_time", "Enter the time that the session ended, like 2:30pm"))
    if day is None or at is None:
        raise Invalid(*problems)
    today = zones.local(now, zone).date()
    if day > today:
        raise Invalid.of("ended_date", "End time must be today or earlier")
    if day < today - MOST_AGO:
        raise Invalid.of("ended_date", f"End time must be in the last {MOST_AGO.days} days")
    moment = read_instant(day, at, zone=zone, name="ended_time")
    if moment > now:
        raise Invalid.of("ended_time", "End time must be now or earlier")
    return moment


def twice_words(form: Form, *, zone: str) -> str | None:
    """What to know of a time that the clocks showed twice; None for any other."""
    day, at = read_day(_typed(form, "ended_date")), read_clock(_typed(form, "ended_time"))
    return None if day is None or at is None or _typed(form, "ended") != EARLIER else came_twice(day, at, zone=zone)


def came_twice(day: date, at: time, *, zone: str) -> str | None:
    """The same of a day and a time that are read already."""
    first, second = (datetime.combine(day, at.replace(fold=fold), zones.zone(zone)).utcoffset() for fold in (0, 1))
    if first is None or second is None or first <= second:
        return None
    shown = clock_words(zones.instant(day, at, zone), zone)
    return f"Clocks went back on {day_words(day)}, so {shown} came twice: the first is meant here."


def read_instant(day: date, at: time, *, zone: str, name: str) -> datetime:
    """The moment of a time that the clocks showed. Raises Invalid, at the field `name`, for one that they skipped."""
    moment = zones.instant(day, at, zone)
    shown = zones.local(moment, zone)
    if (shown.date(), shown.time()) != (day, at):
        told = clock_words(datetime.combine(day, at, zones.zone("UTC")), "UTC")
        words = f"Clocks went forward on {day_words(day)} and never showed {told}: enter the time that they showed"
        raise Invalid.of(name, words)
    return moment


def _just_now(shown: str, *, zone: str, now: datetime) -> datetime:
    """What the page called just now; the present where it doesn't say. Raises Invalid for a page of long ago."""
    moment = _read_moment(shown) or now
    if not now - _STILL_NOW <= moment <= now:
        told = clock_words(min(moment, now), zone)
        raise Invalid.of("ended", f"This page is from {told}: check when the session ended, and save again")
    return moment.replace(second=0, microsecond=0)


def _read_moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _typed(form: Form, name: str) -> str:
    return next(iter(form.as_typed(name)), "").strip()
