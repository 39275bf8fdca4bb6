"""A Twilio of our own on 127.0.0.1: one account with its services, its number, and a ledger of what it took.

Every request, and every answer that isn't a scripted fault, is held to Twilio's own description (`judge`); what
breaks it stands in `violations`, and a test that uses the fixture fails on one.
"""

from __future__ import annotations

import base64
import re
import ssl
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

from tests.peers.twilio import records
from tests.peers.twilio.faults import Fault
from tests.peers.twilio.judge import Asked, faults_of_request, record
from tests.peers.twilio.signing import signature
from tests.peers.twilio.wire import LONGEST_WAIT, Call, listening

ACCOUNT, TOKEN = "AC" + "a" * 32, "the-token"
KEY, SECRET = "SK" + "b" * 32, "the-secret"
SERVICE, EMPTY_SERVICE = "MG" + "c" * 32, "MG" + "d" * 32
NUMBER = "+12025550100"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
_NUMBERS = f"/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers.json"
_SERVICE_PATH = re.compile(rf"/v1/Services/({SERVICE}|{EMPTY_SERVICE})(?:/(\w+))?")
_POOLS = {"PhoneNumbers": "phone_number", "ShortCodes": "short_code", "AlphaSenders": "alpha_sender"}


class Stub:
    """What one account holds at Twilio, and what came of every request."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 4, 12, tzinfo=UTC)
        self.account: dict[str, object] = {"sid": ACCOUNT, "status": "active", "type": "Full"}
        self.stopped: set[str] = set()
        """Numbers that texted STOP."""
        self.asked: list[Asked] = []
        """Every request, in order."""
        self.ledger: dict[str, dict[str, object]] = {}
        """Every message that was taken, by its id, oldest first, whatever was answered."""
        self.callbacks: dict[str, str] = {}
        """Where to tell of each."""
        self.violations: list[str] = []
        self.released = threading.Event()
        self.hung_up = threading.Semaphore(0)
        self.url = ""
        self._script: deque[Fault] = deque()
        self._lock = threading.Lock()
        self._taken = threading.Semaphore(0)

    @property
    def posts(self) -> list[Asked]:
        """The requests that ask for a text."""
        return [asked for asked in self.asked if asked.method == "post"]

    def then(self, *faults: Fault) -> None:
        """Answer the next requests so, one each, before doing as Twilio does again."""
        self._script.extend(faults)

    def release(self) -> None:
        """Let every call that hangs or drips go."""
        self.released.set()

    def wait_for_messages(self, count: int) -> None:
        """Until so many more messages were taken."""
        for _ in range(count):
            assert self._taken.acquire(timeout=LONGEST_WAIT), "no message came"

    def wait_for_hang_up(self) -> None:
        """Until one more connection was closed."""
        assert self.hung_up.acquire(timeout=LONGEST_WAIT), "no connection was closed"

    def move(self, sid: str, status: str, error_code: int | None = None) -> None:
        """What a mobile network makes of a message."""
        self.ledger[sid] |= {"status": status, "error_code": error_code}

    def call_back(self, sid: str, *, token: str = TOKEN) -> int:
        """Post a message's status to where it was asked to, signed; the HTTP status of the answer."""
        message, url = self.ledger[sid], self.callbacks[sid]
        status = str(message["status"])
        form = {"AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "To": str(message["to"])}
        form |= {"MessageSid": sid, "SmsSid": sid, "MessageStatus": status, "SmsStatus": status}
        form |= {"From": str(message["from"] or NUMBER)}
        if message["error_code"]:
            form["ErrorCode"] = str(message["error_code"])
        return _post(url, form, signature(url, form, token))

    def handle(self, call: Call) -> None:
        """Answer one request as scripted, else as Twilio does."""
        with self._lock:
            self.asked.append(call.asked)
            self.violations.extend(faults_of_request(call.asked))
            fault = self._script.popleft() if self._script else self._answer
        fault(call)

    def take(self, asked: Asked) -> dict[str, object]:
        """Keep a message; its record."""
        with self._lock:
            sid = f"SM{len(self.ledger):032x}"
            self.ledger[sid] = records.message(sid, asked, self.now)
            if "StatusCallback" in asked.form:
                self.callbacks[sid] = asked.form["StatusCallback"]
        self._taken.release()
        return self.ledger[sid]

    def _answer(self, call: Call) -> None:
        if _login(call.asked) not in {(ACCOUNT, TOKEN), (KEY, SECRET)}:
            call.refuse(401, 20003, "Authenticate")
        elif call.asked.method == "post":
            code = self._wrong(call.asked)
            call.refuse(404 if code == 20404 else 400, code, f"No to {code}") if code else self._create(call)
        else:
            found = self._find(call.asked)
            call.answer(200, found) if found is not None else call.refuse(404, 20404, "Not found")

    def _create(self, call: Call) -> None:
        call.answer(201, self.take(call.asked))

    def _wrong(self, asked: Asked) -> int | None:
        """The code that Twilio refuses a text with; None if it takes it."""
        form = asked.form
        service = form.get("MessagingServiceSid")
        wrong = {
            20404: asked.path != MESSAGES,
            21211: not re.fullmatch(r"\+[1-9]\d{6,14}", form["To"]),
            21610: form["To"] in self.stopped,
            21705: service not in {None, SERVICE, EMPTY_SERVICE},
            21703: service == EMPTY_SERVICE,
            21660: service is None and form.get("From") != NUMBER,
            21617: len(form.get("Body", "")) > 1600,
            21624: not 1 <= int(form.get("ValidityPeriod", 1)) <= 36_000,
        }
        return next((code for code, is_so in wrong.items() if is_so), None)

    def _find(self, asked: Asked) -> dict[str, object] | None:
        path, query = asked.path, asked.query
        if path == f"/2010-04-01/Accounts/{ACCOUNT}.json":
            return record(path, "api.v2010.account", **self.account)
        if path == MESSAGES:
            to = query.get("To")
            return records.page(
                asked, "messages", [one for one in reversed(self.ledger.values()) if to in {None, one["to"]}]
            )
        if path == _NUMBERS:
            owned = [NUMBER] if query.get("PhoneNumber", NUMBER) == NUMBER else []
            schema = "api.v2010.account.incoming_phone_number"
            found = [record(path, schema, phone_number=number) for number in owned]
            return records.page(asked, "incoming_phone_numbers", found)
        if of_service := _SERVICE_PATH.fullmatch(path):
            return _service(asked, *of_service.groups())
        return self.ledger.get(path.rpartition("/")[2].removesuffix(".json"))


@contextmanager
def serving(*, tls: ssl.SSLContext | None = None) -> Iterator[Stub]:
    """A stub on a free port, over TLS if a context is given; its `url` is the base of the API."""
    stub = Stub()
    with listening(stub, tls=tls) as stub.url:
        yield stub


def _service(asked: Asked, sid: str, name: str | None) -> dict[str, object]:
    if name is None:
        return record(asked.path, "messaging.v1.service", sid=sid, account_sid=ACCOUNT)
    schema = f"messaging.v1.service.{_POOLS[name]}"
    inside = [NUMBER] if sid == SERVICE and name == "PhoneNumbers" else []
    return records.pool(asked, f"{_POOLS[name]}s", [record(asked.path, schema, phone_number=one) for one in inside])


def _login(asked: Asked) -> tuple[str, str]:
    scheme, _, coded = asked.headers.get("Authorization", "").partition(" ")
    name, _, password = base64.b64decode(coded).decode().partition(":")
    return (name, password) if scheme == "Basic" else ("", "")


def _post(url: str, form: dict[str, str], signed: str) -> int:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=LONGEST_WAIT)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "X-Twilio-Signature": signed,
    }
    try:
        connection.request("POST", f"{parts.path}?{parts.query}", urlencode(form), headers)
        return connection.getresponse().status
    finally:
        connection.close()
