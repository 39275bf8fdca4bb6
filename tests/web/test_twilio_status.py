"""Callbacks as Twilio posts them: signed over the public address, in forms and in JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from scheduler.clock import utc_now
from scheduler.domain.delivery.reminders import Status
from scheduler.senders.twilio_sms import read_callback
from scheduler.storage.database import Database
from scheduler.web.app import create_app
from scheduler.web.callbacks import TwilioCallbacks
from scheduler.web.parts import WebParts
from tests.builders import (
    CATALOG,
    NOW,
    StoppedClock,
    a_clinic,
    a_planned,
    a_quiet_session,
    add_reminders,
    drain_at,
    the_reminder,
)
from tests.fakes import AcceptingSender
from tests.peers.twilio.signing import signature

TOKEN = "the-token"
PUBLIC = "https://aftercare.example.org/base/"
ADDRESS = "https://aftercare.example.org/base/webhooks/twilio/status"
STATUS = "/webhooks/twilio/status"
FORM = "application/x-www-form-urlencoded; charset=UTF-8"


class Clinic:
    """One text that was sent, and Twilio on the line."""

    def __init__(self, database: Database) -> None:
        self.database, self.clinic = database, a_clinic(database)
        view = a_quiet_session(database, self.clinic)
        (self.reminder_id,) = add_reminders(database, self.clinic, view, [a_planned(str(view.id))])
        sender = AcceptingSender()
        drain_at(database, sender, NOW)
        self.attempt_id = sender.sent[0].attempt_id
        callbacks = TwilioCallbacks(public_url=PUBLIC, auth_token=TOKEN, read=read_callback, utc_now=utc_now)
        parts = WebParts(database=database, catalog=CATALOG, clock=StoppedClock(), twilio=callbacks)
        self.client = TestClient(create_app(parts), raise_server_exceptions=False)

    @property
    def status(self) -> Status:
        return the_reminder(self.database, self.clinic, self.reminder_id).status

    def fields(self, **changes: str) -> dict[str, str]:
        """What Twilio posts of the text, and more than is known of today."""
        fields = {"MessageSid": f"fake-{self.attempt_id}", "MessageStatus": "delivered", "RawDlrDoneDate": "2603041201"}
        return {**fields, "To": "+447700900123", "ErrorMessage": "", "SomethingNew": "a b&c=d", **changes}

    def post(
        self,
        fields: Mapping[str, str],
        *,
        signed: str | None = None,
        query: str | None = None,
    ) -> Response:
        """A form, signed as it should be unless told otherwise."""
        query = f"a={self.attempt_id}" if query is None else query
        right = signature(f"{ADDRESS}?{query}", fields, TOKEN)
        given = (right if signed is None else signed).encode()
        headers = {b"Content-Type": FORM.encode(), b"X-Twilio-Signature": given}
        return self.client.post(f"{STATUS}?{query}", content=urlencode(fields), headers=headers)

    def post_json(self, body: bytes, *, digest: str | None = None, signed: str | None = None) -> Response:
        """JSON, whose digest stands in the signed address."""
        query = f"a={self.attempt_id}&bodySHA256={digest or hashlib.sha256(body).hexdigest()}"
        right = signature(f"{ADDRESS}?{query}", {}, TOKEN)
        headers = {"Content-Type": "application/json", "X-Twilio-Signature": right if signed is None else signed}
        return self.client.post(f"{STATUS}?{query}", content=body, headers=headers)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return Clinic(database)


def test_a_signed_form_makes_the_text_delivered(clinic: Clinic) -> None:
    answer = clinic.post(clinic.fields())

    assert (answer.status_code, answer.content) == (204, b"")
    assert clinic.status is Status.DELIVERED


def test_a_signed_json_body_makes_the_text_delivered(clinic: Clinic) -> None:
    answer = clinic.post_json(json.dumps(clinic.fields()).encode())

    assert answer.status_code == 204
    assert clinic.status is Status.DELIVERED


@pytest.mark.parametrize("signed", ["", "bm9ib2R5", "é"])
def test_a_call_without_the_right_signature_is_refused(clinic: Clinic, signed: str) -> None:
    answer = clinic.post(clinic.fields(), signed=signed)

    assert answer.status_code == 403
    assert answer.json()["detail"] == "This call doesn't bear Twilio's signature."
    assert clinic.status is Status.SENT


def test_a_field_that_was_changed_is_refused(clinic: Clinic) -> None:
    signed = signature(f"{ADDRESS}?a={clinic.attempt_id}", clinic.fields(MessageStatus="failed"), TOKEN)

    assert clinic.post(clinic.fields(), signed=signed).status_code == 403


def test_a_signature_of_another_attempt_is_refused(clinic: Clinic) -> None:
    signed = signature(f"{ADDRESS}?a=another", clinic.fields(), TOKEN)

    assert clinic.post(clinic.fields(), signed=signed).status_code == 403


@pytest.mark.parametrize("content_type", ["application/json", FORM])
def test_a_json_body_that_was_changed_is_refused(clinic: Clinic, content_type: str) -> None:
    body = json.dumps(clinic.fields()).encode()
    query = f"a={clinic.attempt_id}&bodySHA256={hashlib.sha256(b'another').hexdigest()}"
    right = signature(f"{ADDRESS}?{query}", {}, TOKEN)

    answer = clinic.client.post(
        f"{STATUS}?{query}", content=body, headers={"Content-Type": content_type, "X-Twilio-Signature": right}
    )

    assert answer.status_code == 403
    assert clinic.status is Status.SENT


def test_a_json_body_that_is_no_text_is_refused(clinic: Clinic) -> None:
    assert clinic.post_json(b"\xff").status_code == 403


def test_a_json_body_outside_the_signature_is_refused(clinic: Clinic) -> None:
    query = f"a={clinic.attempt_id}"
    headers = {"Content-Type": "application/json", "X-Twilio-Signature": signature(f"{ADDRESS}?{query}", {}, TOKEN)}

    answer = clinic.client.post(f"{STATUS}?{query}", content=json.dumps(clinic.fields()), headers=headers)

    assert answer.status_code == 403


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"MessageSid": {}}', b""])
def test_a_signed_body_that_says_nothing_is_taken_and_changes_nothing(clinic: Clinic, body: bytes) -> None:
    assert clinic.post_json(body).status_code == 204
    assert clinic.status is Status.SENT


@pytest.mark.parametrize(
    "changes", [{"MessageStatus": "a new word"}, {"MessageSid": ""}, {"MessageSid": "SM" + "9" * 600}]
)
def test_a_signed_form_that_says_nothing_of_ours_is_taken_and_changes_nothing(
    clinic: Clinic, changes: dict[str, str]
) -> None:
    assert clinic.post(clinic.fields(**changes)).status_code == 204
    assert clinic.status is Status.SENT


@pytest.mark.parametrize("query", ["", "a=", "a=nobody", "a=" + "x" * 300, "a=%00"])
def test_a_signed_call_of_no_attempt_of_ours_is_taken_and_changes_nothing(clinic: Clinic, query: str) -> None:
    signed = signature(f"{ADDRESS}?{query}" if query else ADDRESS, clinic.fields(), TOKEN)

    assert clinic.post(clinic.fields(), query=query, signed=signed).status_code == 204
    assert clinic.status is Status.SENT


def test_without_callbacks_there_is_no_such_address(database: Database) -> None:
    parts = WebParts(database=database, catalog=CATALOG, clock=StoppedClock())

    assert TestClient(create_app(parts)).post(STATUS).status_code == 404
