from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from scheduler.storage.crypto import new_key_ring
from scheduler.storage.database import Database, Db
from scheduler.web.app import create_app
from scheduler.web.parts import WebParts
from scheduler.web.problem_schema import PROBLEM_EXAMPLES, PROBLEM_SCHEMA
from tests.builders import CATALOG, StoppedClock
from tests.web.api_client import PATIENTS, PREVIEW, REMINDERS, SESSIONS, Api, a_body, problem

NOBODYS = "postgresql://aftercare:secret@127.0.0.1:1/nowhere"  # nothing listens on port 1


@pytest.mark.parametrize(
    "path", ["/api", "/api/v1", "/api/v1/session", "/api/v1/sessions/", "/healthz/x", "/webhooks/%00"]
)
def test_an_address_that_leads_nowhere_is_not_found(untouched_api: Api, path: str) -> None:
    answer = untouched_api.get(path)

    assert answer.status_code == 404
    assert problem(answer)["title"] == "Not Found"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", SESSIONS, "POST"),
        ("GET", SESSIONS, "POST"),
        ("OPTIONS", PREVIEW, "POST"),
        ("POST", f"{SESSIONS}/x", "DELETE, GET, PATCH"),
        ("OPTIONS", PATIENTS, "GET, POST"),
        ("HEAD", "/healthz", "GET"),
        ("POST", "/openapi.json", "GET, HEAD"),
    ],
)
def test_a_method_that_an_address_does_not_take_is_told_with_all_that_it_takes(
    untouched_api: Api, method: str, path: str, allowed: str
) -> None:
    answer = untouched_api.client.request(method, path)

    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["allow"] == allowed


@pytest.mark.parametrize("path", [REMINDERS, SESSIONS, "/nowhere", "/healthz", "/openapi.json"])
def test_no_answer_is_kept_or_guessed_at_by_browsers(untouched_api: Api, path: str) -> None:
    answer = untouched_api.get(path)

    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in answer.headers


def test_what_nobody_expected_tells_nothing_and_is_logged(untouched_api: Api, caplog: pytest.LogCaptureFixture) -> None:
    before = untouched_api.rows()

    def broken(_: Db) -> datetime:
        raise ZeroDivisionError("a detail")

    parts = WebParts(database=untouched_api.database, catalog=CATALOG, clock=broken)
    api = Api(create_app(parts), untouched_api.database, untouched_api.clinic, StoppedClock(), untouched_api.token)

    answer = api.post(SESSIONS, a_body())

    assert answer.status_code == 500
    assert "detail" not in problem(answer)["detail"]
    assert answer.headers["cache-control"] == "no-store"
    assert "ZeroDivisionError: a detail" in caplog.text
    assert untouched_api.rows() == before


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_take_no_body(untouched_api: Api, path: str) -> None:
    assert untouched_api.post(path, {}).status_code == 405


def test_a_database_out_of_reach_is_told_without_its_address(caplog: pytest.LogCaptureFixture) -> None:
    client = a_client_over(Database(NOBODYS, new_key_ring()))

    answer = client.post(SESSIONS, json=a_body())

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert problem(answer) == PROBLEM_EXAMPLES[503]
    assert "127.0.0.1" not in answer.text
    assert "127.0.0.1" in caplog.text


def test_a_database_without_tables_is_told(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}", new_key_ring())

    answer = a_client_over(database).get(REMINDERS)
    database.close()

    assert answer.status_code == 503
    assert problem(answer) == PROBLEM_EXAMPLES[503]


def test_data_that_the_key_does_not_open_is_told_without_details(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    session = api.register()
    other_key = Database(api.database.engine.url.render_as_string(hide_password=False), new_key_ring())
    parts = WebParts(database=other_key, catalog=CATALOG, clock=api.clock)
    stranger = Api(create_app(parts), other_key, api.clinic, api.clock, api.token)

    answer = stranger.get(f"{SESSIONS}/{session['id']}")
    other_key.close()

    assert answer.status_code == 500
    assert "key" not in problem(answer)["detail"]
    assert "The key file" in caplog.text
    assert session["id"] not in caplog.text


def test_an_example_of_a_problem_has_its_members() -> None:
    for status, example in PROBLEM_EXAMPLES.items():
        assert set(PROBLEM_SCHEMA["required"]) <= set(example) <= set(PROBLEM_SCHEMA["properties"])
        assert example["status"] == status


def a_client_over(database: Database) -> TestClient:
    """A client with some token, over a store that can't be used."""
    app = create_app(WebParts(database=database, catalog=CATALOG, clock=StoppedClock()))
    return TestClient(app, headers={"Authorization": "Bearer act_x"})
