"""An API over a store with one open clinic, and what tests ask of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.people.roles import Role
from scheduler.services import staff, tokens
from scheduler.storage.database import Database
from scheduler.storage.staff import find_person
from scheduler.web.app import create_app
from scheduler.web.parts import WebParts
from tests.builders import BY, CATALOG, NOW, StoppedClock, a_clinic, stored_rows

SESSIONS = "/api/v1/sessions"
PREVIEW = "/api/v1/sessions/preview"
PATIENTS = "/api/v1/patients"
REMINDERS = "/api/v1/reminders"
TODOS = "/api/v1/todos"
LEFT_OUT = object()
"""In place of a value: without that field."""
NOTHING = object()
"""In place of a body: none."""


def a_body(**changes: object) -> dict[str, Any]:
    """The body that registers the session of `tests.builders.a_session`."""
    body: dict[str, Any] = {
        "patient": a_patient(),
        "procedure": "microneedling",
        "ended_at": "2026-03-03T14:30:00+00:00",
        "facts": {"needle_mm": 0.5, "modality": "pen", "areas": ["face"]},
    }
    return {name: value for name, value in {**body, **changes}.items() if value is not LEFT_OUT}


def a_patient(**changes: object) -> dict[str, Any]:
    """Amira, who agrees to texts."""
    person: dict[str, Any] = {
        "name": "Amira Khan",
        "phone": "+447700900123",
        "language": "en",
        "consent": {"sms": True, "source": "desk"},
    }
    return {name: value for name, value in {**person, **changes}.items() if value is not LEFT_OUT}


@dataclass
class Api:
    """An application over a store, as the holder of a token of one of its clinics meets it."""

    app: FastAPI
    database: Database
    clinic: Clinic
    clock: StoppedClock
    token: str | None
    client: TestClient = field(init=False)

    def __post_init__(self) -> None:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token is not None else {}
        self.client = TestClient(self.app, headers=headers)

    def a_token(self, *scopes: str) -> str:
        """A new token of the clinic; without scopes it may do everything."""
        with self.database.write(self.clinic.id) as db:
            return tokens.make_token(db, scopes=scopes, label="tablet", by=BY, now=NOW)

    def a_persons_token(self, role: Role, *scopes: str) -> str:
        """A new token of Ada Osei, who has this role; she is on the staff once for each."""
        email = f"{role.value}@willow.example"
        with self.database.write(self.clinic.id) as db:
            if find_person(db, email) is None:
                staff.add_staff(db, name="Ada Osei", email=email, role=role.value, by=BY, now=NOW)
            return tokens.make_token(db, scopes=scopes, label="tablet", by=BY, now=NOW, email=email)

    def of_person(self, role: Role) -> Api:
        """The same application as Ada Osei meets it, in this role."""
        return self.with_token(self.a_persons_token(role))

    def with_token(self, token: str | None) -> Api:
        """The same application with another token, or with none."""
        return replace(self, token=token)

    def of_clinic(self, clinic: Clinic) -> Api:
        """The same application for another clinic of the store."""
        other = replace(self, clinic=clinic)
        return other.with_token(other.a_token())

    def get(self, path: str, **query: str | int) -> Response:
        """The answer to a GET."""
        return self.client.get(path, params=query)

    def post(self, path: str, body: object = NOTHING, *, key: str | None = None) -> Response:
        """The answer to a POST of JSON, of nothing where no body is given."""
        headers = {"Idempotency-Key": key} if key is not None else {}
        if body is NOTHING:
            return self.client.post(path, headers=headers)
        return self.client.post(path, content=json.dumps(body), headers={**headers, "Content-Type": "application/json"})

    def patch(self, path: str, body: object) -> Response:
        """The answer to a PATCH of JSON."""
        content = json.dumps(body)
        return self.client.patch(path, content=content, headers={"Content-Type": "application/json"})

    def post_raw(self, path: str, content: bytes, *, content_type: str = "application/json") -> Response:
        """The answer to a POST of these very bytes."""
        return self.client.post(path, content=content, headers={"Content-Type": content_type})

    def delete(self, path: str) -> Response:
        """The answer to a DELETE."""
        return self.client.delete(path)

    def register(self, **changes: object) -> dict[str, Any]:
        """A registered session, as it was answered."""
        answer = self.post(SESSIONS, a_body(**changes))
        assert answer.status_code == 201, answer.text
        session: dict[str, Any] = answer.json()
        return session

    def rows(self) -> dict[str, int]:
        """How many rows each table holds."""
        return stored_rows(self.database)


def an_api(database: Database, clinic: Clinic | None = None) -> Api:
    """An application over the store, with a token of this clinic, or of a new one in trial."""
    clock = StoppedClock()
    app = create_app(WebParts(database=database, catalog=CATALOG, clock=clock, health=tuple, metrics=bytes))
    api = Api(app, database, clinic or a_clinic(database), clock, token=None)
    return api.with_token(api.a_token())


def problems(answer: Response) -> dict[str, str]:
    """The message by field of an answer that refuses fields."""
    assert answer.status_code == 422, answer.text
    return {error["field"]: error["message"] for error in problem(answer)["errors"]}


def problem(answer: Response) -> Mapping[str, Any]:
    """The body of an answer that is a problem, as RFC 9457 has it."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body: dict[str, Any] = answer.json()
    assert body["status"] == answer.status_code
    assert body["title"]
    assert body["detail"]
    return body
