"""What pydantic finds wrong with a request, in the words and field names of this product."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, get_args, get_type_hints

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel

from scheduler.domain.errors import Problem
from scheduler.domain.naming import did_you_mean

_LONGEST_FIELD = 200
_SENTENCES = {
    "missing": "give this, it is required",
    "string_type": "give text in quotes",
    "string_too_short": "give at least {min_length} character",
    "string_too_long": "give at most {max_length} characters",
    "bool_type": "give true or false, without quotes",
    "list_type": "give a list in square brackets",
    "dict_type": "give an object in braces",
    "model_type": "give an object in braces",
    "model_attributes_type": "give an object in braces",
    "too_long": "give at most {max_length} entries",
    "int_parsing": "give a whole number",
    "int_parsing_size": "give a whole number",
    "int_from_float": "give a whole number",
    "greater_than_equal": "give a number from {ge} up",
    "less_than_equal": "give a number up to {le}",
    "enum": "use one of: {expected}",
    "value_error": "{error}",
}
"""By pydantic's type of error; what stands in braces comes with it."""
_OTHERWISE = "this can't be used"


def problems_of(error: RequestValidationError, endpoint: Callable[..., Any]) -> tuple[Problem, ...]:
    """Every fault of a request, its field as a dotted path in the body (or the name of the parameter)."""
    hints = get_type_hints(endpoint)
    return tuple(_problem(fault, hints) for fault in error.errors())


def _problem(fault: Mapping[str, Any], hints: Mapping[str, Any]) -> Problem:
    place, *path = fault["loc"]
    field = ".".join(str(step) for step in path)[:_LONGEST_FIELD] or place
    if fault["type"] == "extra_forbidden":
        mend = did_you_mean(str(path[-1]), _names(hints[place], path[:-1]))
        return Problem(field, f"there is no such field; {mend}")
    sentence = _SENTENCES.get(fault["type"], _OTHERWISE)
    return Problem(field, sentence.format(**fault.get("ctx", {})))


def _names(annotation: object, path: Sequence[str | int]) -> list[str]:
    """The names that are known at a place: an endpoint calls its body `body` and its query `query`, as here."""
    model = next(_models(annotation))
    for step in path:
        model = next(_models(model.model_fields[str(step)].annotation))
    return list(model.model_fields)


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    for part in (annotation, *get_args(annotation)):
        if isinstance(part, type) and issubclass(part, BaseModel):
            yield part
