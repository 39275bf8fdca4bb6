"""Runs Schemathesis against the application over real HTTP, on a store of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import uvicorn

from tests.web.api_client import Api

_FOLDER = Path(__file__).parent
_PROGRAM = Path(sys.executable).with_name("st")
STEADY = ("--generation-deterministic", "--seed", "1")
"""Options with which it makes the same requests each time, but for the ids in them."""


def fuzz(api: Api, folder: Path, *options: str, told: int | None = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    """What Schemathesis says of the API, and its exit status: 0 where it found nothing.

    It writes into the folder. What it says is kept, or with `told=None` shown while it runs.
    """
    with served(api) as address:
        return subprocess.run(
            [_PROGRAM, "--config-file", _FOLDER / "schemathesis.toml", "run", f"{address}/openapi.json", *options],
            cwd=folder,
            env={
                **os.environ,
                "SCHEMATHESIS_HOOKS": str(_FOLDER / "steering.py"),
                "AFTERCARE_FUZZ_TOKEN": api.token or "",
            },
            check=False,
            stdout=told,
            stderr=subprocess.STDOUT,
            text=True,
        )


@contextmanager
def served(api: Api) -> Iterator[str]:
    """The address of the application on a free port of this machine."""
    # Named as TCP, or asyncio leaves Nagle's algorithm on and every answer waits 40 ms.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(api.app, log_config=None, lifespan="off"))
        running = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        running.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            running.join()
