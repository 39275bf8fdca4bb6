from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.outcomes import Accepted, Fault, NotSent, Outcome, Refused, Unknown
from scheduler.domain.delivery.reminders import Kind, Status
from scheduler.domain.people.patients import Channel
from scheduler.services import care, sending
from scheduler.services.drain import Drain
from scheduler.services.views import SessionView
from scheduler.storage.attempts import AttemptRow, Ending
from scheduler.storage.database import Database
from scheduler.storage.outbox import Record
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.senders import SenderRow
from scheduler.storage.tenancy import ALL_CLINICS
from scheduler.storage.told_dates import ToldDateRow
from tests.builders import (
    NOW,
    StoppedClock,
    a_clinic,
    a_drain,
    a_person,
    a_planned,
    a_quiet_session,
    add_reminders,
    drain_at,
    register,
    stored,
    the_reminder,
)
from tests.fakes import AcceptingSender, AnsweringSender

DAY = timedelta(days=1)
BUSY = Refused(Fault.TEMPORARY, "503", "the provider is busy")


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return a_quiet_session(database, clinic, a_person(email="amira@example.com", mail=True))


def one(
    database: Database,
    clinic: Clinic,
    view: SessionView,
    *,
    due_at: datetime = NOW,
    useful_for: timedelta = 2 * DAY,
    topic_ends: Mapping[str, datetime] | None = None,
) -> str:
    planned = a_planned(str(view.id), due_at=due_at, useful_for=useful_for, topic_ends=topic_ends)
    (reminder_id,) = add_reminders(database, clinic, view, [planned])
    return reminder_id


def send_one(database: Database, clinic: Clinic, view: SessionView, outcome: Outcome) -> Record:
    """What becomes of a reminder at this answer."""
    reminder_id = one(database, clinic, view)
    assert drain_at(database, AnsweringSender(outcome), NOW) == 1
    return the_reminder(database, clinic, reminder_id)


def attempts(database: Database) -> list[AttemptRow]:
    with database.read(ALL_CLINICS) as db:
        return list(db.scalars(select(AttemptRow).order_by(AttemptRow.started_at)))


def next_try(database: Database, reminder_id: str) -> datetime:
    with database.read(ALL_CLINICS) as db:
        return db.scalars(select(ReminderRow.next_at).where(ReminderRow.id == reminder_id)).one()


# What each answer makes of a reminder


def test_an_accepted_message_is_sent_under_the_providers_id(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    record = send_one(database, clinic, view, Accepted("SM1", parts=2))

    (attempt,) = attempts(database)
    assert (record.status, record.status_reason, record.sent_at) == (Status.SENT, None, NOW)
    assert (attempt.ending, attempt.provider_id, attempt.ended_at) == (Ending.ACCEPTED, "SM1", NOW)
    assert (attempt.started_at, attempt.deadline_at) == (NOW, NOW + sending.WAITS.answer)


def test_the_dates_that_a_sent_message_told_are_kept(database: Database, clinic: Clinic, view: SessionView) -> None:
    ends = {"retinoid_otc": NOW + 5 * DAY, "acids": NOW + 3 * DAY, "makeup": NOW, "heat": NOW - DAY}
    reminder_id = one(database, clinic, view, topic_ends=ends)

    drain_at(database, AcceptingSender(), NOW)

    with database.read(clinic.id) as db:
        told = {(row.topic, row.until, row.told_at, row.reminder_id) for row in db.scalars(select(ToldDateRow))}
    assert told == {
        ("retinoid_otc", NOW + 5 * DAY, NOW, reminder_id),
        # The text named one date for both: the later one.
        ("acids", NOW + 5 * DAY, NOW, reminder_id),
    }


def test_what_was_not_sent_told_nothing(database: Database, clinic: Clinic, view: SessionView) -> None:
    one(database, clinic, view, topic_ends={"acids": NOW + DAY})

    drain_at(database, AnsweringSender(Unknown("no answer")), NOW)

    with database.read(clinic.id) as db:
        assert list(db.scalars(select(ToldDateRow))) == []


def test_a_permanent_refusal_fails_with_the_providers_code(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    record = send_one(database, clinic, view, Refused(Fault.PERMANENT, "21211", "not a number"))

    (attempt,) = attempts(database)
    assert (record.status, record.status_reason, record.sent_at) == (Status.FAILED, "refused 21211", None)
    assert (attempt.ending, attempt.code, attempt.reason) == (Ending.REFUSED, "21211", "not a number")


def test_a_stop_that_the_provider_knows_cancels(database: Database, clinic: Clinic, view: SessionView) -> None:
    record = send_one(database, clinic, view, Refused(Fault.OPTED_OUT, "21610", "the patient texted STOP"))

    assert (record.status, record.status_reason) == (Status.CANCELLED, "stopped")


def test_a_stop_that_the_provider_knows_holds_for_all_that_was_planned(database: Database, clinic: Clinic) -> None:
    registered = register(database, clinic)
    first = NOW + timedelta(hours=1)
    drain_at(database, AnsweringSender(Refused(Fault.OPTED_OUT, "21610", "the patient texted STOP")), first)
    sender = AcceptingSender()

    drain_at(database, sender, first + DAY)
    with database.write(clinic.id) as db:
        care.replan(db, str(registered.patient_id), now=first + DAY)
    drain_at(database, sender, first + 2 * DAY)

    assert sender.sent == []
    assert {record.status for record in stored(database, clinic)} == {Status.CANCELLED}


@pytest.mark.parametrize("outcome", [BUSY, NotSent("503", "no time left for it", only_this=True)])
def test_what_may_work_later_is_tried_again_while_the_promised_time_stays(
    database: Database, clinic: Clinic, view: SessionView, outcome: Outcome
) -> None:
    record = send_one(database, clinic, view, outcome)

    wait = next_try(database, record.id) - NOW
    early = drain_at(database, AcceptingSender(), NOW + wait - timedelta(microseconds=1))
    late = drain_at(database, AcceptingSender(), NOW + wait)
    assert (record.status, record.status_reason, record.due_at) == (Status.SCHEDULED, "not sent 503", NOW)
    assert timedelta(seconds=24) <= wait <= timedelta(seconds=36)
    assert (early, late) == (0, 1)
    assert the_reminder(database, clinic, record.id).status is Status.SENT
    assert [attempt.ending for attempt in attempts(database)][1:] == [Ending.ACCEPTED]


def test_no_try_is_made_when_its_use_is_over(database: Database, clinic: Clinic, view: SessionView) -> None:
    reminder_id = one(database, clinic, view, useful_for=timedelta(seconds=50))
    sender = AnsweringSender(BUSY)

    drain_at(database, sender, NOW)
    between = the_reminder(database, clinic, reminder_id).status
    drain_at(database, sender, next_try(database, reminder_id))

    record = the_reminder(database, clinic, reminder_id)
    assert between is Status.SCHEDULED
    assert (record.status, record.status_reason) == (Status.EXPIRED, "not_useful")
    assert len(sender.sent) == 2


def test_what_was_not_sent_is_tried_more_and_more_rarely_until_it_is_of_no_use(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    reminder_id = one(database, clinic, view, useful_for=timedelta(hours=4))
    sender = AnsweringSender(BUSY)

    waits = []
    while the_reminder(database, clinic, reminder_id).status is Status.SCHEDULED:
        due = next_try(database, reminder_id)
        drain_at(database, sender, due)
        waits.append(next_try(database, reminder_id) - due)

    record = the_reminder(database, clinic, reminder_id)
    assert (record.status, record.status_reason) == (Status.EXPIRED, "not_useful")
    assert 12 <= len(sender.sent) <= 15
    assert waits[:6] == sorted(waits[:6])


def test_a_try_that_falls_into_the_night_waits_for_the_morning(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    evening = datetime.fromisoformat("2026-03-03T19:59:50+00:00")
    reminder_id = one(database, clinic, view, due_at=evening)
    drain_at(database, AnsweringSender(BUSY), evening)

    calls = drain_at(database, AcceptingSender(), next_try(database, reminder_id))

    record = the_reminder(database, clinic, reminder_id)
    assert calls == 0
    assert (record.status, record.status_reason) == (Status.SCHEDULED, "outside_hours")
    assert next_try(database, reminder_id) == datetime.fromisoformat("2026-03-04T08:00:00+00:00")


def test_words_of_a_provider_that_are_too_long_or_odd_are_cut(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    kinds = (Fault.PERMANENT, Fault.TEMPORARY, Fault.CONFIG)
    ids = [one_of_many(database, clinic, view, place, Channel.SMS) for place in range(len(kinds))]
    answers = [Refused(kind, "x\0" * 300, "y\0" * 1000) for kind in kinds]

    drain = a_drain(database, AnsweringSender(*answers), StoppedClock(), threads=1)
    drain.run(until=lambda: False)
    drain.stop()

    after = sorted(the_reminder(database, clinic, reminder_id).status for reminder_id in ids)
    assert after == [Status.FAILED, Status.SCHEDULED, Status.SCHEDULED]
    assert {(attempt.code, attempt.reason) for attempt in attempts(database)} == {("x" * 60, "y" * 500)}


# A fault of our own account


def test_a_fault_of_our_account_holds_the_sender_and_keeps_the_reminders(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    ids = [one_of_many(database, clinic, view, place, Channel.SMS) for place in range(3)]
    email = one_of_many(database, clinic, view, 3, Channel.EMAIL)
    sender = AnsweringSender(by=lambda posting: WRONG_TOKEN if posting.channel is Channel.SMS else Accepted("E1"))

    drain = a_drain(database, sender, StoppedClock(), threads=1)
    drain.run(until=lambda: False)
    drain.stop()
    calls = len(sender.sent)
    drain_at(database, sender, NOW + timedelta(hours=1))

    with database.read(ALL_CLINICS) as db:
        held = db.execute(select(SenderRow.held_at, SenderRow.held_reason).where(SenderRow.id == "sandbox-sms")).one()
    assert tuple(held) == (NOW, "the token is wrong")
    assert {the_reminder(database, clinic, reminder_id).status for reminder_id in ids} == {Status.SCHEDULED}
    assert the_reminder(database, clinic, email).status is Status.SENT
    assert len(sender.sent) == calls


def test_reminders_go_once_a_person_released_the_sender(database: Database, clinic: Clinic, view: SessionView) -> None:
    reminder_id = one(database, clinic, view)
    drain_at(database, AnsweringSender(WRONG_TOKEN), NOW)
    with database.write(ALL_CLINICS) as db:
        db.execute(update(SenderRow).values(held_at=None, held_reason=None))

    calls = drain_at(database, AcceptingSender(), NOW + timedelta(minutes=5))

    assert calls == 1
    assert the_reminder(database, clinic, reminder_id).status is Status.SENT


def test_a_channel_that_this_process_has_no_sender_for_is_held_and_nothing_is_lost(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    reminder_id = one(database, clinic, view)
    drain = Drain(
        database=database, find_sender=lambda _: None, clock=StoppedClock(), lease=timedelta(minutes=1), threads=1
    )

    drain.run(until=lambda: False)
    drain.stop()

    record = the_reminder(database, clinic, reminder_id)
    assert (record.status, record.status_reason) == (Status.SCHEDULED, "sender held no_sender")


WRONG_TOKEN = Refused(Fault.CONFIG, "20003", "the token is wrong")


def one_of_many(database: Database, clinic: Clinic, view: SessionView, place: int, channel: Channel) -> str:
    planned = a_planned(str(view.id), occurrence=place + 1, channel=channel, kind=Kind.CHECK, template="check")
    (reminder_id,) = add_reminders(database, clinic, view, [planned])
    return reminder_id
