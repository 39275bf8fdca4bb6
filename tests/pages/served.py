"""The application served over a real socket, as a browser needs it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from fastapi import FastAPI
from uvicorn import Config, Server

_LONGEST_WAIT = 30
"""Seconds for starting and for stopping."""


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The address of the application, which is served in a thread of this process until the block ends."""
    server = Server(Config(app, log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=1))
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            _wait_for(server, thread)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(_LONGEST_WAIT)


def _wait_for(server: Server, thread: threading.Thread) -> None:
    end = time.monotonic() + _LONGEST_WAIT
    while not server.started:
        assert thread.is_alive(), "the server ended before it began"
        assert time.monotonic() < end, "the server did not begin"
        time.sleep(0.01)
