"""What the provider calls back: signed, now and then twice, late or not at all."""

from __future__ import annotations

import random
import threading
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from queue import SimpleQueue
from urllib.parse import urlencode, urlsplit

from tests.peers.twilio.signing import signature
from tests.peers.twilio.stub import ACCOUNT, NUMBER, TOKEN

_LOST, _TWICE, _LATE = 0.1, 0.1, 0.1
_LATE_SECONDS = 2.0
_PATIENCE_SECONDS = 5


class Callbacks:
    """Posts from a thread of its own; what nobody takes is lost."""

    def __init__(self, *, seed: int) -> None:
        self._lot = random.Random(seed)  # noqa: S311  the same lot each time, no secret
        self._queue: SimpleQueue[tuple[str, str, str]] = SimpleQueue()
        threading.Thread(target=self._run, name="callbacks", daemon=True).start()

    def tell(self, sid: str, number: str, address: str) -> None:
        """Tell that address that a message was sent, and then that it arrived; or, by lot, don't."""
        lot = self._lot.random()
        if lot < _LOST:
            return
        words = ["sent", "delivered"] * (2 if lot < _LOST + _TWICE else 1)
        if lot > 1 - _LATE:
            threading.Timer(_LATE_SECONDS, self._put, (sid, number, address, words[::-1])).start()
        else:
            self._put(sid, number, address, words)

    def _put(self, sid: str, number: str, address: str, words: list[str]) -> None:
        for word in words:
            form = {"AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "To": number, "From": NUMBER}
            form |= {"MessageSid": sid, "SmsSid": sid, "MessageStatus": word, "SmsStatus": word}
            self._queue.put((address, urlencode(form), signature(address, form, TOKEN)))

    def _run(self) -> None:
        while True:
            address, body, signed = self._queue.get()
            with suppress(OSError, HTTPException):  # nobody is there, or was killed meanwhile
                _post(address, body, signed)


def _post(address: str, body: str, signed: str) -> None:
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=_PATIENCE_SECONDS)
    kind = "application/x-www-form-urlencoded; charset=UTF-8"
    try:
        headers = {"Content-Type": kind, "X-Twilio-Signature": signed}
        connection.request("POST", f"{parts.path}?{parts.query}", body, headers)
        connection.getresponse().read()
    finally:
        connection.close()
