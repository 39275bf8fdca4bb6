from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from scheduler.clock import utc_now
from scheduler.services.health import EngineHealth, TickHealth
from scheduler.storage import heartbeats
from scheduler.storage.crypto import new_key_ring
from scheduler.storage.database import Database
from scheduler.storage.tenancy import ALL_CLINICS
from scheduler.web.app import create_app
from scheduler.web.parts import WebParts
from tests.builders import CATALOG, NOW, StoppedClock


def a_client(database: Database, ticks: EngineHealth | None = ()) -> TestClient:
    health = (lambda: ticks) if ticks is not None else None
    return TestClient(
        create_app(WebParts(database=database, catalog=CATALOG, clock=StoppedClock(), health=health)),
    )


def a_tick(*, minutes_ago: int) -> TickHealth:
    at = utc_now() - timedelta(minutes=minutes_ago)
    return TickHealth(name="send", every=timedelta(seconds=1), last_started=at, last_ok=at, last_error=None)


def test_a_process_that_answers_is_up() -> None:
    nowhere = Database("postgresql://aftercare@127.0.0.1:1/nowhere", new_key_ring())

    answer = a_client(nowhere).get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "up"})


def test_a_store_that_can_be_used_is_ready(database: Database) -> None:
    answer = a_client(database).get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "failed": []})


def test_a_process_that_only_serves_needs_another_one_that_sends(database: Database) -> None:
    def asked() -> tuple[int, list[str]]:
        answer = a_client(database, None).get("/readyz")
        return answer.status_code, answer.json()["failed"]

    never = asked()
    with database.write(ALL_CLINICS) as db:
        heartbeats.beat(db, "node-1", now=NOW - timedelta(minutes=2))
    lately = asked()
    with database.write(ALL_CLINICS) as db:
        heartbeats.beat(db, "node-1", now=NOW - timedelta(minutes=2, seconds=1))
    gone = asked()

    assert never == gone == (503, ["worker"])
    assert lately == (200, [])


def test_ticks_in_time_are_ready(database: Database) -> None:
    assert a_client(database, (a_tick(minutes_ago=0),)).get("/readyz").status_code == 200


def test_a_late_tick_is_named(database: Database) -> None:
    answer = a_client(database, (a_tick(minutes_ago=2),)).get("/readyz")

    assert (answer.status_code, answer.json()) == (503, {"status": "not ready", "failed": ["tick send"]})


@pytest.mark.parametrize("revision", ["9999", "0000"])
def test_a_store_of_another_version_is_not_ready(database: Database, revision: str) -> None:
    with database.write(ALL_CLINICS) as db:
        db.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})

    answer = a_client(database).get("/readyz")

    assert (answer.status_code, answer.json()["failed"]) == (503, ["database"])


def test_a_store_out_of_reach_is_not_ready_and_its_address_not_told() -> None:
    nowhere = Database("postgresql://aftercare@127.0.0.1:1/nowhere", new_key_ring())

    answer = a_client(nowhere, (a_tick(minutes_ago=2),)).get("/readyz")

    assert (answer.status_code, answer.json()["failed"]) == (503, ["database", "tick send"])
    assert "127.0.0.1" not in answer.text
