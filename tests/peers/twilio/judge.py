"""Holds requests and answers to Twilio's own description of its API. Serves nothing.

The files beside this one are cut out of that description by scripts/twilio_spec.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import Headers, ImmutableMultiDict

FOLDER = Path(__file__).parent
JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_FILES = {"/2010-04-01/": "twilio_api_v2010.json", "/v1/": "twilio_messaging_v1.json"}
# The description has no word on errors; this is what Twilio's pages say of their form.
_NAMES_OF_AN_ERROR = {"code": int, "message": str, "more_info": str, "status": int}


@dataclass(slots=True)
class Asked:
    """A request as it came, in the form that openapi-core looks at."""

    method: str
    """In small letters."""
    target: str
    headers: Headers
    body: bytes | None = None
    host_url: str = field(init=False)
    path: str = field(init=False)
    content_type: str = field(init=False)
    parameters: RequestParameters = field(init=False)

    def __post_init__(self) -> None:
        self.path = urlsplit(self.target).path
        self.host_url = description(self.path).host if self.path.startswith(tuple(_FILES)) else "http://nowhere"
        self.content_type = self.headers.get("Content-Type", "")
        self.parameters = RequestParameters(query=ImmutableMultiDict(self.query), header=self.headers)

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl((self.body or b"").decode(), keep_blank_values=True))


@dataclass(slots=True)
class Answered:
    """An answer in the form that openapi-core looks at."""

    status_code: int
    data: bytes
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Description:
    """One file of Twilio's."""

    spec: dict[str, Any]
    api: OpenAPI

    @property
    def host(self) -> str:
        """The address that it is of."""
        return str(next(iter(self.spec["paths"].values()))["servers"][0]["url"])

    def names(self, asked: Asked) -> set[str]:
        """Every name that a request of this path and method may hold."""
        operation = self._operation(asked)
        names = {parameter["name"] for parameter in operation.get("parameters", ())}
        form = operation.get("requestBody", {}).get("content", {}).get(_FORM, {}).get("schema", {})
        return names | set(form.get("properties", {}))

    def describes(self, asked: Asked, status: int) -> bool:
        """Whether it says what an answer of this status looks like."""
        return str(status) in self._operation(asked)["responses"]

    def _operation(self, asked: Asked) -> dict[str, Any]:
        for template, operations in self.spec["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template.replace(".", r"\.")), asked.path):
                found: dict[str, Any] = operations[asked.method]
                return found
        raise LookupError(asked.path)


def description(path: str) -> Description:
    """The description that a path is in. Raises LookupError for a path of none."""
    return _load(next(file for begin, file in _FILES.items() if path.startswith(begin)))


@cache
def _load(name: str) -> Description:
    spec = json.loads((FOLDER / name).read_text())
    return Description(spec, OpenAPI.from_dict(spec))


def faults_of_request(asked: Asked) -> Iterator[str]:
    """What the description doesn't allow in a request, names that it doesn't know included."""
    try:
        described = description(asked.path)
        described.api.validate_request(asked)
        unknown = {*asked.query, *asked.form} - described.names(asked)
    except (OpenAPIError, LookupError, StopIteration) as error:
        yield f"{asked.method} {asked.path}: {error!r} {error.__cause__!r}"
    else:
        yield from (f"{asked.method} {asked.path}: it knows no {name}" for name in sorted(unknown))


def faults_of_answer(asked: Asked, answered: Answered) -> Iterator[str]:
    """What the description doesn't allow in an answer; of an error, what Twilio's pages don't."""
    described = description(asked.path)
    if not described.describes(asked, answered.status_code):
        said = json.loads(answered.data)
        if {name: type(value) for name, value in said.items()} != _NAMES_OF_AN_ERROR:
            yield f"{answered.status_code} to {asked.path}: an error doesn't look like {said}"
        return
    try:
        described.api.validate_response(asked, answered)
    except OpenAPIError as error:
        yield f"{answered.status_code} to {asked.path}: {error!r} {error.__cause__!r}"


def record(path: str, schema: str, **values: object) -> dict[str, object]:
    """A record with every name that the description gives it: these values, and the emptiest for the others.

    Raises KeyError for a value whose name it doesn't know.
    """
    schemas = description(path).spec["components"]["schemas"]
    properties = schemas[schema]["properties"]
    if unknown := values.keys() - properties.keys():
        raise KeyError(*unknown)
    return {name: values.get(name, _emptiest(of, schemas)) for name, of in properties.items()}


def _emptiest(schema: dict[str, Any], schemas: dict[str, Any]) -> object:
    """Null where that is allowed, else the first or smallest value."""
    schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    if "enum" in schema:  # also one that may be null: null is not in its list
        return schema["enum"][0]
    values: dict[str, object] = {"integer": 0, "boolean": False, "object": {}, "array": []}
    return None if schema.get("nullable") else values.get(schema["type"], "")
