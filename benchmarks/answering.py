"""`python -m benchmarks.answering`: a Twilio on 127.0.0.1 that takes every text and answers after a while.

A process of its own, with one loop and no parsing beyond what an answer needs, so that it costs whoever is measured
as little of the machine as it can. It prints its address, and ends when its stdin does.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

DELAY_SECONDS = 0.1
ACCOUNT, TOKEN = "AC" + "a" * 32, "the-token"
SERVICE = "MG" + "c" * 32
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"
_CHECKOUT = Path(__file__).parents[1]
_numbers = count()


@contextmanager
def answering() -> Iterator[str]:
    """The address of such a server, for as long as the block lasts."""
    words = (sys.executable, "-m", "benchmarks.answering")
    with subprocess.Popen(words, cwd=_CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        if server.stdin is None or server.stdout is None:
            raise RuntimeError(words)
        try:
            yield server.stdout.readline().strip()
        finally:
            server.stdin.close()


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._read = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, found, body = self._read.partition(_HEAD_END)
        length = _LENGTH.search(head)
        if found and len(body) >= (int(length.group(1)) if length else 0):
            self._read = b""  # a client that waits for its answer has sent nothing more
            asyncio.get_running_loop().call_later(DELAY_SECONDS, self._answer)

    def _answer(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            message = _BODY % f"SM{next(_numbers):032x}".encode()
            self._transport.write(_HEAD % len(message) + message)


_HEAD = b"HTTP/1.1 201 CREATED\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_BODY = json.dumps(
    {
        "sid": "%s",
        "account_sid": ACCOUNT,
        "api_version": "2010-04-01",
        "body": "Taken.",
        "date_created": "Wed, 04 Mar 2026 10:00:00 +0000",
        "date_sent": None,
        "date_updated": "Wed, 04 Mar 2026 10:00:00 +0000",
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": None,
        "messaging_service_sid": SERVICE,
        "num_media": "0",
        "num_segments": "2",
        "price": None,
        "price_unit": "USD",
        "status": "accepted",
        "subresource_uris": {},
        "to": "+447911100000",
        "uri": "/2010-04-01/Messages.json",
    }
).encode()


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Connection, "127.0.0.1", 0, backlog=200)
    host, port = server.sockets[0].getsockname()
    print(f"http://{host}:{port}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve())
