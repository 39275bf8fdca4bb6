"""Readers of single values: each returns the value or raises Mistake with a sentence that says the mend."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable
from datetime import date, time, timedelta
from enum import StrEnum
from typing import TypeVar

from scheduler.domain.care.protocols import Duration, Unit
from scheduler.domain.naming import did_you_mean, quoted

LONGEST_DAYS = 366
_LONGEST = timedelta(days=LONGEST_DAYS)
_DURATION = re.compile(r"(?P<count>[0-9]+)\s*(?P<unit>[A-Za-z]*)")
_CLOCK = re.compile(r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_IDENTIFIER = re.compile(r"\w[\w.-]{0,63}")
_TYPES = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "a table",
}


class Mistake(Exception):
    """What is wrong with a value, as the rest of a sentence that began with its place."""


JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]
Member = TypeVar("Member", bound=StrEnum)
T = TypeVar("T")
Reader = Callable[[object], T]


def text(value: object) -> str:
    """Text that says something, on as many lines as it likes."""
    words = any_text(value)
    if not words.strip():
        raise Mistake("is empty; write the words or leave the key out")
    return words


def any_text(value: object) -> str:
    """Text that may be empty."""
    if not isinstance(value, str):
        raise Mistake(f"must be text in quotes, not {type_name(value)}")
    if _CONTROL.search(value):
        raise Mistake("holds a control character; take it out")
    return value


def one_line(value: object) -> str:
    """Text without a line break."""
    words = text(value)
    if "\n" in words:
        raise Mistake("must stand on one line; take the line break out")
    return words


def identifier(value: object) -> str:
    """The id of something: letters, digits, `_`, `-` and `.`, at most 64."""
    words = one_line(value)
    if not _IDENTIFIER.fullmatch(words):
        raise Mistake(f"{quoted(words)} can't be an id; use letters, digits, _, - and ., at most 64")
    return words


def yes_no(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise Mistake(f"must be true or false without quotes, not {type_name(value)}")
    return value


def only_true(value: object) -> bool:
    """True, for keys whose opposite is to leave them out."""
    if not yes_no(value):
        raise Mistake("can only be true; leave it out instead")
    return True


def number(value: object) -> float:
    """A finite number; whole numbers become floats."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Mistake(f"must be a number without quotes, not {type_name(value)}")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise Mistake("must be a number that ends; nan, inf and numbers that large have no meaning here")
    return found


def day(value: object) -> int:
    """A day after day 0, up to a year ahead."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Mistake(f"must be a whole number of days, not {type_name(value)}")
    if not 0 <= value <= LONGEST_DAYS:
        raise Mistake(f"must be a day from 0 (the day of the session) to {LONGEST_DAYS}")
    return value


def clock_time(value: object) -> time:
    """A local time of day, written `10:00:00` or, in quotes, "10:00"."""
    if isinstance(value, time):
        return value
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise Mistake(f"must be a time such as 10:00:00, not {type_name(value)}")
    try:
        return time(int(found["hour"]), int(found["minute"]), int(found["second"] or 0))
    except ValueError:
        raise Mistake(f"{quoted(found[0])} is not a time of day; write one from 00:00:00 to 23:59:59") from None


def duration(value: object) -> Duration:
    """A length of time such as "48h", more than nothing and at most 366 days."""
    if isinstance(value, int) and not isinstance(value, bool):
        raise Mistake(f'needs a unit; write "{value}d", "{value}h", "{value}m" or "{value}s"')
    found = _DURATION.fullmatch(text(value).strip())
    if found is None:
        raise Mistake(f'{quoted(str(value))} is not a length of time; write a number and a unit, such as "48h" or "5d"')
    if found["unit"] not in set(Unit):
        raise Mistake(f'{quoted(found["unit"])} is not a unit of time; use s, m, h or d, such as "48h" or "5d"')
    return _length(found["count"], Unit(found["unit"]))


def member(kinds: type[Member], noun: str) -> Reader[Member]:
    """A reader of one of the words of an enum."""

    def read(value: object) -> Member:
        return kinds(known(noun, [kind.value for kind in kinds])(value))

    return read


def known(noun: str, names: Collection[str] | None) -> Reader[str]:
    """A reader of a name that must be among these; None takes any."""

    def read(value: object) -> str:
        name = one_line(value)
        if names is not None and name not in names:
            raise Mistake(no_such(noun, name, names))
        return name

    return read


def no_such(noun: str, name: str, names: Iterable[str]) -> str:
    """The sentence for a name that nothing has, with the nearest one that something does."""
    return f"there is no {noun} {quoted(name)}; {did_you_mean(name, names)}"


def type_name(value: object) -> str:
    """What the value is, in a clinic's words."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, time | date):
        return "a time" if isinstance(value, time) else "a date"
    return _TYPES.get(type(value), "nothing")


def _length(digits: str, unit: Unit) -> Duration:
    # Longer digits than the limit has can't be short enough, and huge ones would overflow.
    count = int(digits) if len(digits.lstrip("0")) <= len(str(_LONGEST // timedelta(seconds=1))) else None
    if count == 0:
        raise Mistake("is no time at all; write a length of more than nothing")
    if count is None or Duration(count, unit).elapsed > _LONGEST:
        raise Mistake(f"is longer than {LONGEST_DAYS} days; write a shorter time")
    return Duration(count, unit)
