"""What bodies and answers are made of: strict models, and times as they are written in JSON."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_FIRST_YEAR = 1900
_LAST_YEAR = 2200
_AS_IN = "as in 2026-03-03T14:30:00+00:00"


class Body(BaseModel):
    """What a request says: no unknown names, nothing taken for something else."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Answer(BaseModel):
    """What we say, made from a view of the same attributes."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


def read_instant(value: object) -> datetime:
    """The instant that a text means. Raises ValueError, with the mend, for anything but an instant with its zone."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        message = f"give date, time and zone in quotes, {_AS_IN} (in an address, write + as %2B)"
        raise ValueError(message)
    at = _parsed(value)
    if at.tzinfo is None:
        message = f"give the time with its zone, {_AS_IN}"
        raise ValueError(message)
    return at


def read_day(value: object) -> date:
    """The date that a text means. Raises ValueError, with the mend."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        message = "give a date in quotes, as in 1990-04-30"
        raise ValueError(message)
    return _parsed(value).date()


def _parsed(value: str) -> datetime:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        message = "there is no such date or time; check the digits"
        raise ValueError(message) from None
    if not _FIRST_YEAR <= at.year < _LAST_YEAR:
        message = f"give a year from {_FIRST_YEAR} to {_LAST_YEAR - 1}"
        raise ValueError(message)
    return at


def _in_utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


Instant = Annotated[datetime, BeforeValidator(read_instant)]
Day = Annotated[date, BeforeValidator(read_day)]
Text = Annotated[str, Field(max_length=1000)]
UtcInstant = Annotated[datetime, AfterValidator(_in_utc)]
"""An instant as answers give it."""
WallClock = Annotated[datetime, WithJsonSchema({"type": "string", "examples": ["2026-03-04T10:00:00"]})]
"""A time without a zone, which the format `date-time` of JSON Schema doesn't know."""
