"""One HTTP request that is made once, ends by its deadline, and knows whether anything of it left this machine.

Knows nothing of Twilio: its SDK is put on top in `account`. Not `requests.Session`, which reads a redirect's whole
body before it hands the answer over, and the environment besides.
"""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPResponse
from pathlib import Path
from time import monotonic
from typing import Any

from requests import Request, RequestException, Response
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import EmptyPoolError
from urllib3.response import BaseHTTPResponse
from urllib3.util.retry import Retry

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
"""Of silence. Twilio gives up a request of its own after about 26 s; less would make doubts where it answers late."""
LARGEST_ANSWER = 1024 * 1024
_PIECE = 64 * 1024


class TooLarge(RequestException):
    """The answer is larger than any that makes sense."""


class MadeAlready(RequestException):
    """A second request under one exchange: not made, whoever asked for it."""


@dataclass(slots=True)
class Exchange:
    """A request under way: until when it may last, and how far it got."""

    deadline: float
    """Of the monotonic clock."""
    handed_over: bool = False
    """Whether a byte of the request may have left: until then it was certainly not received."""
    status: int | None = None
    """Of the answer, once there is one."""

    def seconds(self, at_most: float) -> float:
        """How long the next step may wait. Raises TimeoutError when the time is over."""
        left = self.deadline - monotonic()
        if left <= 0:
            raise TimeoutError("no time left")
        return min(left, at_most)


_current: ContextVar[Exchange] = ContextVar("exchange")


@contextmanager
def exchange(timeout: timedelta) -> Iterator[Exchange]:
    """The one request that this thread makes inside the block, over within `timeout`."""
    started = Exchange(monotonic() + timeout.total_seconds())
    token = _current.set(started)
    try:
        yield started
    finally:
        _current.reset(token)


class OnceOnly:
    """Makes the requests of several threads over connections that are kept, each request once and within its time."""

    def __init__(self, *, threads: int, ca_file: Path | None = None) -> None:
        never = Retry(total=0, connect=0, read=False, status=0)
        self._adapter = _Adapter(pool_maxsize=threads, pool_block=True, max_retries=never)
        self._verify = str(ca_file) if ca_file else True

    def request(self, request: Request) -> tuple[int, str, Mapping[str, str]]:
        """Status, text and headers of the answer, a redirect's too.

        Raises RequestException or TimeoutError where there is none, and TooLarge; the exchange says how far it got.
        """
        current = _current.get()
        if current.handed_over:
            raise MadeAlready
        timeout = (current.seconds(CONNECT_SECONDS), current.seconds(READ_SECONDS))
        try:
            answer = self._adapter.send(
                request.prepare(), stream=True, timeout=timeout, verify=self._verify, proxies={}
            )
        except EmptyPoolError:
            raise TimeoutError("no connection was free in time") from None
        try:
            current.status = answer.status_code
            return answer.status_code, _text(answer), answer.headers
        finally:
            answer.close()

    def close(self) -> None:
        """Let the kept connections go."""
        self._adapter.close()


def _text(answer: Response) -> str:
    read = bytearray()
    for piece in answer.iter_content(_PIECE):
        read += piece
        if len(read) > LARGEST_ANSWER:
            raise TooLarge
    return read.decode(errors="replace")


class _Clocked(io.RawIOBase):
    """A socket's bytes for as long as the exchange lasts: however little each read brings, the sum is bounded."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._bytes = sock.makefile("rb", buffering=0)  # keeps the socket open until it is closed itself

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401  the buffer protocol has no type before 3.12
        self._socket.settimeout(_current.get().seconds(READ_SECONDS))
        return self._bytes.readinto(buffer)

    def close(self) -> None:
        self._bytes.close()
        super().close()


class _ClockedAnswer(HTTPResponse):
    """Reads the answer, its head as well as its body, against the deadline."""

    def __init__(self, sock: socket.socket, *words: Any, **named: Any) -> None:  # noqa: ANN401  handed through
        super().__init__(sock, *words, **named)
        self.fp.close()
        self.fp = io.BufferedReader(_Clocked(sock))


def hand_over(connection: HTTPConnection) -> None:
    """Connect, and from here on nobody can be sure that nothing was received."""
    if connection.sock is None:
        connection.connect()
    current = _current.get()
    connection.sock.settimeout(current.seconds(CONNECT_SECONDS))
    current.handed_over = True


class _Http(HTTPConnection):
    response_class = _ClockedAnswer

    def send(self, data: Any) -> None:  # noqa: ANN401  as in http.client
        hand_over(self)
        super().send(data)


class _Https(HTTPSConnection):
    response_class = _ClockedAnswer

    def send(self, data: Any) -> None:  # noqa: ANN401  as in http.client
        hand_over(self)
        super().send(data)


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http

    def urlopen(self, *words: Any, **named: Any) -> BaseHTTPResponse:  # noqa: ANN401  handed through
        return super().urlopen(*words, **named | _turn())


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https

    def urlopen(self, *words: Any, **named: Any) -> BaseHTTPResponse:  # noqa: ANN401  handed through
        return super().urlopen(*words, **named | _turn())


def _turn() -> dict[str, float]:
    """How long to wait for a connection when all are in use: requests would have us wait for ever."""
    return {"pool_timeout": _current.get().seconds(READ_SECONDS)}


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *words: Any, **named: Any) -> None:  # noqa: ANN401  handed through
        super().init_poolmanager(*words, **named)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
