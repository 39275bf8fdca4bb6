"""Promise 2: nothing is posted twice by us through crashes, restarts and lost answers."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from scheduler.domain.delivery.outcomes import Unknown
from scheduler.domain.delivery.reminders import Status
from scheduler.storage.database import Database
from tests.builders import NOW, StoppedClock, a_clinic, a_drain, drain_at, keep_up, register, stored
from tests.fakes import AcceptingSender, AnsweringSender, RaisingSender
from tests.stories.days import let_pass

AN_HOUR = timedelta(hours=1)


def test_a_month_of_a_clinic_posts_each_reminder_once(database: Database) -> None:
    clinic = a_clinic(database)
    register(database, clinic)
    sender = AcceptingSender()

    let_pass(database, sender, start=NOW, end=NOW + timedelta(days=31))

    assert {record.status for record in stored(database, clinic)} == {Status.SENT}
    posted = Counter(reminder for posting in sender.sent for reminder in posting.reminder_ids)
    assert posted == dict.fromkeys((record.id for record in stored(database, clinic)), 1)


def test_what_may_have_arrived_is_listed_and_not_posted_again(database: Database) -> None:
    clinic = a_clinic(database)
    register(database, clinic)
    for silent in (AnsweringSender(Unknown("no answer")), RaisingSender()):
        drain_at(database, silent, NOW + AN_HOUR)
    working = AcceptingSender()

    let_pass(database, working, start=NOW + 2 * AN_HOUR, end=NOW + timedelta(days=31))

    doubtful = [record for record in stored(database, clinic) if record.status is Status.IN_DOUBT]
    assert [record.rule for record in doubtful] == ["start"]
    assert not {reminder for posting in working.sent for reminder in posting.reminder_ids} & {doubtful[0].id}


def test_a_process_that_died_between_claim_and_call_posts_nothing_and_the_next_one_posts_once(
    database: Database,
) -> None:
    clinic = a_clinic(database)
    register(database, clinic)
    dead = a_drain(database, AcceptingSender(), StoppedClock(NOW + AN_HOUR))
    dead._claim()  # noqa: SLF001  as far as it came before it was killed
    alive = AcceptingSender()

    drain_at(database, alive, NOW + AN_HOUR)
    keep_up(database, NOW + AN_HOUR + timedelta(minutes=2))
    drain_at(database, alive, NOW + AN_HOUR + timedelta(minutes=2))

    assert [record.rule for record in stored(database, clinic) if record.status is Status.SENT] == ["start"]
    assert len(alive.sent) == 1
