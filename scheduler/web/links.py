"""Links of the OpenAPI document: which answer names the thing that another operation's path asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Any

Json = dict[str, Any]

_NAMED: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("register_session", "201"): {
        "session_id": "$response.body#/id",
        "patient_id": "$response.body#/patient_id",
        "reminder_id": "$response.body#/reminders/0/id",
    },
    ("add_patient", "201"): {"patient_id": "$response.body#/id"},
    ("list_patients", "200"): {"patient_id": "$response.body#/items/0/id"},
    ("list_reminders", "200"): {"reminder_id": "$response.body#/items/0/id"},
}
"""By operation and status, where the answer has the value of a path's parameter; of a list, its first item's."""


def add_links(document: Json) -> None:
    """Put into the document, from each such answer, a link to every operation that takes one of its values."""
    operations = dict(_operations(document))
    for (operation_id, status), values in _NAMED.items():
        _, operation = operations[operation_id]
        operation["responses"][status]["links"] = {
            name: {"operationId": name, "parameters": {parameter: values[parameter]}}
            for name, (path, _) in operations.items()
            for parameter in _parameters(path)
            if parameter in values
        }


def _operations(document: Json) -> Iterator[tuple[str, tuple[str, Json]]]:
    """By operation id, the path and the operation."""
    for path, methods in document["paths"].items():
        for operation in methods.values():
            yield operation["operationId"], (path, operation)


def _parameters(path: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(path) if name]
