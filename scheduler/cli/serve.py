"""`aftercare serve`: the API, and the worker in the same process, until told to stop."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from scheduler.cli.opening import opened
from scheduler.cli.output import say
from scheduler.cli.serve_demo import serve_demo
from scheduler.cli.serving import listen, server, spare_the_collector, stop_on_signals


def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8000,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Serve only; send nothing.")] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="Serve a filled throw-away clinic with a clock that can be moved.")
    ] = False,
) -> None:
    """Serve the API and send what is due, until Ctrl-C or SIGTERM."""
    if demo:
        serve_demo(host, port, no_worker=no_worker)
        return
    from scheduler.bootstrap import build_app, build_engine, build_metrics, set_up_logging

    with opened() as store, closing(listen(host, port)) as listener:
        set_up_logging(store.settings)
        metrics = build_metrics(store)
        # Many machines send by workers of their own; what a request leaves to be done, they see in the store.
        sends = not no_worker and store.settings.engine == "local"
        engine = build_engine(store, metrics=metrics) if sends else None
        serving = server(build_app(store, engine=engine, metrics=metrics), store.settings)
        stop_on_signals(serving)
        spare_the_collector()
        if engine is not None:
            engine.start()
        try:
            serving.run(sockets=[listener])
        finally:
            if engine is not None:
                say("Stopping: what was posted is finished first.")
                engine.stop()
