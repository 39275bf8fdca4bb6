"""What carries Celery's tasks: a Redis of our own on 127.0.0.1, or a folder of files where there is none.

Redis is as it is without a configuration: in memory, and nothing waits for a disk.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep

from benchmarks.service import free_port

_PATIENCE_POLLS = 500
_POLL_SECONDS = 0.01


def has_redis() -> bool:
    """Whether the program is on this machine."""
    return shutil.which("redis-server") is not None


@contextmanager
def broker() -> Iterator[tuple[str, dict[str, str]]]:
    """A broker's address with its options, for Celery; it ends with the block."""
    with tempfile.TemporaryDirectory(prefix="aftercare-bench-") as folder:
        if not has_redis():
            yield "filesystem://", dict.fromkeys(("data_folder_in", "data_folder_out", "control_folder"), folder)
            return
        port = free_port()
        words = ("redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", folder)
        server = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        try:
            _wait_for(port)
            yield f"redis://127.0.0.1:{port}/0", {}
        finally:
            server.terminate()
            server.wait()


def _wait_for(port: int) -> None:
    for _ in range(_PATIENCE_POLLS):
        with socket.socket() as probe:
            if not probe.connect_ex(("127.0.0.1", port)):
                return
        sleep(_POLL_SECONDS)
    message = "redis-server doesn't come up"
    raise RuntimeError(message)
