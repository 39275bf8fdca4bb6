from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, parse_qsl

import pytest
from twilio.request_validator import RequestValidator

from scheduler.domain.delivery.outcomes import Accepted
from scheduler.domain.delivery.receipts import ReceiptRank, merge
from scheduler.domain.delivery.reminders import Status
from scheduler.senders.twilio_sms import TwilioAccount, TwilioSms, read_callback
from tests.peers.twilio.stub import SERVICE, TOKEN, Stub
from tests.senders.twilio_sms.postings import NOON, TIMEOUT, a_text


class Mailbox:
    """Keeps what is posted to it: path with query, fields and signature."""

    def __init__(self) -> None:
        self.url = ""
        self.posts: list[tuple[str, dict[str, str], str]] = []


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = dict(parse_qsl(body, keep_blank_values=True))
            box.posts.append((self.path, form, self.headers["X-Twilio-Signature"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing: pytest's output is for failures."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        box.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield box
        server.shutdown()
        thread.join()


@pytest.fixture
def sid(account: TwilioAccount, mailbox: Mailbox) -> str:
    """A text that was sent with the mailbox as the place to tell."""
    sender = TwilioSms(account, utc_now=lambda: NOON, messaging_service_sid=SERVICE, public_url=mailbox.url)
    outcome = sender.send(a_text("a-7"), timeout=TIMEOUT)
    assert isinstance(outcome, Accepted)
    return outcome.provider_id


def test_what_happens_to_a_text_comes_back_with_its_attempt(twilio: Stub, mailbox: Mailbox, sid: str) -> None:
    twilio.move(sid, "undelivered", 30006)

    assert twilio.call_back(sid) == 204
    path, form, _ = mailbox.posts[0]
    attempt_id = parse_qs(path.partition("?")[2])["a"][0]
    receipt = read_callback(form, attempt_id=attempt_id, at=NOON)

    assert path == "/webhooks/twilio/status?a=a-7"
    assert receipt is not None
    assert (receipt.attempt_id, receipt.provider_id, receipt.error_code) == ("a-7", sid, "30006")
    assert receipt.rank is ReceiptRank.UNDELIVERED
    assert merge(Status.SENT, receipt) is Status.UNDELIVERED


def test_twilios_own_check_takes_our_signature(twilio: Stub, mailbox: Mailbox, sid: str) -> None:
    twilio.move(sid, "delivered")
    twilio.call_back(sid)
    twilio.call_back(sid, token="of somebody else")
    (path, form, signed), (_, _, forged) = mailbox.posts

    check = RequestValidator(TOKEN)

    assert check.validate(mailbox.url + path, form, signed)
    assert not check.validate(mailbox.url + path, form, forged)
    assert not check.validate(mailbox.url + path.replace("a-7", "a-8"), form, signed)
    assert not check.validate(mailbox.url + path, form | {"MessageStatus": "failed"}, signed)
