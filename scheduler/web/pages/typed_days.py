"""Days and times as people type them or browsers send them: `2026-03-03`, `3/3/2026`, `14:30`, `2.30pm`."""

from __future__ import annotations

import re
from datetime import date, time

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_BRITISH = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(?::\d{2})?\s*(am|pm)?", re.IGNORECASE)
_NAMED = {"midday": time(12), "noon": time(12), "midnight": time(0)}
_NOON = 12


def read_day(text: str) -> date | None:
    """The day; None for what isn't one."""
    iso, british = _ISO.fullmatch(text), _BRITISH.fullmatch(text)
    parts = iso.groups() if iso else british.groups()[::-1] if british else None
    if parts is None or not text.isascii():
        return None
    try:
        return date(int(parts[0]), int(parts[1]), int(parts[2]))
    except ValueError:
        return None


def read_clock(text: str) -> time | None:
    """The time of day; None for what isn't one, such as `13pm`."""
    found = _CLOCK.fullmatch(text)
    if found is None or not text.isascii():
        return _NAMED.get(text.lower())
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half:
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if half == "pm" else 0)
    elif found[2] is None:
        return None  # "14" may be a slip; "2pm" is a time
    try:
        return time(hour, minute)
    except ValueError:
        return None
