"""`aftercare serve --demo`: a filled throw-away clinic to try everything in, gone when it is stopped."""

from __future__ import annotations

import signal
import tempfile
from contextlib import closing
from pathlib import Path
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING

from scheduler.cli.opening import read_settings
from scheduler.cli.output import say
from scheduler.cli.serving import listen, server, spare_the_collector, stop_on_signals
from scheduler.domain.errors import Invalid, Problem

if TYPE_CHECKING:  # see scheduler.cli.opening
    from scheduler.settings import Settings

_HERE = {"127.0.0.1", "::1", "localhost"}
_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Also that its terminal is closed: what the demo stored must go then, too."""


def serve_demo(host: str, port: int, *, no_worker: bool) -> None:
    """Serve the demo until Ctrl-C, SIGTERM or the end of its terminal; then nothing is left of it.

    Raises Invalid beside settings or options of a real service.
    """
    from scheduler.bootstrap import set_up_logging
    from scheduler.bootstrap.demo import build_demo_app, open_demo

    settings = _settings(host, no_worker=no_worker)
    set_up_logging(settings)
    told_to_stop = _noted_signals()
    with tempfile.TemporaryDirectory(prefix="aftercare-demo-") as folder, closing(listen(host, port)) as listener:
        say("Making the demo's clinic: this takes a few seconds.")
        with open_demo(settings, Path(folder), stopping=told_to_stop.is_set) as demo:
            serving = server(build_demo_app(demo), settings, page="/demo")
            stop_on_signals(serving, _ENDINGS)
            if told_to_stop.is_set():
                raise KeyboardInterrupt
            spare_the_collector()
            demo.engine.start()
            try:
                serving.run(sockets=[listener])
            finally:
                demo.engine.stop()


def _settings(host: str, *, no_worker: bool) -> Settings:
    from scheduler.bootstrap.demo import refuse_real_settings

    settings = read_settings()
    refuse_real_settings(settings)
    if host not in _HERE:
        raise Invalid(
            Problem("", "The demo lets in whoever comes, so it is served on this machine only: leave out --host.")
        )
    if no_worker:
        raise Invalid(Problem("", "The demo shows what its worker sends: leave out --no-worker."))
    return settings


def _noted_signals() -> Event:
    """What is set by a signal to end that comes before the server handles them.

    Raising an error from a handler would not do: one that comes in a callback of the interpreter's is swallowed.
    """
    told = Event()

    def note(number: int, frame: FrameType | None) -> None:
        del number, frame
        told.set()

    for number in _ENDINGS:
        signal.signal(number, note)
    return told
