"""The body of an answer that says what went wrong (RFC 9457), as the OpenAPI document describes it."""

from __future__ import annotations

from typing import Any

_FIELD = {
    "type": "object",
    "required": ["field", "message"],
    "properties": {
        "field": {
            "type": "string",
            "description": "Dotted path in the body, or the name of the parameter or header.",
        },
        "message": {"type": "string", "description": "What is wrong and the mend, as one plain sentence."},
    },
}
PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "What went wrong.",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"const": "about:blank", "description": "The status says what kind of problem it is."},
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened, as a plain sentence."},
        "errors": {"type": "array", "items": _FIELD, "description": "Only with 422: every field at fault."},
    },
}


def _example(status: int, title: str, detail: str, **more: object) -> dict[str, Any]:
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}


PROBLEM_EXAMPLES: dict[int, dict[str, Any]] = {
    example["status"]: example
    for example in (
        _example(400, "Bad Request", "The body is not JSON: line 1, column 12."),
        _example(401, "Unauthorized", "This token is unknown or was revoked."),
        _example(403, "Forbidden", "This token may not do this: it needs the scope sessions:write."),
        _example(404, "Not Found", "There is no session 5d1f1f0e-8a43-4b0e-9c1e-2a9e3f6f7b11 in this clinic."),
        _example(409, "Conflict", "This reminder is sent and can't be skipped."),
        _example(413, "Content Too Large", "A request may have 64 KiB at most; nothing of this one was used."),
        _example(
            415, "Unsupported Media Type", "Send the body as JSON, with the header Content-Type: application/json."
        ),
        _example(
            422,
            "Unprocessable Content",
            "Nothing was done. Mend what `errors` names, and send it again.",
            errors=[{"field": "ended_at", "message": "give the time with its zone, as in 2026-03-03T14:30:00+00:00"}],
        ),
        _example(
            503,
            "Service Unavailable",
            "The service can't use its database at the moment. Try again; an Idempotency-Key keeps a POST from being "
            "done twice.",
        ),
    )
}
"""By status; tests hold them equal to what is really answered."""
