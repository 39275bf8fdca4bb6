"""Rules that every route keeps, so that a new one can't forget them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from scheduler.services.tokens import SCOPES
from scheduler.web.pages import ROUTERS
from scheduler.web.strict_route import StrictRoute
from scripts.http_api_docs import described_api
from tests.project.routes import Route, document, example, routes, schema_of

OPEN = {"GET /healthz", "GET /readyz", "GET /metrics"}
SCOPES_OF = {"todos": "reminders"}
"""Resources that have no scopes of their own, and whose they share."""
every_route = pytest.mark.parametrize("route", routes(), ids=str)


def test_every_route_is_in_the_document() -> None:
    served = {
        f"{method} {context.path}"
        for context in iter_route_contexts(described_api().routes)
        for method in context.methods or ()
    }

    assert served - pages() == {str(route) for route in routes()} | {"GET /openapi.json", "HEAD /openapi.json"}


def pages() -> set[str]:
    """Every method of every address that pages for people have."""
    return {
        f"{method} {context.path}"
        for router in ROUTERS
        for context in iter_route_contexts(router.routes)
        for method in context.methods or ()
    }


def test_only_the_probes_are_outside_the_api() -> None:
    assert {str(route) for route in routes() if not route.path.startswith("/api/v1/")} == OPEN


@every_route
def test_a_route_needs_one_scope_that_fits_what_it_does(route: Route) -> None:
    if str(route) in OPEN:
        assert route.scopes == ()
        return
    resource = route.path.split("/")[3]
    looks = route.method == "GET" or route.path.endswith("/preview")

    assert route.scope in SCOPES
    assert route.scope == f"{SCOPES_OF.get(resource, resource)}:{'read' if looks else 'write'}"


def test_every_route_of_the_api_reads_its_requests_strictly() -> None:
    lenient = {
        f"{method} {context.path}"
        for context in iter_route_contexts(described_api().routes)
        if isinstance(context.original_route, APIRoute) and not isinstance(context.original_route, StrictRoute)
        for method in context.methods or ()
    }

    assert lenient - pages() == OPEN


@every_route
def test_a_route_says_what_it_does(route: Route) -> None:
    assert route.operation["description"].endswith(".")
    assert route.operation["tags"]
    assert "Successful Response" not in str(route.operation)


@every_route
def test_every_post_takes_an_idempotency_key(route: Route) -> None:
    headers = [parameter["name"] for parameter in route.operation.get("parameters", []) if parameter["in"] == "header"]

    assert headers == (["Idempotency-Key"] if route.method == "POST" else [])


@every_route
def test_a_route_names_the_problems_it_may_answer(route: Route) -> None:
    expected = {"401", "403", "503"} if route.scopes else set()
    expected |= {"404"} if "{" in route.path else set()
    expected |= {"400", "413", "415", "422"} if route.method in {"POST", "PATCH"} else set()

    assert expected <= set(route.operation["responses"])


def test_every_body_and_answer_has_an_example() -> None:
    for route in routes():
        described = [route.operation.get("requestBody", {}), *route.operation["responses"].values()]
        for content in (content for part in described for content in part.get("content", {}).values()):
            assert example(content) is not None


def test_every_field_of_an_example_is_in_its_schema() -> None:
    for name, schema in document()["components"]["schemas"].items():
        for shown in schema.get("examples", ()):
            assert unknown_fields(shown, schema) == [], name


def unknown_fields(shown: Any, schema: dict[str, Any]) -> list[str]:  # noqa: ANN401  any JSON
    """Fields that a value has and its schema hasn't, or that are required and missing."""
    schema = schema_of(schema)
    if isinstance(shown, list):
        choices: list[dict[str, Any]] = [schema, *schema.get("anyOf", ())]
        items: dict[str, Any] = next((choice["items"] for choice in choices if "items" in choice), {})
        return [field for item in shown for field in unknown_fields(item, items)]
    if not isinstance(shown, dict) or "properties" not in schema:
        return []
    properties = schema["properties"]
    missing = set(schema.get("required", ())) - set(shown)
    inner = [field for name, value in shown.items() for field in unknown_fields(value, properties.get(name, {}))]
    return [*(set(shown) - set(properties)), *missing, *inner]


def test_names_in_the_document_are_lower_case_words() -> None:
    names = [name for schema in document()["components"]["schemas"].values() for name in schema.get("properties", {})]

    assert [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z]+)*", name)] == []
