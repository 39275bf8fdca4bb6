"""A whole service with Twilio set, from the session that is registered to the receipt, over HTTP in both directions."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from scheduler.clock import utc_now
from tests.cli.conftest import CommandLine
from tests.cli.test_protocol import PUBLISH, SMALL
from tests.cli.test_serve import Server, serving, wait_for
from tests.peers.twilio.stub import ACCOUNT, KEY, NUMBER, SECRET, SERVICE, TOKEN, Stub
from tests.peers.twilio.stub import serving as twilio_serving

PATIENT = {"name": "Amira Khan", "phone": "+447911123456", "consent": {"sms": True, "source": "desk"}}


def account(stub: Stub) -> dict[str, str]:
    return {
        "AFTERCARE_SMS": "twilio",
        "AFTERCARE_TWILIO__ACCOUNT_SID": ACCOUNT,
        "AFTERCARE_TWILIO__AUTH_TOKEN": TOKEN,
        "AFTERCARE_TWILIO__API_KEY": KEY,
        "AFTERCARE_TWILIO__API_SECRET": SECRET,
        "AFTERCARE_TWILIO__MESSAGING_SERVICE_SID": SERVICE,
        "AFTERCARE_TWILIO__BASE_URL": stub.url,
        # Another program's account, which must not leak in.
        "TWILIO_ACCOUNT_SID": "AC" + "f" * 32,
        "TWILIO_AUTH_TOKEN": "somebody-elses",
        "TWILIO_REGION": "au1",
        "TWILIO_EDGE": "sydney",
    }


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def a_live_clinic(cli: CommandLine) -> tuple[str, str]:
    """A clinic whose one text goes two seconds after the session, at any hour; its id and a token."""
    clinic_id = cli.clinic("--live", "--signed-by", "Dr Okafor")
    cli.well("clinic", "set", clinic_id, "sending_hours", "00:00-24:00")
    Path("peel.toml").write_text(SMALL)
    cli.well("protocol", "import", "peel.toml", "--clinic", clinic_id, *PUBLISH)
    return clinic_id, cli.well("token", "add", "--clinic", clinic_id, "--json").json["token"]


def register(server: Server, token: str) -> None:
    body = {"patient": PATIENT, "procedure": "peel", "ended_at": utc_now().isoformat(), "facts": {}}
    status, answer = server.ask("POST", "/api/v1/sessions", token, body)
    assert status == 201, answer


def outbox(cli: CommandLine, clinic_id: str) -> Callable[[], dict[str, Any]]:
    def entry() -> dict[str, Any]:
        [found] = cli.well("outbox", "--clinic", clinic_id, "--json").json
        return dict(found)

    return entry


@pytest.mark.slow
def test_a_text_goes_out_by_twilio_and_its_signed_callback_makes_it_delivered(
    sqlite_cli: CommandLine, environment: Mapping[str, str]
) -> None:
    clinic_id, token = a_live_clinic(sqlite_cli)
    entry, port = outbox(sqlite_cli, clinic_id), str(free_port())
    with twilio_serving() as stub:
        stub.now = utc_now()
        more = {**account(stub), "AFTERCARE_PUBLIC_URL": f"http://127.0.0.1:{port}"}
        with serving({**environment, **more}, "--port", port) as server:
            register(server, token)
            stub.wait_for_messages(1)
            [(sid, message)] = stub.ledger.items()
            wait_for(lambda: entry()["status"] == "sent")
            stub.move(sid, "sent")
            answers = [stub.call_back(sid)]
            stub.move(sid, "delivered")
            forged = stub.call_back(sid, token="not-the-token")
            before = entry()["status"]
            answers += [stub.call_back(sid), stub.call_back(sid)]
            after = entry()["status"]

    assert (message["to"], message["messaging_service_sid"]) == ("+447911123456", SERVICE)
    assert str(message["body"]).startswith("Willow Skin: Do not use retinol")
    assert (answers, forged) == ([204, 204, 204], 403)
    assert (before, after) == ("sent", "delivered")
    assert (len(stub.posts), stub.violations) == (1, [])


@pytest.mark.slow
def test_without_a_public_address_twilio_is_asked_and_the_text_is_delivered_all_the_same(
    sqlite_cli: CommandLine, environment: Mapping[str, str]
) -> None:
    clinic_id, token = a_live_clinic(sqlite_cli)
    entry = outbox(sqlite_cli, clinic_id)
    with twilio_serving() as stub:
        stub.now = utc_now()
        with serving({**environment, **account(stub)}) as server:
            register(server, token)
            stub.wait_for_messages(1)
            [sid] = stub.ledger
            stub.move(sid, "delivered")
            wait_for(lambda: entry()["status"] == "delivered")

    assert stub.callbacks == {}
    assert (len(stub.posts), stub.violations) == (1, [])


@pytest.mark.slow
def test_a_refusal_of_our_account_holds_the_sender_and_loses_nothing(
    sqlite_cli: CommandLine, environment: Mapping[str, str]
) -> None:
    clinic_id, token = a_live_clinic(sqlite_cli)
    entry = outbox(sqlite_cli, clinic_id)
    with twilio_serving() as stub:
        wrong = {**account(stub), "AFTERCARE_TWILIO__API_SECRET": "wrong"}
        with serving({**environment, **wrong}) as server:
            register(server, token)
            wait_for(lambda: str(entry()["reason"]).startswith("sender held"))
        held = [sender for sender in sqlite_cli.well("sender", "list", "--json").json if sender["held_reason"]]

    assert entry()["status"] == "scheduled"
    assert [sender["id"] for sender in held] == ["settings-sms"]
    assert len(stub.posts) == 1


@pytest.mark.slow
def test_a_clinic_with_a_number_of_its_own_texts_from_it(
    sqlite_cli: CommandLine, environment: Mapping[str, str]
) -> None:
    clinic_id, token = a_live_clinic(sqlite_cli)
    given = ("--clinic", clinic_id, "--channel", "sms", "--provider", "twilio", "--identity", f"from_number={NUMBER}")
    sqlite_cli.well("sender", "add", *given)
    with twilio_serving() as stub, serving({**environment, **account(stub)}) as server:
        register(server, token)
        stub.wait_for_messages(1)

    [post] = stub.posts
    assert post.form["From"] == NUMBER
    assert "MessagingServiceSid" not in post.form
