"""The environment variable of each setting, and what it takes, in words. Knows no values."""

from __future__ import annotations

from pathlib import Path
from types import NoneType
from typing import Literal, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from scheduler.settings.model import PREFIX, Settings


def variable(*path: str) -> str:
    """The environment variable of a setting: `variable("smtp", "port")` is `AFTERCARE_SMTP__PORT`."""
    return PREFIX + "__".join(path).upper()


def _fields(model: type[BaseModel], *path: str) -> dict[str, FieldInfo]:
    found: dict[str, FieldInfo] = {}
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            found |= _fields(field.annotation, *path, name)
        else:
            found[variable(*path, name)] = field
    return found


# Every variable there is, in the order of the docs.
VARIABLES = _fields(Settings)


def takes(field: FieldInfo) -> str:
    """What a setting takes, as it reads after "must be": `a whole number from 1 to 64`."""
    kind = _without_none(field.annotation)
    if get_origin(kind) is Literal:
        *others, last = get_args(kind)
        return f"{', '.join(others)} or {last}"
    if kind is int:
        return f"a whole number{_range(field)}"
    return "true or false" if kind is bool else "a path" if kind is Path else "text"


def _without_none(annotation: object) -> object:
    """`str` of `str | None`; anything else as it is."""
    kinds = [kind for kind in get_args(annotation) if kind is not NoneType]
    return kinds[0] if len(kinds) == 1 else annotation


def _range(field: FieldInfo) -> str:
    low = next((rule.ge for rule in field.metadata if isinstance(rule, Ge)), None)
    high = next((rule.le for rule in field.metadata if isinstance(rule, Le)), None)
    return "" if low is None or high is None else f" from {low} to {high}"
