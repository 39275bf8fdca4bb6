"""What bodies and answers are made of: strict models, and times as they are written in JSON."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

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


class _Shortest:
    """A least length, for the document only: services refuse what is shorter, in words that say what is wanted."""

    def __init__(self, letters: int) -> None:
        self._letters = letters

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "minLength": self._letters}


class NotNull:
    """Marks what may be left out and can't be null: the document doesn't offer it, and services refuse it."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema of the value alone."""
        value: JsonSchemaValue
        (value,) = (choice for choice in handler(schema)["anyOf"] if choice != {"type": "null"})
        return value


Instant = Annotated[datetime, BeforeValidator(read_instant)]
Day = Annotated[date, BeforeValidator(read_day)]
Text = Annotated[str, Field(max_length=1000)]
Name = Annotated[str, Field(max_length=200), _Shortest(1)]
Phone = Annotated[str, Field(max_length=60), _Shortest(1)]
Email = Annotated[str, Field(max_length=254), _Shortest(3)]
Reason = Annotated[str, Field(max_length=200), _Shortest(3)]
"""Why a reminder isn't sent as planned; staff will read it."""
Words = Annotated[str, Field(max_length=500)]
"""What staff will read about a patient; services want 3 letters where they need any."""
NeededWords = Annotated[Words, _Shortest(3)]
UtcInstant = Annotated[datetime, AfterValidator(_in_utc)]
"""An instant as answers give it."""
WallClock = Annotated[datetime, WithJsonSchema({"type": "string", "examples": ["2026-03-04T10:00:00"]})]
"""A time without a zone, which the format `date-time` of JSON Schema doesn't know."""
