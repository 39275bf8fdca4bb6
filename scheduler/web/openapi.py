"""The OpenAPI document: what the framework can't know of our answers, and how problems are described in it."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from scheduler.web.examples import EXAMPLES
from scheduler.web.links import add_links
from scheduler.web.problem_schema import PROBLEM_EXAMPLES, PROBLEM_SCHEMA

Responses = dict[int | str, dict[str, Any]]

_MEANINGS = {
    400: "The body is not JSON.",
    401: "There is no token, or one that is unknown or revoked.",
    403: "The token lacks the scope of this route.",
    404: "There is no such thing in this clinic.",
    409: "The thing is in a state that doesn't allow this.",
    413: "The body is over 64 KiB.",
    415: "The body is not said to be `application/json`.",
    422: "Something in the request can't be used; `errors` names every field and its mend.",
    503: "The database can't be used at the moment; `Retry-After` says when to try again.",
}
ALWAYS = (401, 403, 503)
"""Problems that any route under /api/v1 may answer."""
OF_BODIES = (400, 413, 415, 422)
"""Those of routes that take a body."""


class DescribedApi(FastAPI):
    """The framework's application, whose document also holds the problem schema, our examples and links."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        made_before = self.openapi_schema is not None
        document: dict[str, Any] = super().openapi()
        if not made_before:
            schemas = document["components"]["schemas"]
            schemas["Problem"] = PROBLEM_SCHEMA
            for name, example in EXAMPLES.items():
                # Not in the models: from there they would come out sorted and without what is null.
                schemas[name]["examples"] = [example]
            add_links(document)
        return document


def problems(*statuses: int) -> Responses:
    """What a route says of the problems it may answer."""
    return {status: _described(status) for status in statuses}


def replayable(status: int) -> Responses:
    """What a POST says of its answer: a repeated one is marked."""
    header = {
        "description": "`true` where this is the answer kept under the Idempotency-Key, and nothing was done now.",
        "schema": {"type": "string", "enum": ["true"]},
    }
    return {status: {"headers": {"Idempotent-Replayed": header}}}


def _described(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    content = {"application/problem+json": {"schema": schema, "example": PROBLEM_EXAMPLES[status]}}
    return {"description": _MEANINGS[status], "content": content}
