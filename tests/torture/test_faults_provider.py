"""The provider is away for hours, and then all that waited is due at once; or one sender stands still beside others."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.domain.delivery.outcomes import NotSent
from scheduler.storage.crypto import KeyRing
from scheduler.storage.database import Database
from tests.builders import NOW, StoppedClock, a_drain, keep_up
from tests.torture.checker import Verdict
from tests.torture.filling import Filled, fill, targets
from tests.torture.recording import RecordingSender, judge
from tests.torture.rushing import OTHERS, doctor, rush

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
UNREACHED = NotSent("not_reached", "Twilio could not be reached.")


def by_rank(database: Database, filled: Filled, sender: RecordingSender) -> bool:
    """Whether what went at the first moment went in the order of ranks: safety first."""
    urgent = {one.number: one.repeats for one in targets(database, filled, late_after=HOUR)}
    first = [urgent[one.number] for one in sender.taken if one.at == sender.taken[0].at]
    return len(first) > 1 and first == sorted(first, reverse=True)


@pytest.mark.slow
def test_after_six_hours_without_a_worker_what_is_stale_ends_at_once_and_the_rest_goes_by_rank(
    database: Database,
) -> None:
    filled = fill(database, [NOW + place * MINUTE for place in range(60)], now=NOW, useful_for=5 * HOUR + 30 * MINUTE)
    now = StoppedClock(NOW + 6 * HOUR)
    sender = RecordingSender(lambda: now.now)
    told = doctor(database, now)

    ended = keep_up(database, now.now).expired
    drain = a_drain(database, sender, now, threads=1)
    drain.run(until=lambda: False)
    drain.stop()

    verdict = judge(database, filled, sender, late_after=DAY)
    assert verdict == Verdict(expired=verdict.expired), list(verdict.lines())
    assert (ended, len(verdict.expired), len(sender.taken)) == (31, 31, 29)
    assert by_rank(database, filled, sender)
    assert "No process that sends has been seen yet." in told
    assert "wait since 2026-03-03 14:35 UTC, though they are due" in told


@pytest.mark.slow
def test_after_six_hours_without_a_provider_what_is_still_of_use_goes_and_has_not_failed(database: Database) -> None:
    filled = fill(database, [NOW + place * MINUTE for place in range(20)], now=NOW, useful_for=2 * DAY)
    now, back = StoppedClock(NOW), NOW + 6 * HOUR
    sender = RecordingSender(lambda: now.now, refuses=lambda: UNREACHED if now.now < back else None)
    drain = a_drain(database, sender, now, threads=1)

    while now.now < back + HOUR:
        keep_up(database, now.now)
        drain.run(until=lambda: False)
        now.now += 10 * MINUTE
    drain.stop()

    verdict = judge(database, filled, sender, late_after=DAY)
    assert verdict == Verdict(), list(verdict.lines())


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "many"), [("sqlite", 2_500), ("postgresql", 1_000)])
def test_a_held_sender_with_very_many_due_holds_up_no_other_and_then_all_go_once(
    request: pytest.FixtureRequest, key_ring: KeyRing, kind: str, many: int
) -> None:
    """`make torture` does it with a hundred thousand."""
    database = Database(request.getfixturevalue(f"fresh_{kind}_url"), key_ring)

    came = rush(database, many)

    assert (came.beside, came.untouched) == (OTHERS, many)
    assert "is held since" in came.told
    assert "unpaid bill" in came.told
    assert came.taken == many + OTHERS
    assert came.verdict == Verdict(), list(came.verdict.lines())
    database.close()
