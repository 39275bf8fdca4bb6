from __future__ import annotations

import socket
from urllib.parse import urlsplit

from tests.peers.twilio.stub import MESSAGES, serving


def test_a_request_that_was_cut_off_was_never_made() -> None:
    with serving() as stub:
        port = urlsplit(stub.url).port or 0
        with socket.create_connection(("127.0.0.1", port)) as caller:
            caller.sendall(f"POST {MESSAGES} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nBody=".encode())
            caller.shutdown(socket.SHUT_WR)
            answer = caller.recv(100)

    assert answer == b""
    assert stub.violations == []
