"""The clock is wrong for a while: an hour back, a day forward."""

from __future__ import annotations

import threading
from datetime import timedelta

from scheduler.domain.delivery.reminders import Status
from scheduler.storage.claims import claim
from scheduler.storage.database import Database
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import NOW, StoppedClock, a_drain, keep_up
from tests.fakes import LONGEST_WAIT
from tests.torture.checker import Verdict
from tests.torture.counting import count
from tests.torture.filling import fill
from tests.torture.recording import RecordingSender, judge

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class TwoClocks:
    """The product's clock, which may be wrong, and the time that it really is."""

    def __init__(self) -> None:
        self.product, self.true = StoppedClock(NOW), NOW

    def pass_by(self, time: timedelta) -> None:
        """Let time pass on both."""
        self.product.now += time
        self.true += time


def test_a_clock_that_steps_back_an_hour_delays_by_that_and_sends_nothing_twice(database: Database) -> None:
    filled = fill(database, [NOW + place * MINUTE for place in range(40)], now=NOW)
    clocks = TwoClocks()
    clocks.pass_by(20 * MINUTE)
    sender = RecordingSender(lambda: clocks.true)
    drain = a_drain(database, sender, clocks.product, threads=2)
    rounds = iter([False, False])
    drain.run(until=lambda: next(rounds, True))  # some are sent, some only claimed
    before = len(sender.taken)

    clocks.product.now -= HOUR
    for _ in range(26):
        clocks.pass_by(4 * MINUTE)
        keep_up(database, clocks.product.now)
        drain.run(until=lambda: False)
    drain.stop()

    verdict = judge(database, filled, sender, late_after=HOUR + 4 * MINUTE)
    assert 0 < before < 20
    assert len(sender.taken) == 40
    assert verdict == Verdict(), list(verdict.lines())


def test_what_a_dead_worker_had_claimed_waits_for_the_clock_and_is_not_lost(database: Database) -> None:
    filled = fill(database, [NOW] * 10, now=NOW)
    clocks = TwoClocks()
    with database.write(ALL_CLINICS) as db:
        assert len(claim(db, now=NOW, lease_until=NOW + MINUTE, limit=100)) > 0

    clocks.product.now -= HOUR
    sender = RecordingSender(lambda: clocks.true)
    drain = a_drain(database, sender, clocks.product, threads=2)
    for _ in range(16):
        clocks.pass_by(4 * MINUTE)
        keep_up(database, clocks.product.now)
        drain.run(until=lambda: False)
    drain.stop()

    verdict = judge(database, filled, sender, late_after=HOUR + 4 * MINUTE)
    assert verdict == Verdict(), list(verdict.lines())


def test_a_clock_that_jumps_a_day_ends_what_is_stale_and_a_late_answer_still_counts(database: Database) -> None:
    filled = fill(database, [NOW] * 10 + [NOW + 6 * HOUR] * 10, now=NOW, useful_for=12 * HOUR)
    clocks, under_way = TwoClocks(), threading.Event()
    jumped = threading.Event()

    def slowly() -> None:
        under_way.set()
        assert jumped.wait(LONGEST_WAIT)

    sender = RecordingSender(lambda: clocks.true, refuses=slowly)
    drain = a_drain(database, sender, clocks.product, threads=2)
    rounds = iter([False])
    drain.run(until=lambda: next(rounds, True))
    assert under_way.wait(LONGEST_WAIT)

    clocks.product.now += DAY
    keep_up(database, clocks.product.now)
    with database.read(ALL_CLINICS) as db:
        doubts, expired = count(db, Status.IN_DOUBT), count(db, Status.EXPIRED)
    clocks.product.now -= DAY  # somebody set it right again
    jumped.set()
    drain.run(until=lambda: False)
    drain.stop()

    verdict = judge(database, filled, sender, late_after=HOUR)
    assert 1 < doubts == len(sender.taken)
    assert expired == 20 - doubts
    assert verdict == Verdict(expired=verdict.expired), list(verdict.lines())
