"""The engine of many machines as its operator meets it: migrate, doctor, one that serves and several that work."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from scheduler.clock import utc_now
from tests.cli.conftest import PROGRAM, CommandLine
from tests.cli.test_serve import PATIENCE_SECONDS, serving, wait_for
from tests.cli.test_session import FACTS, words


@pytest.fixture
def cluster_cli(empty_cli: CommandLine, fresh_postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """A command line whose settings name a cluster, on a store that was made for one machine."""
    monkeypatch.setenv("AFTERCARE_DATABASE_URL", fresh_postgresql_url)
    monkeypatch.setenv("AFTERCARE_ENGINE", "cluster")
    return empty_cli


def execute(url: str, statement: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def findings(cli: CommandLine) -> list[str]:
    return [f"{one['severity']}: {one['what']}" for one in cli("doctor", "--json").json]


def test_migrating_makes_both_kinds_of_tables_and_again_changes_nothing(cluster_cli: CommandLine) -> None:
    cluster_cli.well("migrate")
    again = cluster_cli.well("migrate")

    assert again.err == "The database is ready.\n"
    assert findings(cluster_cli) == ["warning: No process that sends has been seen yet."]


def test_before_the_engine_s_tables_are_there_nothing_works_and_it_is_told(
    cluster_cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERCARE_ENGINE", "local")
    cluster_cli.well("migrate")
    monkeypatch.setenv("AFTERCARE_ENGINE", "cluster")

    for command in (["worker"], ["serve", "--port", "0"]):
        assert cluster_cli.refused(*command) == (
            "error: The engine's tables are not set up yet: run aftercare migrate with AFTERCARE_ENGINE=cluster.\n"
        )
    assert findings(cluster_cli)[0] == "fault: The engine's tables are not set up yet."


def test_a_version_of_the_engine_s_tables_that_is_not_known_is_refused(
    cluster_cli: CommandLine, fresh_postgresql_url: str
) -> None:
    cluster_cli.well("migrate")
    execute(fresh_postgresql_url, "UPDATE store_state SET value = '99.00' WHERE name = 'engine_schema'")

    assert "from a newer version: install the newer version" in cluster_cli.refused("migrate")
    assert "from a newer version" in cluster_cli.refused("worker")


def test_doctor_tells_of_jobs_that_nobody_takes(cluster_cli: CommandLine, fresh_postgresql_url: str) -> None:
    cluster_cli.well("migrate")
    execute(fresh_postgresql_url, "INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('upkeep', 'upkeep')")
    young = findings(cluster_cli)
    execute(fresh_postgresql_url, "UPDATE procrastinate_events SET at = at - interval '2 minutes 1 second'")

    old = findings(cluster_cli)

    assert len(young) == 1
    assert re.fullmatch(
        r"fault: Jobs of the queue upkeep wait since [-0-9: ]+ UTC: 1\. Workers alive: none\.", old[0]
    ), old


def test_doctor_tells_of_a_table_of_jobs_that_is_not_cleared(
    cluster_cli: CommandLine, fresh_postgresql_url: str
) -> None:
    cluster_cli.well("migrate")
    jobs = (
        "INSERT INTO procrastinate_jobs (queue_name, task_name) SELECT 'upkeep', 'upkeep' FROM generate_series(1, {})"
    )
    execute(fresh_postgresql_url, jobs.format(1000))
    few = findings(cluster_cli)
    execute(fresh_postgresql_url, jobs.format(1))

    many = findings(cluster_cli)

    assert len(few) == 1
    assert many[0] == "warning: The engine has 1001 jobs stored, where it should have a few for each worker."


@contextmanager
def working(environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([PROGRAM, "worker"], env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.slow
def test_two_workers_send_what_one_that_serves_does_not_and_one_may_die(
    cluster_cli: CommandLine, environment: Mapping[str, str], fresh_postgresql_url: str
) -> None:
    cluster_cli.well("migrate")
    clinic_id = cluster_cli.clinic()
    cluster_cli.well("clinic", "set", clinic_id, "sending_hours", "00:00-24:00")
    ended_at = (utc_now() - timedelta(hours=48)).isoformat()

    def register(phone: str) -> None:
        cluster_cli.well(*words(clinic_id, "--phone", phone, "--consent-sms", *FACTS, ended_at=ended_at))

    def sent() -> int:
        listed = cluster_cli.well("outbox", "--clinic", clinic_id, "--json").json
        return len({one["to"] for one in listed if one["status"] == "sent"})

    given = dict(environment) | {"AFTERCARE_DATABASE_URL": fresh_postgresql_url, "AFTERCARE_ENGINE": "cluster"}
    register("+447700900101")
    with ExitStack() as processes:
        server = processes.enter_context(serving(given))
        alone = server.ask("GET", "/readyz")
        before = sent()
        first, second = (processes.enter_context(working(given)) for _ in range(2))
        wait_for(lambda: sent() == 1)
        together = server.ask("GET", "/readyz")
        first.kill()
        register("+447700900102")
        wait_for(lambda: sent() == 2)
        second.send_signal(signal.SIGTERM)
        _, said = second.communicate(timeout=PATIENCE_SECONDS)
        server.stop(signal.SIGTERM)

    assert alone == (503, {"status": "not ready", "failed": ["worker"]})
    assert before == 0
    assert together == (200, {"status": "ready", "failed": []})
    assert second.returncode == 0
    assert said == "Sending what is due; stop with Ctrl-C.\nStopping: what was posted is finished first.\n"
