"""What is done about a message that did not get there: once more, or another channel."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.outcomes import Accepted, Fault, Refused
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.people.patients import Channel
from scheduler.services import send_now
from scheduler.services.people import PersonGiven
from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from scheduler.storage.reminders import ReminderRow
from tests.builders import (
    BY,
    NOW,
    a_clinic,
    a_person,
    a_quiet_session,
    drain_at,
    the_reminder,
)
from tests.fakes import AcceptingSender, AnsweringSender
from tests.services.not_arriving import DAY, HOUR, LANDLINE, NO_NUMBER, OFF, STOP, not_arrived, one


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return a_quiet_session(database, clinic, a_person(email="amira@example.com", mail=True))


# Once more


def test_a_phone_that_was_off_is_texted_once_more_and_only_once(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    reminder_id = one(database, clinic, view, Accepted("SM1"), channels=(Channel.SMS,))
    again = AcceptingSender()

    not_arrived(database, OFF)
    waiting = the_reminder(database, clinic, reminder_id)
    early = drain_at(database, again, NOW + timedelta(minutes=34))
    sent = drain_at(database, again, NOW + timedelta(minutes=42))
    not_arrived(database, OFF, after=HOUR)
    ever = drain_at(database, again, NOW + DAY)

    assert (waiting.status, waiting.status_reason) == (Status.SCHEDULED, "undelivered 30003")
    assert (early, sent, ever) == (0, 1, 0)
    after = the_reminder(database, clinic, reminder_id)
    assert (after.status, after.status_reason) == (Status.UNDELIVERED, "undelivered 30003")
    assert after.due_at == NOW, "what was promised stays"


def test_what_a_person_sends_again_has_all_its_tries_again(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    reminder_id = one(database, clinic, view, NO_NUMBER, channels=(Channel.SMS,))
    with database.write(clinic.id) as db:
        send_now.send_now(db, reminder_id, by=BY, now=NOW)
    again = AcceptingSender()

    drain_at(database, again, NOW + timedelta(minutes=1))
    not_arrived(database, OFF)

    assert len(again.sent) == 1
    assert the_reminder(database, clinic, reminder_id).status is Status.SCHEDULED


# Another channel


@pytest.mark.parametrize("how", ["refused", "undelivered"])
def test_what_a_text_can_not_bring_goes_by_email(
    database: Database, clinic: Clinic, view: SessionView, how: str
) -> None:
    refused = how == "refused"
    reminder_id = one(database, clinic, view, NO_NUMBER if refused else Accepted("SM1"))
    if not refused:
        not_arrived(database, LANDLINE)
    waiting = the_reminder(database, clinic, reminder_id)
    emails = AcceptingSender()

    drain_at(database, emails, NOW + HOUR)

    assert (waiting.status, waiting.channel) == (Status.SCHEDULED, Channel.EMAIL)
    assert [(one.channel, one.to) for one in emails.sent] == [(Channel.EMAIL, "amira@example.com")]
    assert the_reminder(database, clinic, reminder_id).status is Status.SENT


def test_tries_that_are_used_up_leave_the_other_channel(database: Database, clinic: Clinic, view: SessionView) -> None:
    busy = AnsweringSender(Refused(Fault.TEMPORARY, "21611", "queue full"))
    reminder_id = one(database, clinic, view, Refused(Fault.TEMPORARY, "21611", "queue full"))
    for tries in range(1, 8):
        drain_at(database, busy, NOW + tries * timedelta(minutes=37))

    waiting = the_reminder(database, clinic, reminder_id)

    assert [one.channel for one in busy.sent].count(Channel.SMS) == 7
    assert (waiting.status, waiting.channel) == (Status.SCHEDULED, Channel.EMAIL)


def test_no_channel_is_tried_twice(database: Database, clinic: Clinic, view: SessionView) -> None:
    reminder_id = one(database, clinic, view, NO_NUMBER)
    refusing = AnsweringSender(Refused(Fault.PERMANENT, "550 5.1.1", "no mailbox"))

    drain_at(database, refusing, NOW + HOUR)

    failed = the_reminder(database, clinic, reminder_id)
    assert (failed.status, failed.status_reason) == (Status.FAILED, "refused 550 5.1.1")
    assert drain_at(database, refusing, NOW + DAY) == 0


@pytest.mark.parametrize(
    "person",
    [a_person(), a_person(email="amira@example.com", mail=False), a_person(email="amira@example.com")],
    ids=["no address", "said no to email", "never asked"],
)
def test_no_other_channel_is_taken_that_is_not_open(database: Database, clinic: Clinic, person: PersonGiven) -> None:
    view = a_quiet_session(database, clinic, person)
    reminder_id = one(database, clinic, view, NO_NUMBER)

    assert the_reminder(database, clinic, reminder_id).status is Status.FAILED


def test_who_stopped_texts_gets_no_email_in_their_place(database: Database, clinic: Clinic, view: SessionView) -> None:
    reminder_id = one(database, clinic, view, Accepted("SM1"))

    not_arrived(database, STOP)

    assert the_reminder(database, clinic, reminder_id).status is Status.UNDELIVERED


def test_planning_anew_does_not_bring_a_channel_back_that_was_of_no_use(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    reminder_id = one(database, clinic, view, NO_NUMBER)
    with database.write(clinic.id) as db:
        db.execute(update(ReminderRow).values(channel=Channel.SMS))  # as a plan would have it
    texts = AcceptingSender()

    drain_at(database, texts, NOW + HOUR)
    drain_at(database, texts, NOW + 2 * HOUR)

    assert [one.channel for one in texts.sent] == [Channel.EMAIL]
    assert the_reminder(database, clinic, reminder_id).status is Status.SENT
