"""Errors as HTTP answers: one table says which error is which status.

Here they are told to machines (RFC 9457, problem+json); `pages.error_pages` tells the same faults to people.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from scheduler.domain.delivery.receipts import NoAnswer
from scheduler.domain.delivery.reminders import WrongMove
from scheduler.domain.errors import Invalid, NotAllowed, NotFound, NotNow, Problem, SchedulerError
from scheduler.storage.crypto import KeyUnusable
from scheduler.storage.database import DatabaseUnusable
from scheduler.storage.tenancy import WrongClinic
from scheduler.web.validation import problems_of

_log = logging.getLogger(__name__)
_RETRY_AFTER_SECONDS = 5


class Unauthenticated(SchedulerError):
    """The request carries no token, or one that doesn't work (any more)."""


class Unreadable(SchedulerError):
    """The body isn't JSON that we read."""


class TooLarge(SchedulerError):
    """The body is bigger than any that we take."""


class WrongContentType(SchedulerError):
    """The body isn't said to be JSON."""


TABLE: Mapping[type[SchedulerError], tuple[int, str]] = {
    Unreadable: (400, "Bad Request"),
    Unauthenticated: (401, "Unauthorized"),
    NotAllowed: (403, "Forbidden"),
    NotFound: (404, "Not Found"),
    NotNow: (409, "Conflict"),
    WrongMove: (409, "Conflict"),
    TooLarge: (413, "Content Too Large"),
    WrongContentType: (415, "Unsupported Media Type"),
    Invalid: (422, "Unprocessable Content"),
    KeyUnusable: (500, "Internal Server Error"),
    WrongClinic: (500, "Internal Server Error"),
    NoAnswer: (502, "Bad Gateway"),
    DatabaseUnusable: (503, "Service Unavailable"),
}
_HEADERS: Mapping[int, Mapping[str, str]] = {
    401: {"WWW-Authenticate": "Bearer"},
    503: {"Retry-After": str(_RETRY_AFTER_SECONDS)},
}
_DETAILS: Mapping[int, str] = {
    404: "There is nothing at this address.",
    405: "This address doesn't take this method; the header Allow names those it takes.",
    422: "Nothing was done. Mend what `errors` names, and send it again.",
    500: "Something went wrong here, and nothing was done. The log of the server says more.",
    502: "The provider could not be asked. Try again.",
    503: "The service can't use its database at the moment. Try again; an Idempotency-Key keeps a POST from being "
    "done twice.",
}
"""Of statuses whose error's own words don't help, or are not for everybody."""
_SERVER_ERRORS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What went wrong with a request, before it is told."""

    status: int
    detail: str
    """For machines, and where the status is the request's own fault for people, too: the error's words."""
    problems: tuple[Problem, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The status in words."""
        return _TITLES.get(self.status) or HTTPStatus(self.status).phrase


class ProblemAnswer(JSONResponse):
    """An answer that says what went wrong, and where."""

    media_type = "application/problem+json"

    def __init__(self, fault: Fault) -> None:
        """Say it in the members of RFC 9457; `errors` only where single fields are at fault."""
        content: dict[str, object] = {
            "type": "about:blank",
            "title": fault.title,
            "status": fault.status,
            "detail": fault.detail,
        }
        if fault.problems:
            content["errors"] = [{"field": problem.field, "message": problem.message} for problem in fault.problems]
        super().__init__(content, status_code=fault.status, headers=dict(fault.headers))


INTERNAL = Fault(status=500, detail=_DETAILS[500])
"""Where something that nobody expected went wrong; it says nothing of what that was."""
_TITLES = dict(TABLE.values())


def fault_of(request: Request, error: Exception) -> Fault:
    """What a request that ended in this error is answered. Faults of the server are logged."""
    match error:
        case SchedulerError():
            return _known(request, error)
        case RequestValidationError():
            return _invalid(problems_of(error, request.scope["endpoint"]))
        case HTTPException():
            return _of_http(request, error)
    return INTERNAL


def too_large(detail: str) -> Fault:
    """A body that is refused before it is read."""
    return Fault(status=TABLE[TooLarge][0], detail=detail)


def _known(request: Request, error: SchedulerError) -> Fault:
    if isinstance(error, Invalid):
        return _invalid(error.problems)
    status = next((TABLE[kind][0] for kind in type(error).__mro__ if kind in TABLE), INTERNAL.status)
    if status < _SERVER_ERRORS:
        return Fault(status=status, detail=str(error), headers=_HEADERS.get(status, {}))
    _log.error("%s %s: %s", request.method, _route(request), error)
    return Fault(status=status, detail=_DETAILS[status], headers=_HEADERS.get(status, {}))


def _invalid(problems: tuple[Problem, ...]) -> Fault:
    return Fault(status=TABLE[Invalid][0], detail=_DETAILS[422], problems=problems)


def _of_http(request: Request, error: HTTPException) -> Fault:
    status = error.status_code
    headers = {**_HEADERS.get(status, {}), **(error.headers or {})}
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(_methods(request)))
    return Fault(status=status, detail=_DETAILS.get(status, error.detail), headers=headers)


def _methods(request: Request) -> set[str]:
    """All that the address takes; the framework names only those of the first route that stands there."""
    at_address = [
        context for context in iter_route_contexts(request.app.routes) if context.path_regex.match(request.url.path)
    ]
    return {method for context in at_address if context.path == at_address[0].path for method in context.methods or ()}


def _route(request: Request) -> str:
    """The address without the ids in it, which have no place in a log."""
    return str(getattr(request.scope.get("route"), "path_format", "unknown route"))
