"""How an example ends: all that stood in the way is over, time runs on, and every reminder comes to an end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from scheduler.domain.delivery.reminders import OPEN, WITH_PROVIDER, Status
from tests.machine import people
from tests.machine.promises import Row
from tests.machine.workers import Worker
from tests.machine.world import World

_GOES = {Status.SENT, Status.DELIVERED}
_MOST_ROUNDS = 200
_SOON = timedelta(seconds=65)
_TIME_ENOUGH = timedelta(minutes=20)


def run_on(world: World, drain: Callable[[Worker], None]) -> None:
    """Mend everything, let time run on until nothing is open, and see how each reminder ended."""
    for worker in world.workers:
        worker.die()
    _mend(world)
    owed = [row for row in world.rows if row.status in OPEN]
    since = world.now
    for _ in range(_MOST_ROUNDS):
        world.keep_up()
        world.ask()
        drain(world.workers[0])
        if not any(row.status in OPEN | WITH_PROVIDER for row in world.rows):
            break
        _pass_time(world)
    for row in world.rows:
        assert row.status not in OPEN | WITH_PROVIDER, f"{row} does not end"
        assert row.status in _GOES or row.status_reason, f"{row} ended, and nothing says why"
    for row in owed:
        after = world.promises.rows[row.id]
        if max(row.next_at, since) + _TIME_ENOUGH < row.useful_until:
            assert after.status in _GOES or _excused(after), f"{row} was to go, and is {after}"


def _excused(row: Row) -> bool:
    """Whether an end of a reminder that waited has a reason that a healthy world still knows."""
    because = {
        Status.CANCELLED: {"stopped", "no_consent", "voided", "forbidden", "replanned"},
        Status.EXPIRED: {"outside_hours"},
        Status.FAILED: {"tries used up"},
    }
    return row.status_reason in because.get(row.status, set())


def _pass_time(world: World) -> None:
    """On to what comes next: an answer that is waited for, or the next reminder."""
    rows = world.rows
    if any(row.status in WITH_PROVIDER | {Status.CLAIMED} for row in rows):
        world.wait(_SOON)
        return
    coming = [row.next_at for row in rows if row.status in OPEN]
    world.clock.now = max(min(coming, default=world.now), world.now + timedelta(seconds=1))


def _mend(world: World) -> None:
    """End pauses, holds and bounds, and let the provider be well."""
    world.provider.silent = world.provider.forgets = False
    world.person(lambda db: people.resume_all(world, db))
    world.operator(lambda db: people.release(world, db))
    world.operator(lambda db: people.unbound(world, db))
    world.promises.new_budget()
