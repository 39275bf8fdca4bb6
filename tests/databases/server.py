"""Starts a throw-away PostgreSQL server and stops it. Knows nothing of pytest, and speaks to no database."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.databases.binaries import reachable_by_others

_LOGIN = "aftercare"
# The data are thrown away, so nothing waits for a disk. No socket: the folder's path may be too long for one.
_SETTINGS = """
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 100
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
log_min_messages = fatal
timezone = 'UTC'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that `start` brought up, and what `stop` needs to end it from any process."""

    url: str
    """SQLAlchemy URL of its database `postgres`, password included."""
    binaries: str
    data: str


def start(binaries: Path, folder: Path) -> Server:
    """A server on a free port of 127.0.0.1, its files in `folder`, ready when this returns.

    PostgreSQL refuses to run as root, so root starts it as `nobody`.

    Raises RuntimeError with what the server said if it doesn't come up.
    """
    folder.chmod(0o755)
    binaries = _within_reach(binaries, folder)
    data = folder / "data"
    data.mkdir(mode=0o700)
    _give_to_nobody(data)
    password = _initialise(binaries, data)
    port = _free_port()
    (data / "postgresql.auto.conf").write_text(f"{_SETTINGS}port = {port}\n")
    _start(binaries, data)
    url = f"postgresql+psycopg://{_LOGIN}:{password}@127.0.0.1:{port}/postgres"
    return Server(url=url, binaries=str(binaries), data=str(data))


def start_again(server: Server) -> None:
    """Brings a server back that was stopped, at the same address and with the same data."""
    _start(Path(server.binaries), Path(server.data))


def stop(server: Server) -> None:
    """Ends the server, open connections or not (SIGINT), and waits until it is gone."""
    _run(Path(server.binaries) / "pg_ctl", "stop", "-w", "-m", "fast", "-D", server.data)


def _start(binaries: Path, data: Path) -> None:
    log = data / "server.log"
    _run(binaries / "pg_ctl", "start", "-w", "-t", "60", "-D", data, "-l", log, log=log)


def _within_reach(binaries: Path, folder: Path) -> Path:
    """The binaries, or a copy of their installation where `nobody` can't reach them (a checkout in /root)."""
    if not _is_root() or reachable_by_others(binaries):
        return binaries
    copy = shutil.copytree(binaries.parent, folder / "postgresql", symlinks=True)
    copy.chmod(0o755)
    return copy / binaries.name


def _initialise(binaries: Path, data: Path) -> str:
    """The password of the new cluster's login; other users of the machine can reach its port, too."""
    password = secrets.token_urlsafe(16)
    password_file = data.parent / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    _give_to_nobody(password_file)
    words = ("--no-sync", "--encoding=UTF8", "--locale=C", "--auth=scram-sha-256", f"--username={_LOGIN}")
    _run(binaries / "initdb", "-D", data, *words, f"--pwfile={password_file}")
    password_file.unlink()
    return password


def _run(program: Path, *words: str | Path, log: Path | None = None) -> None:
    """Runs a program of PostgreSQL, as `nobody` for root. Raises RuntimeError with its words if it fails."""
    nobody = pwd.getpwnam("nobody") if _is_root() else None
    said = subprocess.run(
        [program, *words],
        cwd="/",  # `nobody` may not be allowed into the present one
        env={"PATH": os.defpath, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        user=nobody.pw_uid if nobody else None,
        group=nobody.pw_gid if nobody else None,
        extra_groups=[] if nobody else None,
    )
    if said.returncode:
        more = log.read_text() if log and log.exists() else ""
        raise RuntimeError(f"{program.name} failed: {said.stdout}{more}")


def _give_to_nobody(path: Path) -> None:
    if _is_root():
        nobody = pwd.getpwnam("nobody")
        os.chown(path, nobody.pw_uid, nobody.pw_gid)


def _is_root() -> bool:
    return os.geteuid() == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
