from __future__ import annotations

from fastapi.testclient import TestClient

from scheduler.storage.crypto import new_key_ring
from scheduler.storage.database import Database
from scheduler.web.app import create_app
from scheduler.web.parts import WebParts
from tests.builders import CATALOG, StoppedClock


def test_what_starts_and_stops_with_the_application_is_called_once() -> None:
    called: list[str] = []
    parts = WebParts(
        database=Database("sqlite://", new_key_ring()),
        catalog=CATALOG,
        clock=StoppedClock(),
        on_start=lambda: called.append("start"),
        on_stop=lambda: called.append("stop"),
    )

    with TestClient(create_app(parts)) as client:
        client.get("/healthz")
        called.append("served")

    assert called == ["start", "served", "stop"]
