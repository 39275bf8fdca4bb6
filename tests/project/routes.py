"""The application's routes as its OpenAPI document describes them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from scripts.http_api_docs import described_api

_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method of one path."""

    method: str
    path: str
    scopes: tuple[str, ...]
    operation: dict[str, Any]

    @property
    def scope(self) -> str:
        """The scope that it needs."""
        (scope,) = self.scopes
        return scope

    @property
    def example_body(self) -> Any:  # noqa: ANN401  any JSON
        """The body in the document; None where it takes none."""
        content = self.operation.get("requestBody", {}).get("content", {})
        return example(content["application/json"]) if content else None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document."""
    return described_api().openapi()


@cache
def routes() -> tuple[Route, ...]:
    """Every route in it."""
    return tuple(
        Route(method=method.upper(), path=path, scopes=_scopes(operation), operation=operation)
        for path, operations in document()["paths"].items()
        for method, operation in operations.items()
        if method in _METHODS
    )


def example(content: dict[str, Any]) -> Any:  # noqa: ANN401  any JSON
    """The example of a body or an answer: its own, or the first of its schema."""
    if "example" in content:
        return content["example"]
    return schema_of(content["schema"])["examples"][0]


def schema_of(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema itself, where this refers to one (or to one that may be null)."""
    for choice in (schema, *schema.get("anyOf", ())):
        if "$ref" in choice:
            found: dict[str, Any] = document()["components"]["schemas"][choice["$ref"].rpartition("/")[2]]
            return found
    return schema


def _scopes(operation: dict[str, Any]) -> tuple[str, ...]:
    return tuple(scope for needed in operation.get("security", []) for scope in needed.get("token", []))
