"""What serving is made of, whichever store it serves: the socket, the server, and how it is stopped."""

from __future__ import annotations

import gc
import signal
import socket
from collections.abc import Iterable
from contextlib import ExitStack
from types import FrameType
from typing import TYPE_CHECKING

from scheduler.cli.output import say
from scheduler.domain.errors import SchedulerError

if TYPE_CHECKING:  # see scheduler.cli.opening
    from fastapi import FastAPI
    from uvicorn import Server

    from scheduler.settings import Settings

_GRACE_SECONDS = 10
"""How long requests under way may take to end once the process is told to stop."""


class CannotListen(SchedulerError):
    """The address can't be served on."""


def spare_the_collector() -> None:
    """Leave out of later collections what is here to stay: walking through it makes single requests slow."""
    gc.collect()
    gc.freeze()


def stop_on_signals(server: Server, numbers: Iterable[int] = (signal.SIGINT, signal.SIGTERM)) -> None:
    """Stop in order, whenever the signal comes: the server handles it while it runs, and then raises it again."""

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        server.should_exit = True

    for number in numbers:
        signal.signal(number, stop)


def listen(host: str, port: int) -> socket.socket:
    """A socket that is bound already, so that a port in use is told before anything starts."""
    with ExitStack() as open_until_bound:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            listener = open_until_bound.enter_context(socket.socket(family, kind, protocol))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
        except OSError as error:
            message = f"{host}:{port} can't be served on: {error.strerror}. Choose others with --host and --port."
            raise CannotListen(message) from error
        open_until_bound.pop_all()
        return listener


def server(app: FastAPI, settings: Settings, *, page: str = "") -> Server:
    """A server that says where it is when it is ready, by the address of its first page."""
    from uvicorn import Config, Server

    class Announced(Server):
        """Says when it is ready."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            for listener in sockets or ():
                host, port = listener.getsockname()[:2]
                say(f"Serving on http://{f'[{host}]' if ':' in host else host}:{port}{page}; stop with Ctrl-C.")

    return Announced(
        Config(
            app,
            log_config=None,  # its own handlers would miss the filter that blacks out numbers
            log_level=settings.log_level if settings.log_level == "debug" else "warning",
            access_log=False,  # paths of patients' pages are secrets
            timeout_graceful_shutdown=_GRACE_SECONDS,
            server_header=False,
        )
    )
