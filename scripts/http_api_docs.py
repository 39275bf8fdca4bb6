"""The page about the HTTP API, made from the OpenAPI document: routes, scopes, bodies, answers, examples."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI

from scheduler.catalog.shipped import Catalog
from scheduler.clock import now
from scheduler.storage.crypto import new_key_ring
from scheduler.storage.database import Database
from scheduler.web.app import create_app
from scheduler.web.parts import WebParts

Json = dict[str, Any]

_SOURCE = "Made by `make docs` from scheduler/web: change that code, not this page."
_PAGE = """\
# HTTP API

<!-- {source} -->

{about}
The same for programs: `/openapi.json` (OpenAPI {openapi}).

| route | scope | |
| --- | --- | --- |
{index}

{routes}

## Problems

Every answer from 400 up has the content type `application/problem+json` and the members of RFC 9457. A 422 names
the fields at fault:

{problem}

| status | meaning |
| --- | --- |
{problems}

## Fields

{fields}
"""
_FORMATS = {"date-time": "instant", "date": "date"}
_TYPES = {"string": "text", "boolean": "true or false", "integer": "whole number", "number": "number", "null": "null"}
_PROBLEM = "application/problem+json"


def pages() -> Mapping[str, str]:
    """The text of docs/http-api.md."""
    document = described_api().openapi()
    schemas: Json = document["components"]["schemas"]
    text = _PAGE.format(
        source=_SOURCE,
        about=document["info"]["description"],
        openapi=document["openapi"],
        index="\n".join(_index_row(*route) for route in _routes(document)),
        routes="\n\n".join(_route(*route, schemas) for route in _routes(document)),
        problem=_code(_problems(document)["422"][1]),
        problems="\n".join(f"| {status} | {meaning} |" for status, (meaning, _) in _problems(document).items()),
        fields="\n\n".join(_schema(name, schema) for name, schema in sorted(schemas.items())),
    )
    return {"docs/http-api.md": text}


def described_api() -> FastAPI:
    """The application, to be looked at: it has no store."""
    catalog = Catalog(topics={}, flags={}, messages={}, protocols={}, sources={})
    nowhere = Database("sqlite://", new_key_ring())
    return create_app(WebParts(database=nowhere, catalog=catalog, clock=now, metrics=bytes))


def _routes(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield method.upper(), path, operation


def _index_row(method: str, path: str, operation: Json) -> str:
    title = f"{method} {path}"
    return f"| [`{title}`](#{_anchor(title)}) | {_scope(operation)} | {_first_sentence(operation['description'])} |"


def _route(method: str, path: str, operation: Json, schemas: Json) -> str:
    return "\n\n".join([f"## {method} {path}", operation["description"], *_details(operation, schemas)])


def _details(operation: Json, schemas: Json) -> Iterator[str]:
    yield f"Scope: {_scope(operation)}."
    if "parameters" in operation:
        rows = (_parameter(parameter) for parameter in operation["parameters"])
        yield "\n".join(["| parameter | in | takes | meaning |", "| --- | --- | --- | --- |", *rows])
    if "requestBody" in operation:
        content = operation["requestBody"]["content"]["application/json"]
        optional = "" if operation["requestBody"].get("required") else " (may be left out)"
        yield f"Body: {_takes(content['schema'])}{optional}\n\n{_code(_example(content, schemas))}"
    for status, answer in operation["responses"].items():
        if _PROBLEM not in answer.get("content", {}):
            yield _answer(status, answer, schemas)
    refused = sorted(
        status for status, answer in operation["responses"].items() if _PROBLEM in answer.get("content", {})
    )
    if refused:
        yield f"Problems: {', '.join(refused)}."


def _answer(status: str, answer: Json, schemas: Json) -> str:
    said = f"Answer {status}: {answer['description']}"
    content = answer.get("content", {}).get("application/json")
    return f"{said}\n\n{_code(_example(content, schemas))}" if content else said


def _parameter(parameter: Json) -> str:
    schema = parameter["schema"]
    default = f" Default: `{schema['default']}`." if "default" in schema else ""
    meaning = parameter.get("description", "")
    return f"| `{parameter['name']}` | {parameter['in']} | {_takes(schema)} | {meaning}{default} |"


def _schema(name: str, schema: Json) -> str:
    if "enum" in schema:
        return f"### {name}\n\nOne of {_takes(schema)}."
    required = schema.get("required", ())
    rows = (
        f"| `{field}` | {_takes(inner)}{', required' if field in required else ''} | {inner.get('description', '')} |"
        for field, inner in schema.get("properties", {}).items()
    )
    table = ["| field | | meaning |", "| --- | --- | --- |", *rows] if schema.get("properties") else []
    return "\n".join([f"### {name}", "", schema.get("description", ""), "", *table]).rstrip()


def _takes(schema: Json) -> str:
    """What a value may be, in words."""
    if "anyOf" in schema:
        return " or ".join(_takes(choice) for choice in schema["anyOf"])
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{_anchor(name)})"
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{word}`" for word in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_takes(schema['items'])}"
    if schema.get("type") == "object":
        return "object"
    return _FORMATS.get(schema.get("format", ""), _TYPES.get(schema.get("type", ""), "any"))


def _example(content: Json, schemas: Json) -> object:
    if "example" in content:
        return content["example"]
    choices = (content["schema"], *content["schema"].get("anyOf", ()))
    name = next(choice["$ref"] for choice in choices if "$ref" in choice).rpartition("/")[2]
    return schemas[name]["examples"][0]


def _problems(document: Json) -> dict[str, tuple[str, object]]:
    """By status, what it means and an example."""
    found = {
        status: (answer["description"], answer["content"][_PROBLEM]["example"])
        for _, _, operation in _routes(document)
        for status, answer in operation["responses"].items()
        if _PROBLEM in answer.get("content", {})
    }
    return dict(sorted(found.items()))


def _scope(operation: Json) -> str:
    scopes = [scope for needed in operation.get("security", []) for scope in needed["token"]]
    return ", ".join(f"`{scope}`" for scope in scopes) or "none, no token"


def _first_sentence(text: str) -> str:
    return text.partition("\n")[0]


def _anchor(title: str) -> str:
    """As code hosts make it of a heading."""
    return "".join(letter for letter in title.lower().replace(" ", "-") if letter.isalnum() or letter in "-_")


def _code(value: object) -> str:
    return f"```json\n{json.dumps(value, indent=2, ensure_ascii=False)}\n```"
