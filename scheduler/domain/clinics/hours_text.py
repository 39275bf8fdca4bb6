"""Hours as people write them: `mon-fri 09:00-17:00, sat 10:00-14:00`, and back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time
from itertools import groupby

from scheduler.domain.clinics.hours import DAY_NAMES, Span, WeekHours

_SPAN = re.compile(r"(?P<opens>\d{1,2}:\d{2})\s*(?:-|\u2013|to)\s*(?P<closes>\d{1,2}:\d{2})")
_BETWEEN_DAYS = re.compile(r"\s*[-\u2013]\s*|\s+to\s+")
_EVERY_DAY = frozenset({"", "daily", "every day"})
_FULL_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FEWEST_LETTERS = 3
_END_OF_DAY = "24:00"
_CLOSED = "closed"
_FORM = (
    "write hours as 08:00-20:00 or mon-fri 09:00-17:00, sat 10:00-14:00; "
    "leave out the days that are closed, or write closed for all of them"
)


def parse_week(text: str) -> WeekHours:
    """The hours that the text says; one span without days means every day, `closed` means none at all.

    Days that are not named are shut, `24:00` is the end of the day, a day may be named twice (a lunch break).
    Raises ValueError with a sentence that says how to write them.
    """
    days: list[list[Span]] = [[] for _ in DAY_NAMES]
    for part in _parts(text.strip().lower()):
        for day, span in _part(part):
            days[day].append(span)
    return WeekHours(tuple(tuple(sorted(spans, key=lambda span: span.opens)) for spans in days))


def format_week(hours: WeekHours) -> str:
    """The text that `parse_week` reads back to equal hours; neighbouring days that are alike are joined."""
    if not any(hours.days):
        return _CLOSED
    return ", ".join(f"{days} {_format_span(span)}".lstrip() for days, spans in _alike(hours) for span in spans)


def _parts(text: str) -> list[str]:
    return [] if text == _CLOSED else [piece.strip() for piece in text.split(",")]


def _part(part: str) -> list[tuple[int, Span]]:
    found = _SPAN.search(part)
    if found is None or found.end() != len(part):
        raise ValueError(f"can't read {part!r} as hours: {_FORM}")
    span = Span(_read_time(found["opens"]), _read_closing(found["closes"]))
    return [(day, span) for day in _read_days(part[: found.start()].strip(" =:"))]


def _read_days(text: str) -> list[int]:
    if text in _EVERY_DAY:
        return list(range(len(DAY_NAMES)))
    days = [_read_day(word) for word in _BETWEEN_DAYS.split(text, maxsplit=1)]
    first, last = days[0], days[-1]
    if first is None or last is None:
        raise ValueError(f"can't read {text!r} as days: {_FORM}")
    return [(first + step) % 7 for step in range((last - first) % 7 + 1)]


def _read_day(word: str) -> int | None:
    if len(word) < _FEWEST_LETTERS:
        return None
    return next((day for day, name in enumerate(_FULL_NAMES) if name.startswith(word)), None)


def _read_time(text: str) -> time:
    hour, minute = text.split(":")
    try:
        return time(int(hour), int(minute))
    except ValueError:
        raise ValueError(f"{text} is not a time of day: {_FORM}") from None


def _read_closing(text: str) -> time | None:
    return None if text == _END_OF_DAY else _read_time(text)


def _alike(hours: WeekHours) -> Iterator[tuple[str, tuple[Span, ...]]]:
    for spans, group in groupby(zip(DAY_NAMES, hours.days, strict=True), key=lambda day: day[1]):
        names = [name for name, _ in group]
        yield _join_days(names), spans


def _join_days(names: list[str]) -> str:
    if len(names) == len(DAY_NAMES):
        return ""
    return names[0] if len(names) == 1 else f"{names[0]}-{names[-1]}"


def _format_span(span: Span) -> str:
    closes = _END_OF_DAY if span.closes is None else f"{span.closes:%H:%M}"
    return f"{span.opens:%H:%M}-{closes}"
