"""Routes that read their requests strictly: what can't be meant, can't be stored or would be guessed is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Any, NoReturn

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import Response

from scheduler.domain.errors import Invalid, Problem
from scheduler.web.errors import Unreadable, WrongContentType

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_JSON = "application/json"
_NUL = "\0"
_DEEPEST = 20
_LONGEST_TEXT = 1000
_LONGEST_NAME = 100
"""Of a field's name that is shown in an error."""


class StrictRoute(APIRoute):
    """A route whose body must be JSON as RFC 8259 has it, and whose parameters are given once."""

    def get_route_handler(self) -> Handler:
        """The framework's own handler, given a request that was read here."""
        handle = super().get_route_handler()

        async def handle_strictly(request: Request) -> Response:
            _check_address(request)
            read = _ReadRequest(request.scope, request.receive)
            await read.load()
            return await handle(read)

        return handle_strictly


class _ReadRequest(Request):
    """A request whose JSON was read by `read_json`, before the framework asks for it."""

    parsed: object = None

    async def load(self) -> None:
        """Read the body, if there is one. Raises WrongContentType, Unreadable or Invalid."""
        raw = await self.body()
        if raw:
            if self.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
                message = f"Send the body as JSON, with the header Content-Type: {_JSON}."
                raise WrongContentType(message)
            self.parsed = read_json(raw)

    async def json(self) -> object:
        """The body's value."""
        return self.parsed


def read_json(raw: bytes) -> object:
    """The value of a JSON text in UTF-8. Of a name that stands twice in an object, the last counts.

    Raises Unreadable for what isn't JSON or is nested deeper than anything we take, and Invalid, with the field,
    for text that can't be stored. What was sent is never repeated.
    """
    try:
        value = json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise Unreadable("The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise Unreadable(f"The body is not JSON: line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise Unreadable("The body is nested too deeply.") from None
    except ValueError:
        raise Unreadable("The body holds a number with too many digits.") from None
    problems = tuple(_unusable(value, ()))
    if problems:
        raise Invalid(*problems)
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise Unreadable(f"The body is not JSON: {name} is no number there.")


def _unusable(value: object, path: tuple[str, ...]) -> Iterator[Problem]:
    if len(path) > _DEEPEST:
        raise Unreadable("The body is nested too deeply.")
    mend = _mend(value) if isinstance(value, str) else None
    if mend:
        yield Problem(".".join(path) or "body", mend)
    for name, inner in _inside(value):
        if _mend(name):
            yield Problem(".".join((*path, _shown(name))), "there is no such field; leave it out")
        yield from _unusable(inner, (*path, _shown(name)))


def _inside(value: object) -> Iterable[tuple[str, object]]:
    if isinstance(value, dict):
        return value.items()
    return ((str(place), inner) for place, inner in enumerate(value)) if isinstance(value, list) else ()


def _mend(text: str) -> str | None:
    if len(text) > _LONGEST_TEXT:
        return f"give at most {_LONGEST_TEXT} characters"
    if _NUL in text or not _is_encodable(text):
        return "there is a character in it that can't be stored (NUL, or half a surrogate pair); leave it out"
    return None


def _shown(name: str) -> str:
    return name[:_LONGEST_NAME].encode(errors="replace").decode().replace(_NUL, "?")


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_address(request: Request) -> None:
    """Nothing, if path and query can be used. Raises HTTPException or Invalid."""
    if _NUL in request.url.path or any(_NUL in str(part) for part in request.path_params.values()):
        raise HTTPException(404)
    names = [name for name, _ in request.query_params.multi_items()]
    twice = sorted({name for name in names if names.count(name) > 1})
    problems = [Problem(_shown(name), "give this once") for name in twice]
    problems += [
        Problem(_shown(name), "there is a NUL character in it; leave it out")
        for name, value in request.query_params.items()
        if _NUL in name + value
    ]
    if problems:
        raise Invalid(*problems)
