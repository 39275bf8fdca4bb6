"""The wire of the Twilio stub: a server on 127.0.0.1, and the ways in which one call can be answered on it."""

from __future__ import annotations

import json
import os
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol

from werkzeug.datastructures import Headers

from tests.peers.twilio.judge import JSON, Answered, Asked, faults_of_answer

A_BREATH = 0.02
"""Seconds between two bytes of a drip."""
LONGEST_WAIT = 30
"""Seconds after which a test that waits for a thread has failed."""


class Ledger(Protocol):
    """What stands behind the wire."""

    violations: list[str]
    released: threading.Event
    hung_up: threading.Semaphore

    def take(self, asked: Asked) -> dict[str, object]:
        """Keep a message."""
        ...

    def handle(self, call: Call) -> None:
        """Answer one request."""
        ...


class Call:
    """One request and the ways to answer it."""

    def __init__(self, ledger: Ledger, asked: Asked, handler: BaseHTTPRequestHandler) -> None:
        self.asked = asked
        self._ledger = ledger
        self._handler = handler
        self.judged = True
        """Whether answers are held to Twilio's description, which takes milliseconds each."""

    def accept(self) -> dict[str, object]:
        """Take the message, whatever is answered."""
        return self._ledger.take(self.asked)

    def answer(self, status: int, said: Mapping[str, object]) -> None:
        """As Twilio does, held to its description."""
        body = json.dumps(said).encode()
        if self.judged:
            self._ledger.violations.extend(faults_of_answer(self.asked, Answered(status, body)))
        self.raw(status, body)

    def refuse(self, status: int, code: int, message: str) -> None:
        """Twilio's no."""
        more = f"https://www.twilio.com/docs/errors/{code}"
        self.answer(status, {"code": code, "message": message, "more_info": more, "status": status})

    def raw(self, status: int, body: bytes, kind: str = JSON, **headers: str) -> None:
        """Those bytes, held to nothing."""
        self.head(status, length=len(body), kind=kind, **headers)
        self.write(body)

    def head(self, status: int, *, length: int, kind: str = JSON, **headers: str) -> None:
        """The beginning of an answer."""
        self._handler.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(length), **headers}.items():
            self._handler.send_header(name, value)
        self._handler.end_headers()

    def write(self, data: bytes) -> None:
        self._handler.wfile.write(data)

    def drip(self, byte: bytes) -> None:
        """That byte again and again, until the other side has had enough or the test lets go."""
        for _ in range(int(LONGEST_WAIT / A_BREATH)):
            if self._ledger.released.wait(A_BREATH):
                break
            self.write(byte)
        self.hang_up()

    def write_past_tls(self, data: bytes) -> None:
        """Those bytes as they are, where the other side waits for a record of TLS."""
        os.write(self._handler.connection.fileno(), data)

    def wait(self) -> None:
        """Until the test lets go."""
        assert self._ledger.released.wait(LONGEST_WAIT), "nobody released the stub"

    def hang_up(self) -> None:
        """Close once the answer, or what there is of it, is written."""
        self._handler.close_connection = True


@contextmanager
def listening(ledger: Ledger, *, tls: ssl.SSLContext | None = None, port: int = 0) -> Iterator[str]:
    """The address of a server in front of the ledger, on that port or, for 0, on a free one."""
    server = _Server(ledger, port)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        ledger.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 100

    def __init__(self, ledger: Ledger, port: int) -> None:
        super().__init__(("127.0.0.1", port), _handler(ledger))
        self._ledger = ledger

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        super().shutdown_request(request)
        self._ledger.hung_up.release()

    def handle_error(self, *_: object) -> None:
        """The other side may leave whenever it likes; anything else is a fault of the stub."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            self._ledger.violations.append(f"the stub failed: {error!r}")


def _handler(ledger: Ledger) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = LONGEST_WAIT
        disable_nagle_algorithm = True  # an answer is written in two pieces, and the second must not wait

        def do_GET(self) -> None:
            self._handle()

        def do_POST(self) -> None:
            self._handle()

        def log_message(self, *_: object) -> None:
            """Say nothing: pytest's output is for failures."""

        def _handle(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length) or None
            if len(body or b"") < length:
                self.close_connection = True  # who asked went away in the middle: nothing was asked
                return
            asked = Asked(self.command.lower(), self.path, Headers(self.headers.items()), body)
            ledger.handle(Call(ledger, asked, self))

    return Handler
