"""A clinic's settings as text: what `clinic set` reads and `clinic show` writes, and each country's defaults."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date, timedelta

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.clinics.hours import WeekHours
from scheduler.domain.clinics.hours_text import format_week, parse_week
from scheduler.domain.clinics.zones import known_zones
from scheduler.domain.errors import Invalid
from scheduler.domain.naming import did_you_mean

EMERGENCY_LINES = {
    "GB": ("999", "111"),
    "IE": ("112", "your GP out-of-hours line"),
    "US": ("911", "911"),
    "CA": ("911", "811"),
    "AU": ("000", "1800 022 222"),
    "NZ": ("111", "0800 611 116"),
    "DE": ("112", "116117"),
    "FR": ("15", "116117"),
    "IN": ("112", "112"),
}
"""Emergency number and public out-of-hours line by country; a clinic should check them and set its own."""
FALLBACK_LINES = ("112", "112")
_LINE = re.compile(r"[0-9+(). -]{2,40}")
_MONTHS = re.compile(r"([0-9]{1,3})(?: months?)?")
FEWEST_MONTHS = 6
"""What a past session still forbids must be known as long as it does, and a complaint may come late."""
_MOST_MONTHS = 240
_FEWEST_DIGITS = 2
"""Short codes such as 15 are numbers, too."""

Change = Callable[[Clinic, str], Clinic]


def change(clinic: Clinic, key: str, value: str, *, languages: Collection[str]) -> Clinic:
    """The clinic with one setting as the text says. Raises Invalid, naming the key and the mend."""
    name = key.strip().lower().replace("-", "_")
    if name == "languages":
        return replace(clinic, languages=_languages(value, languages))
    if name not in _CHANGES:
        raise Invalid.of(key, f"there is no such setting; {did_you_mean(name, [*_CHANGES, 'languages'])}")
    try:
        return _CHANGES[name](clinic, value.strip())
    except ValueError as error:
        raise Invalid.of(name, str(error)) from error


def as_text(clinic: Clinic) -> dict[str, str]:
    """Every setting by key, as `change` reads it back."""
    lines, limits = clinic.lines, clinic.limits
    return {
        "name": clinic.name,
        "zone": clinic.zone,
        "languages": ", ".join(clinic.languages),
        "sending_hours": format_week(clinic.sending_hours),
        "opening_hours": format_week(clinic.opening_hours) if clinic.opening_hours else "none",
        "closed_days": ", ".join(sorted(day.isoformat() for day in clinic.closed_days)) or "none",
        "phone": lines.phone,
        "out_of_hours": lines.out_of_hours,
        "urgent": lines.urgent,
        "emergency": lines.emergency,
        "limit_day_0": str(limits.day_0),
        "limit_per_day": str(limits.per_day),
        "limit_per_course": str(limits.per_course),
        "limit_apart_minutes": str(int(limits.apart.total_seconds() // 60)),
        "retention": f"{clinic.retention_months} months" if clinic.retention_months else "none",
    }


def _set_name(clinic: Clinic, value: str) -> Clinic:
    return replace(clinic, name=_text(value))


def _set_zone(clinic: Clinic, value: str) -> Clinic:
    if value not in known_zones():
        message = f"there is no zone {value}; {did_you_mean(value, known_zones())}"
        raise ValueError(message)
    return replace(clinic, zone=value)


def _set_sending_hours(clinic: Clinic, value: str) -> Clinic:
    hours = parse_week(value)
    if not any(hours.days):
        message = "give at least one hour in which texts may go; to stop all of them, pause the clinic"
        raise ValueError(message)
    return replace(clinic, sending_hours=hours)


def _set_opening_hours(clinic: Clinic, value: str) -> Clinic:
    hours: WeekHours | None = None if value in {"", "none"} else parse_week(value)
    return replace(clinic, opening_hours=hours)


def _set_closed_days(clinic: Clinic, value: str) -> Clinic:
    words = [] if value in {"", "none"} else value.replace(",", " ").split()
    try:
        return replace(clinic, closed_days=frozenset(date.fromisoformat(word) for word in words))
    except ValueError:
        message = "write closed days as 2026-12-25, 2026-12-26"
        raise ValueError(message) from None


def _set_line(name: str) -> Change:
    read = line_number if name in {"phone", "emergency"} else _line_words
    return lambda clinic, value: replace(clinic, lines=replace(clinic.lines, **{name: read(value)}))


def _set_day_0(clinic: Clinic, value: str) -> Clinic:
    return replace(clinic, limits=replace(clinic.limits, day_0=_count(value)))


def _set_per_day(clinic: Clinic, value: str) -> Clinic:
    return replace(clinic, limits=replace(clinic.limits, per_day=_count(value)))


def _set_per_course(clinic: Clinic, value: str) -> Clinic:
    return replace(clinic, limits=replace(clinic.limits, per_course=_count(value)))


def _set_apart(clinic: Clinic, value: str) -> Clinic:
    return replace(clinic, limits=replace(clinic.limits, apart=timedelta(minutes=_count(value))))


def _set_retention(clinic: Clinic, value: str) -> Clinic:
    if value.lower() in {"", "none"}:
        return replace(clinic, retention_months=None)
    found = _MONTHS.fullmatch(value.lower())
    if found is None or not FEWEST_MONTHS <= int(found[1]) <= _MOST_MONTHS:
        message = f"write none, or {FEWEST_MONTHS} to {_MOST_MONTHS} months, as in 24 months"
        raise ValueError(message)
    return replace(clinic, retention_months=int(found[1]))


def _languages(value: str, known: Collection[str]) -> tuple[str, ...]:
    words = tuple(dict.fromkeys(value.replace(",", " ").split()))
    for word in words:
        if word not in known:
            raise Invalid.of("languages", f"there are no messages in {word}; {did_you_mean(word, known)}")
    if not words:
        raise Invalid.of("languages", "give at least one language, the main one first")
    return words


def _text(value: str) -> str:
    longest = 40
    if not value or len(value) > longest or not value.isprintable():
        message = f"give 1 to {longest} letters or digits; it stands in texts"
        raise ValueError(message)
    return value


def _line_words(value: str) -> str:
    """A number, or whom to turn to in words (`your GP`)."""
    if "((" in value:
        message = "write it without ((: it stands in texts as it is"
        raise ValueError(message)
    return _text(value)


def line_number(value: str) -> str:
    """A number as patients read and dial it. Raises ValueError with the mend."""
    if not _LINE.fullmatch(value) or sum(letter.isdecimal() for letter in value) < _FEWEST_DIGITS:
        message = "give a number that a patient can dial, in digits, spaces and + ( ) - . only; it stands in texts"
        raise ValueError(message)
    return value


def _count(value: str) -> int:
    most = 1440
    if not value.isascii() or not value.isdecimal() or int(value) > most:
        message = f"give a whole number from 0 to {most}"
        raise ValueError(message)
    return int(value)


_CHANGES: dict[str, Change] = {
    "name": _set_name,
    "zone": _set_zone,
    "sending_hours": _set_sending_hours,
    "opening_hours": _set_opening_hours,
    "closed_days": _set_closed_days,
    "phone": _set_line("phone"),
    "out_of_hours": _set_line("out_of_hours"),
    "urgent": _set_line("urgent"),
    "emergency": _set_line("emergency"),
    "limit_day_0": _set_day_0,
    "limit_per_day": _set_per_day,
    "limit_per_course": _set_per_course,
    "limit_apart_minutes": _set_apart,
    "retention": _set_retention,
}
