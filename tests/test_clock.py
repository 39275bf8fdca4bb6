from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from scheduler import clock


@dataclass(frozen=True)
class Database:
    """A database whose server says what it was told to say."""

    says: datetime | None

    def server_now(self) -> datetime | None:
        return self.says


def test_the_servers_clock_counts_where_there_is_one() -> None:
    server_time = datetime(2026, 3, 3, 14, 30, tzinfo=UTC)

    assert clock.now(Database(server_time)) == server_time


def test_the_servers_time_is_given_in_utc() -> None:
    in_berlin = datetime(2026, 3, 3, 15, 30, tzinfo=timezone(timedelta(hours=1)))

    now = clock.now(Database(in_berlin))

    assert now.isoformat() == "2026-03-03T14:30:00+00:00"


def test_without_a_server_this_process_says_the_time() -> None:
    before = clock.utc_now()

    now = clock.now(Database(None))

    assert before <= now <= clock.utc_now()
    assert now.tzinfo is UTC
