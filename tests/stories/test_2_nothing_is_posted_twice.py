"""Promise 2: nothing is posted twice by us, however often processes die at the worst moment."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta

import pytest

from scheduler.domain.delivery.outcomes import Accepted, NotSent, Outcome, Unknown
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.delivery.senders import Posting
from scheduler.services import sending
from scheduler.services.preparing import prepare
from scheduler.storage import claims
from scheduler.storage.database import Database
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import (
    NOW,
    StoppedClock,
    a_clinic,
    a_drain,
    a_person,
    a_session,
    drain_at,
    keep_up,
    next_due,
    register,
    stored,
)
from tests.fakes import AnsweringSender, HangingSender

LEASE = timedelta(minutes=1)


class Provider:
    """Remembers what it really took, whatever it let us know."""

    def __init__(self, seed: int) -> None:
        self._lots = random.Random(seed)  # noqa: S311  it has to be the same each time
        self.took: Counter[str] = Counter()

    def answer(self, posting: Posting) -> Outcome:
        lot = self._lots.random()
        if lot < 0.2:
            return NotSent("connect", "no connection")
        self.took.update(posting.reminder_ids)
        if lot < 0.3:
            return Unknown("the answer was lost")
        if lot < 0.4:
            raise TimeoutError
        return Accepted(f"SM-{posting.attempt_id}")


def die_after_claiming(database: Database, now: datetime) -> None:
    with database.write(ALL_CLINICS) as db:
        claims.claim(db, now=now, lease_until=now + LEASE, limit=3)


def die_after_the_intent(database: Database, now: datetime) -> set[str]:
    """The reminders that it was about to post, and didn't."""
    with database.write(ALL_CLINICS) as db:
        claimed = claims.claim(db, now=now, lease_until=now + LEASE, limit=3)
        ready = prepare(db, claimed, now=now)
        going = sending.start(db, ready, now=now)
        return {member.id for one in going for member in one.claim.members}


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_dies_whenever_no_message_is_posted_twice(database: Database, seed: int) -> None:
    clinic = a_clinic(database)
    for place in range(5):
        register(database, clinic, a_session(a_person(f"Patient {place}", phone=f"+4477009001{place:02}")))
    provider, lots = Provider(seed), random.Random(seed)  # noqa: S311  it has to be the same each time
    never_posted: set[str] = set()

    now = NOW
    while (due := next_due(database)) is not None:
        now = max(due, now + timedelta(minutes=10))
        fate = lots.random()
        if fate < 0.2:
            die_after_claiming(database, now)
        elif fate < 0.4:
            never_posted |= die_after_the_intent(database, now)
        else:
            drain_at(database, AnsweringSender(by=provider.answer), now)
        if fate < 0.8:
            keep_up(database, now + LEASE)
    keep_up(database, now + timedelta(days=90))

    sent = {record.id for record in stored(database, clinic) if record.status is Status.SENT}
    doubted = {record.id for record in stored(database, clinic) if record.status is Status.IN_DOUBT}
    assert set(provider.took.values()) == {1}
    assert never_posted
    assert never_posted & set(provider.took) == set()
    assert sent <= set(provider.took)
    assert set(provider.took) | never_posted == sent | doubted


def test_a_process_that_wakes_up_after_a_long_sleep_posts_nothing_again(database: Database) -> None:
    clinic = a_clinic(database)
    register(database, clinic)
    start = NOW + timedelta(hours=1)
    asleep = HangingSender()
    sleeper = a_drain(database, asleep, StoppedClock(start))
    rounds = iter([False])
    sleeper.run(until=lambda: next(rounds, True))
    asleep.wait_for_calls(1)

    awake = AnsweringSender(Accepted("SM1"))
    keep_up(database, start + timedelta(hours=1))
    drain_at(database, awake, start + timedelta(hours=1))
    asleep.release()
    sleeper.stop()

    started = [record.status for record in stored(database, clinic) if record.rule == "start"]
    assert started == [Status.SENT]
    assert [posting.reminder_ids for posting in awake.sent if posting.reminder_ids == asleep.sent[0].reminder_ids] == []
