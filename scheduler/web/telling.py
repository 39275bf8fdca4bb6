"""Whether a fault is told to a machine or to a person: by the address, whatever the request says it takes."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from scheduler.web.errors import Fault, ProblemAnswer, fault_of
from scheduler.web.pages.error_pages import error_page

_MACHINES = ("/api", "/healthz", "/readyz", "/metrics", "/openapi.json", "/webhooks")


def tell_error(request: Request, error: Exception) -> Response:
    """The answer to a request that ended in this error."""
    return telling(request.scope, fault_of(request, error))


def telling(scope: Scope, fault: Fault) -> Response:
    """The fault as problem+json, or as a page."""
    path = f"{scope['path']}/"
    if any(path.startswith(f"{place}/") for place in _MACHINES):
        return ProblemAnswer(fault)
    return error_page(Request(scope), fault)
