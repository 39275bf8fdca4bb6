from __future__ import annotations

import signal
import subprocess
import urllib.request
from collections.abc import Mapping
from datetime import timedelta

import pytest

from scheduler.clock import utc_now
from tests.cli.conftest import PROGRAM, CommandLine
from tests.cli.test_serve import PATIENCE_SECONDS, wait_for
from tests.cli.test_session import FACTS, words


def test_on_sqlite_a_worker_says_who_sends(sqlite_cli: CommandLine) -> None:
    said = sqlite_cli.refused("worker")

    assert said == (
        "error: On SQLite the process that serves sends too: run aftercare serve. A worker needs PostgreSQL.\n"
    )


@pytest.mark.slow
def test_on_postgresql_a_worker_sends_what_is_due_and_stops_when_told(
    empty_cli: CommandLine, fresh_postgresql_url: str, monkeypatch: pytest.MonkeyPatch, environment: Mapping[str, str]
) -> None:
    monkeypatch.setenv("AFTERCARE_DATABASE_URL", fresh_postgresql_url)
    clinic_id = empty_cli.clinic()
    empty_cli.well("clinic", "set", clinic_id, "sending_hours", "00:00-24:00")
    # The warning signs of day 1 go by themselves and at once, at whatever hour this runs; others may wait to be joined.
    ended_at = (utc_now() - timedelta(hours=48)).isoformat()
    empty_cli.well(*words(clinic_id, "--phone", "+447700900101", "--consent-sms", *FACTS, ended_at=ended_at))

    def statuses() -> set[str]:
        return {entry["status"] for entry in empty_cli.well("outbox", "--clinic", clinic_id, "--json").json}

    before = statuses()
    started = dict(environment) | {"AFTERCARE_DATABASE_URL": fresh_postgresql_url}
    worker = [PROGRAM, "worker", "--metrics-port", "0"]
    with subprocess.Popen(worker, env=started, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            metrics = process.stderr.readline().rpartition(" ")[2].strip()
            started_saying = process.stderr.readline()
            wait_for(lambda: "sent" in statuses())
            wait_for(lambda: b'ending="accepted"' in asked(metrics))
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=PATIENCE_SECONDS)
        finally:
            process.kill()

    assert before == {"scheduled"}
    assert process.returncode == 0
    assert started_saying == "Sending what is due; stop with Ctrl-C.\n"
    assert said == "Stopping: what was posted is finished first.\n"


def asked(url: str) -> bytes:
    with urllib.request.urlopen(url) as answer:  # noqa: S310  the worker's own port
        body: bytes = answer.read()
    return body
