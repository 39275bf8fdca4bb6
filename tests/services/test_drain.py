from __future__ import annotations

import math
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.delivery.senders import FindSender
from scheduler.domain.people.patients import Channel
from scheduler.services.drain import Drain
from scheduler.services.views import SessionView
from scheduler.storage.attempts import AttemptRow
from scheduler.storage.database import Database
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import (
    NOW,
    StoppedClock,
    a_clinic,
    a_drain,
    a_person,
    a_planned,
    a_quiet_session,
    add_reminders,
    copy_reminder,
    keep_up,
    statuses,
    stored,
)
from tests.fakes import LONGEST_WAIT, AcceptingSender, HangingSender, MeetingSender

LEASE = timedelta(minutes=1)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return a_quiet_session(database, clinic)


def due(database: Database, clinic: Clinic, view: SessionView, count: int) -> list[str]:
    return add_reminders(database, clinic, view, [a_planned(str(view.id), occurrence=place) for place in range(count)])


def one_round(drain: Drain) -> int:
    """Let it claim, start calls and look for answers once."""
    rounds = iter([False])
    return drain.run(until=lambda: next(rounds, True))


def sent_ids(sender: AcceptingSender) -> list[str]:
    return sorted(posting.reminder_ids[0] for posting in sender.sent)


@pytest.mark.parametrize("threads", [1, 4, 16])
def test_everything_that_is_due_goes_once(database: Database, clinic: Clinic, view: SessionView, threads: int) -> None:
    ids = due(database, clinic, view, 110)  # more than one claim takes
    sender = AcceptingSender()
    drain = a_drain(database, sender, StoppedClock(), threads=threads)

    calls = drain.run(until=lambda: False)
    drain.stop()

    assert calls == 110
    assert sent_ids(sender) == sorted(ids)
    assert set(statuses(database, clinic).values()) == {Status.SENT}
    assert not drain.busy


@pytest.mark.parametrize("threads", [1, 4, 16])
def test_few_calls_are_started_at_once_so_a_crash_leaves_few_in_doubt(
    database: Database, clinic: Clinic, view: SessionView, threads: int
) -> None:
    due(database, clinic, view, 60)
    sender = HangingSender()
    drain = a_drain(database, sender, StoppedClock(), threads=threads)

    started = one_round(drain)
    again = one_round(drain)
    with database.read(ALL_CLINICS) as db:
        intents = len(list(db.scalars(select(AttemptRow.id))))
    sending = list(statuses(database, clinic).values()).count(Status.SENDING)
    sender.release()
    drain.stop()

    assert threads <= started <= math.ceil(threads * 1.5)
    assert again == 0
    assert intents == sending == started


def test_what_is_not_due_is_not_claimed_and_a_quiet_drain_calls_nobody(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    due(database, clinic, view, 3)
    sender = AcceptingSender()
    drain = a_drain(database, sender, StoppedClock(NOW - timedelta(seconds=1)))

    calls = drain.run(until=lambda: False)
    drain.stop()

    assert calls == 0
    assert sender.sent == []
    assert set(statuses(database, clinic).values()) == {Status.SCHEDULED}


def test_a_drain_that_is_told_to_end_begins_nothing(database: Database, clinic: Clinic, view: SessionView) -> None:
    due(database, clinic, view, 3)
    drain = a_drain(database, AcceptingSender(), StoppedClock())

    calls = drain.run(until=lambda: True)

    assert calls == 0
    assert not drain.busy
    drain.stop()
    assert set(statuses(database, clinic).values()) == {Status.SCHEDULED}


def test_calls_that_take_long_hold_up_no_others(database: Database, clinic: Clinic, view: SessionView) -> None:
    due(database, clinic, view, 1)
    slow, quick = HangingSender(), AcceptingSender()
    clock = StoppedClock()
    drain = a_drain(database, slow, clock, threads=2)
    one_round(drain)
    slow.wait_for_calls(1)
    (later,) = add_reminders(database, clinic, view, [a_planned(str(view.id), rule="later")])
    drain.find_sender = lambda _: quick

    while later not in sent_ids(quick):
        one_round(drain)
    slow.release()
    drain.stop()

    assert set(statuses(database, clinic).values()) == {Status.SENT}


def test_stopping_gives_back_what_was_claimed_and_finishes_what_was_posted(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    due(database, clinic, view, 10)
    sender = HangingSender()
    drain = a_drain(database, sender, StoppedClock(), threads=2)
    posted = one_round(drain)

    with ThreadPoolExecutor(1) as pool:
        stopping = pool.submit(drain.stop)
        sender.release()
        stopping.result()

    after = list(statuses(database, clinic).values())
    assert after.count(Status.SENT) == posted == len(sender.sent)
    assert after.count(Status.SCHEDULED) == 10 - posted
    assert {record.status_reason for record in stored(database, clinic) if record.status is Status.SCHEDULED} == {
        "shutdown"
    }


def test_what_a_stopped_drain_gave_back_goes_by_the_next_without_waiting_for_a_lease(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    ids = due(database, clinic, view, 10)
    first, second = AcceptingSender(), AcceptingSender()
    drain = a_drain(database, first, StoppedClock(), threads=2)
    one_round(drain)
    drain.stop()

    other = a_drain(database, second, StoppedClock())
    other.run(until=lambda: False)
    other.stop()

    assert sorted(sent_ids(first) + sent_ids(second)) == sorted(ids)


def test_a_stop_that_can_not_wait_leaves_what_hangs_to_the_deadline(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    due(database, clinic, view, 10)
    sender = HangingSender()
    drain = a_drain(database, sender, StoppedClock(), threads=4)
    posted = one_round(drain)
    sender.wait_for_calls(4)

    drain.stop(patience=timedelta())
    sender.release()
    during = list(statuses(database, clinic).values())
    keep_up(database, NOW + timedelta(hours=1))

    after = list(statuses(database, clinic).values())
    assert posted == 5
    # What only waited for a thread was never called, and is known not to have been sent.
    assert during.count(Status.SENDING) == len(sender.sent) == 4
    assert during.count(Status.IN_DOUBT) == 0
    assert after.count(Status.IN_DOUBT) == 4


def test_two_processes_at_once_send_each_reminder_once(database: Database, clinic: Clinic, view: SessionView) -> None:
    ids = due(database, clinic, view, 200)
    together = threading.Barrier(2, timeout=LONGEST_WAIT)
    senders = MeetingSender(together), MeetingSender(together)

    def process(sender: AcceptingSender) -> None:
        drain = a_drain(database, sender, StoppedClock())
        drain.run(until=lambda: False)
        drain.stop()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(process, senders))

    assert sorted(sent_ids(senders[0]) + sent_ids(senders[1])) == sorted(ids)
    assert set(statuses(database, clinic).values()) == {Status.SENT}


def by_channel(sms: AcceptingSender, email: AcceptingSender) -> FindSender:
    return lambda info: sms if info.channel is Channel.SMS else email


def mailed(database: Database, clinic: Clinic, count: int, *, after: timedelta = timedelta()) -> list[str]:
    """Messages that go by email, and so by another sender."""
    view = a_quiet_session(database, clinic, a_person("Bea Osei", phone=None, email="bea@willow.example", mail=True))
    planned = [
        a_planned(str(view.id), occurrence=place, channel=Channel.EMAIL, due_at=NOW + after) for place in range(count)
    ]
    return add_reminders(database, clinic, view, planned)


@pytest.mark.parametrize("threads", [2, 4, 16])
def test_a_sender_whose_calls_hang_keeps_no_other_waiting(
    database: Database, clinic: Clinic, view: SessionView, threads: int
) -> None:
    due(database, clinic, view, 150)
    later = timedelta(seconds=1)
    others = mailed(database, clinic, 10, after=later)
    hanging, quick, clock = HangingSender(), AcceptingSender(), StoppedClock()
    drain = a_drain(database, hanging, clock, threads=threads)
    drain.find_sender = by_channel(hanging, quick)
    one_round(drain)
    hanging.wait_for_calls(threads)
    clock.now += later

    while list(statuses(database, clinic).values()).count(Status.SENT) < len(others):
        one_round(drain)
    under_way = list(statuses(database, clinic).values()).count(Status.SENDING)
    hanging.release()
    drain.stop()

    assert sorted(sent_ids(quick)) == sorted(others)
    assert threads <= under_way <= threads * 1.5


def test_nothing_is_claimed_for_a_sender_that_can_start_no_call(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    due(database, clinic, view, 30)
    sender = HangingSender()
    drain = a_drain(database, sender, StoppedClock(), threads=4)
    drain.most_claimed = 5

    for _ in range(4):
        one_round(drain)
    waiting = list(statuses(database, clinic).values()).count(Status.SCHEDULED)
    sender.release()
    drain.stop()

    assert waiting == 25


def test_of_a_thousand_by_one_sender_and_ten_by_another_the_ten_are_among_the_first(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    (first,) = due(database, clinic, view, 1)
    copy_reminder(database, first, 999)
    few = mailed(database, clinic, 10)
    sender = AcceptingSender()
    drain = a_drain(database, sender, StoppedClock(), threads=16)

    calls = drain.run(until=lambda: False)
    drain.stop()

    assert calls == 1000 + len(few)
    assert max(place for place, one in enumerate(sender.sent) if one.channel is Channel.EMAIL) < 100
