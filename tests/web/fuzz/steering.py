"""What Schemathesis can't know from our document: which facts a procedure has, and that a key is used for one request.

Schemathesis loads this file by itself, see schemathesis.toml beside it.
"""

from __future__ import annotations

from collections import deque
from http import HTTPStatus
from itertools import count
from typing import Any

import schemathesis

Case = schemathesis.Case[Any]

_FACTS = {
    "needle_mm": {"type": ["number", "null"], "minimum": 0.1, "maximum": 3.5},
    "modality": {"enum": ["roller", "pen", "rf"]},
    "areas": {"type": ["array", "null"], "items": {"enum": ["face"]}},
    "weeping": {"type": ["boolean", "null"]},
}
_KEY = "Idempotency-Key"
_numbers = count(1)
_sessions: deque[tuple[str, str]] = deque(maxlen=5)
"""The last ones registered, each with its patient."""


@schemathesis.hook
def before_load_schema(context: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    """Narrow the body that registers to what the clinic takes; previews are left as the document has them."""
    del context
    schemas = raw_schema["components"]["schemas"]
    for name in ("SessionBody", "SessionPatch"):
        facts = schemas[name]["properties"]["facts"]
        facts |= {"properties": _FACTS, "additionalProperties": False}
    schemas["SessionBody"]["required"] += ["patient", "facts"]
    schemas["SessionBody"]["properties"]["facts"]["required"] = ["modality"]
    schemas["SessionBody"]["properties"]["patient"] = {"$ref": "#/components/schemas/PatientBody"}
    schemas["SessionBody"]["properties"]["patient_id"] = {"type": "null"}


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    """Put in what one request alone can't know: a key that is new, and who is to be merged or split."""
    del context, kwargs
    if _KEY in case.headers and case.headers[_KEY] == _example_key(case):
        case.headers[_KEY] = f"key {next(_numbers)}"
    body = case.body
    if _sessions and case.meta and case.meta.generation.mode.is_positive and isinstance(body, dict):
        _name_two_patients(case, body)


@schemathesis.hook
def after_call(context: schemathesis.HookContext, case: Case, response: schemathesis.Response) -> None:
    """Remember the session that was registered."""
    del context
    if case.operation.label == "POST /api/v1/sessions" and response.status_code == HTTPStatus.CREATED:
        session = response.json()
        _sessions.append((session["id"], session["patient_id"]))


def _name_two_patients(case: Case, body: dict[str, Any]) -> None:
    session_id, patient_id = _sessions[0]
    if case.path.endswith("/merge"):
        case.path_parameters["patient_id"], body["into"] = patient_id, _sessions[-1][1]
        _sessions.rotate()
    elif case.path.endswith("/split"):
        case.path_parameters["patient_id"], body["sessions"] = patient_id, [session_id]
        _sessions.rotate()


def _example_key(case: Case) -> str | None:
    """The document has one example; as a key that was used before, it would have every other body refused."""
    for parameter in case.operation.definition.raw.get("parameters", ()):
        if parameter["name"] == _KEY:
            example: str = parameter["schema"].get("examples", parameter.get("examples"))[0]
            return example
    return None
