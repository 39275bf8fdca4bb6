"""The only reader of the clock. Everything else takes `now` as an argument; only the edges ask here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class KeepsTime(Protocol):
    """A database that may have a clock of its own, which every node of a clinic chain then shares."""

    def server_now(self) -> datetime | None:
        """The server's time, aware; None where the database is a file and this process's clock must do."""
        ...


def utc_now() -> datetime:
    """This process's time, aware, in UTC."""
    return datetime.now(UTC)


def now(db: KeepsTime) -> datetime:
    """The time that the nodes sharing `db` agree on, aware, in UTC. Read it once a transaction."""
    server = db.server_now()
    return utc_now() if server is None else server.astimezone(UTC)
