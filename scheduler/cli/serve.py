"""`aftercare serve`: the API, and the worker in the same process, until told to stop."""

from __future__ import annotations

import gc
import signal
import socket
from contextlib import ExitStack, closing
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.cli.opening import opened
from scheduler.cli.output import say
from scheduler.domain.errors import SchedulerError

if TYPE_CHECKING:  # see scheduler.cli.opening
    from fastapi import FastAPI
    from uvicorn import Server

    from scheduler.bootstrap import Store

_GRACE_SECONDS = 10
"""How long requests under way may take to end once the process is told to stop."""


class CannotListen(SchedulerError):
    """The address can't be served on."""


def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8000,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Serve only; send nothing.")] = False,
) -> None:
    """Serve the API and send what is due, until Ctrl-C or SIGTERM."""
    from scheduler.bootstrap import build_app, build_engine, set_up_logging

    with opened() as store, closing(_listen(host, port)) as listener:
        set_up_logging(store.settings)
        engine = None if no_worker else build_engine(store)
        server = _server(build_app(store, engine=engine), store)
        _stop_on_signals(server)
        _spare_the_collector()
        if engine is not None:
            engine.start()
        try:
            server.run(sockets=[listener])
        finally:
            if engine is not None:
                say("Stopping: what was posted is finished first.")
                engine.stop()


def _spare_the_collector() -> None:
    """Leave out of later collections what is here to stay: walking through it makes single requests slow."""
    gc.collect()
    gc.freeze()


def _stop_on_signals(server: Server) -> None:
    """Stop in order, whenever the signal comes: the server handles it while it runs, and then raises it again."""

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def _listen(host: str, port: int) -> socket.socket:
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


def _server(app: FastAPI, store: Store) -> Server:
    from uvicorn import Config, Server

    class Announced(Server):
        """Says when it is ready."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            for listener in sockets or ():
                host, port = listener.getsockname()[:2]
                say(f"Serving on http://{f'[{host}]' if ':' in host else host}:{port}; stop with Ctrl-C.")

    return Announced(
        Config(
            app,
            log_config=None,  # its own handlers would miss the filter that blacks out numbers
            log_level=store.settings.log_level if store.settings.log_level == "debug" else "warning",
            access_log=False,  # paths of patients' pages are secrets
            timeout_graceful_shutdown=_GRACE_SECONDS,
            server_header=False,
        )
    )
