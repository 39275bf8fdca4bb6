"""`aftercare serve` as its operator meets it: processes of their own, in a folder of their own."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from scheduler.clock import utc_now
from tests.cli.conftest import PROGRAM, CommandLine
from tests.cli.test_protocol import PUBLISH, SMALL
from tests.cli.test_session import FACTS, words

PATIENCE_SECONDS = 30
READY = "Serving on "


class Server:
    """A running `aftercare serve`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Wait until it says where it is."""
        assert process.stderr is not None
        self.process, self.said = process, []
        for line in process.stderr:
            self.said.append(line)
            if line.startswith(READY):
                self.address = urlsplit(line.removeprefix(READY).partition(";")[0]).netloc
                return
        raise AssertionError(self.said)

    def ask(self, method: str, path: str, token: str = "", body: object = None) -> tuple[int, Any]:
        """Status and body of an answer."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        with closing(http.client.HTTPConnection(self.address, timeout=PATIENCE_SECONDS)) as connection:
            connection.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or "null")

    def stop(self, number: signal.Signals) -> tuple[int, str]:
        """Exit code after a signal, and what it said since it was ready."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, said


@contextmanager
def serving(environment: Mapping[str, str], *more: str) -> Iterator[Server]:
    """A server on a free port, gone at the end of the block."""
    words = [PROGRAM, "serve", "--port", "0", *more]
    with subprocess.Popen(
        words, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Server(process)
        finally:
            process.kill()


def wait_for(condition: Callable[[], bool]) -> None:
    """Return as soon as it is so; fail if it never is."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.slow
def test_a_fresh_folder_becomes_a_service_whose_text_goes_out_in_time(
    empty_cli: CommandLine, environment: Mapping[str, str]
) -> None:
    empty_cli.well("migrate")
    with serving(environment) as server:
        # All of this while it runs: what the command line stores holds for it at once.
        clinic_id = empty_cli.clinic("--live", "--signed-by", "Dr Okafor")
        empty_cli.well("clinic", "set", clinic_id, "sending_hours", "00:00-24:00")
        token = empty_cli.well("token", "add", "--clinic", clinic_id, "--json").json["token"]
        Path("peel.toml").write_text(SMALL)
        empty_cli.well("protocol", "import", "peel.toml", "--clinic", clinic_id, *PUBLISH)
        ended_at = utc_now()
        body = {
            "patient": {"name": "Amira Khan", "phone": "+447911123456", "consent": {"sms": True, "source": "desk"}},
            "procedure": "peel",
            "ended_at": ended_at.isoformat(),
            "facts": {},
        }
        status, view = server.ask("POST", "/api/v1/sessions", token, body)

        def entry() -> dict[str, Any]:
            [found] = empty_cli.well("outbox", "--clinic", clinic_id, "--json").json
            return dict(found)

        wait_for(lambda: entry()["status"] == "sent")
        sent = entry()
        code, said = server.stop(signal.SIGTERM)

    assert status == 201
    assert sent["session_id"] == view["id"]
    assert (sent["to"], sent["reason"]) == ("+447911123456", None)
    assert sent["body"].startswith("Willow Skin: Do not use retinol")
    assert sent["due_at"] <= sent["sent_at"]
    assert (code, said) == (0, "Stopping: what was posted is finished first.\n")


@pytest.mark.slow
def test_the_command_line_answers_as_the_api_does(sqlite_cli: CommandLine, environment: Mapping[str, str]) -> None:
    clinic_id = sqlite_cli.clinic()
    token = sqlite_cli.well("token", "add", "--clinic", clinic_id, "--json").json["token"]
    ended_at = (utc_now() - timedelta(hours=1)).isoformat()
    body = {
        "patient": {"name": "Amira Khan", "phone": "+447700900101", "consent": {"sms": True, "source": "desk"}},
        "procedure": "microneedling",
        "ended_at": ended_at,
        "facts": {"needle_mm": 0.5, "modality": "pen", "areas": ["face", "neck"]},
    }

    with serving(environment, "--no-worker") as server:
        _, answer = server.ask("POST", "/api/v1/sessions", token, body)
    more = ("--phone", "+447700900101", "--consent-sms", *FACTS, "--json")
    printed = sqlite_cli.well(*words(clinic_id, *more, ended_at=ended_at)).json

    assert printed.pop("notices") == [*answer.pop("notices"), "This session was registered already."]
    assert printed == answer


@pytest.mark.slow
def test_a_revoked_token_stops_at_once(sqlite_cli: CommandLine, environment: Mapping[str, str]) -> None:
    clinic_id = sqlite_cli.clinic()
    token = sqlite_cli.well("token", "add", "--clinic", clinic_id, "--json").json["token"]
    [listed] = sqlite_cli.well("token", "list", "--clinic", clinic_id, "--json").json

    with serving(environment, "--no-worker") as server:
        before, _ = server.ask("GET", "/api/v1/reminders", token)
        sqlite_cli.well("token", "revoke", "--clinic", clinic_id, listed["id"])
        after, _ = server.ask("GET", "/api/v1/reminders", token)

    assert (before, after) == (200, 401)


@pytest.mark.slow
def test_a_server_without_a_worker_says_so_and_stops_on_ctrl_c(
    sqlite_cli: CommandLine, environment: Mapping[str, str]
) -> None:
    sqlite_cli.clinic()

    with serving(environment, "--no-worker") as server:
        status, body = server.ask("GET", "/readyz")
        with urllib.request.urlopen(f"http://{server.address}/metrics") as answer:
            told = answer.read()
        code, said = server.stop(signal.SIGINT)

    assert (status, body["failed"]) == (503, ["worker"])
    assert b"aftercare_nodes 0.0" in told
    assert (code, said) == (0, "")


@pytest.mark.slow
def test_a_port_in_use_is_one_line(sqlite_cli: CommandLine, environment: Mapping[str, str]) -> None:
    with serving(environment, "--no-worker") as server:
        said = sqlite_cli.refused("serve", "--port", server.address.rpartition(":")[2])

    assert said == (
        f"error: {server.address} can't be served on: Address already in use. Choose others with --host and --port.\n"
    )


def test_an_address_of_no_machine_is_one_line(sqlite_cli: CommandLine) -> None:
    said = sqlite_cli.refused("serve", "--host", "192.0.2.1")

    assert said.startswith("error: 192.0.2.1:8000 can't be served on: ")


def test_a_port_that_cannot_be_is_wrong_use(sqlite_cli: CommandLine) -> None:
    assert "--port" in sqlite_cli.refused("serve", "--port", "65536")


def test_without_a_database_nothing_is_served(empty_cli: CommandLine) -> None:
    assert empty_cli.refused("serve") == "error: The database is not set up yet: run aftercare migrate.\n"
