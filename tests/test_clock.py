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


class Passing:
    """Seconds that pass as a test says."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


WEDNESDAY = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_a_movable_clock_runs_from_its_start() -> None:
    seconds = Passing()
    movable = clock.MovableClock(WEDNESDAY, seconds=seconds)

    seconds.seconds += 60

    assert movable() == WEDNESDAY + MINUTE
    assert movable(Database(None)) == WEDNESDAY + MINUTE


def test_a_movable_clock_that_was_set_forward_runs_on_from_there() -> None:
    seconds = Passing()
    movable = clock.MovableClock(WEDNESDAY, seconds=seconds)
    seconds.seconds += 60

    movable.set_forward(WEDNESDAY + timedelta(days=1))
    seconds.seconds += 60

    assert movable() == WEDNESDAY + timedelta(days=1) + MINUTE


def test_a_movable_clock_never_goes_back() -> None:
    seconds = Passing()
    movable = clock.MovableClock(WEDNESDAY, seconds=seconds)
    seconds.seconds += 60

    movable.set_forward(WEDNESDAY)

    assert movable() == WEDNESDAY + MINUTE


def test_a_movable_clock_stands_still_until_the_last_who_wants_it_to_is_done() -> None:
    seconds = Passing()
    movable = clock.MovableClock(WEDNESDAY, seconds=seconds)

    with movable.standing_still():
        with movable.standing_still():
            seconds.seconds += 60
            movable.set_forward(WEDNESDAY + MINUTE)
        seconds.seconds += 60
        stood_at = movable()
    seconds.seconds += 60

    assert stood_at == WEDNESDAY + MINUTE
    assert movable() == WEDNESDAY + 2 * MINUTE
