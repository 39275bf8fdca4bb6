from __future__ import annotations

from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from scheduler.services.figures import read_figures
from scheduler.services.metrics import Metrics
from scheduler.storage.database import Database
from scheduler.web.app import create_app
from scheduler.web.parts import WebParts
from tests.builders import CATALOG, StoppedClock


def test_prometheus_is_told_without_a_token_in_its_own_format(database: Database) -> None:
    clock = StoppedClock()
    metrics = Metrics(lambda: read_figures(database, clock), utc_now=clock)
    app = create_app(WebParts(database=database, catalog=CATALOG, clock=clock, metrics=metrics.text))

    answer = TestClient(app).get("/metrics")

    names = {family.name for family in text_string_to_metric_families(answer.text)}
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert {"aftercare_backlog_oldest_seconds", "aftercare_doubts", "process_cpu_seconds"} <= names


def test_where_it_is_switched_off_there_is_no_such_page(database: Database) -> None:
    app = create_app(WebParts(database=database, catalog=CATALOG, clock=StoppedClock()))

    answer = TestClient(app).get("/metrics")

    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
