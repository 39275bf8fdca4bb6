"""What staff are asked to see to, and receipts that fit nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.outcomes import Accepted, NotSent, Outcome, Unknown
from scheduler.domain.delivery.receipts import Receipt, ReceiptRank
from scheduler.domain.delivery.reminders import Kind, Status
from scheduler.domain.people.patients import Channel
from scheduler.domain.people.todos import TodoKind
from scheduler.services import receipts, send_now
from scheduler.services.sending import Answer, record
from scheduler.services.views import SessionView
from scheduler.storage import orphans
from scheduler.storage.attempts import AttemptRow
from scheduler.storage.database import Database
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import (
    BY,
    NOW,
    a_clinic,
    a_person,
    a_planned,
    a_quiet_session,
    add_reminders,
    drain_at,
    keep_up,
    the_reminder,
)
from tests.fakes import AnsweringSender
from tests.services.not_arriving import DAY, HOUR, LANDLINE, NO_NUMBER, OFF, not_arrived, one
from tests.services.todo_lists import listed as open_todos


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return a_quiet_session(database, clinic, a_person(email="amira@example.com", mail=True))


# A person


@pytest.mark.parametrize(
    ("answer", "because"),
    [(NO_NUMBER, "this is not a phone number we can text"), (Accepted("SM1"), "this is a landline")],
    ids=["refused", "undelivered"],
)
def test_a_safety_message_that_can_not_go_is_raised_once(
    database: Database, clinic: Clinic, view: SessionView, answer: Outcome, because: str
) -> None:
    reminder_id = one(database, clinic, view, answer, kind=Kind.SAFETY, channels=(Channel.SMS,))
    if isinstance(answer, Accepted):
        not_arrived(database, LANDLINE)

    raised = [keep_up(database, NOW + hours * HOUR).raised for hours in (1, 2)]

    (todo,) = open_todos(database, clinic)
    assert raised == [1, 0]
    assert (todo.kind, todo.reminder_id) == (TodoKind.SAFETY_NOT_SENT, reminder_id)
    assert todo.sentence == (
        f"The safety message “What to leave out” did not reach the patient, since {because}: tell the patient."
    )


def test_a_safety_message_that_was_too_late_is_raised(database: Database, clinic: Clinic, view: SessionView) -> None:
    add_reminders(
        database, clinic, view, [a_planned(str(view.id), kind=Kind.SAFETY), a_planned(str(view.id), rule="x")]
    )

    keep_up(database, NOW + 3 * DAY)

    assert [todo.kind for todo in open_todos(database, clinic)] == [TodoKind.SAFETY_NOT_SENT]


def test_what_failed_again_after_a_person_sent_it_again_is_raised_again(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    reminder_id = one(database, clinic, view, NO_NUMBER, kind=Kind.SAFETY, channels=(Channel.SMS,))
    keep_up(database, NOW)
    with database.write(clinic.id) as db:
        send_now.send_now(db, reminder_id, by=BY, now=NOW)
    drain_at(database, AnsweringSender(NO_NUMBER), NOW + HOUR)

    assert keep_up(database, NOW + HOUR).raised == 1
    assert len(open_todos(database, clinic)) == 1, "the one that is open says it still"


def test_what_turns_out_to_have_gone_needs_nobody_any_more(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    reminder_id = one(database, clinic, view, Unknown("lost"), channels=(Channel.SMS,))
    with database.write(clinic.id) as db:
        db.execute(update(ReminderRow).values(status=Status.UNKNOWN))
    keep_up(database, NOW + HOUR)
    (asked,) = open_todos(database, clinic)
    with database.write(ALL_CLINICS) as db:
        (attempt,) = db.scalars(select(AttemptRow))
        record(db, [Answer(attempt.id, Accepted("SM1"))], now=NOW + 2 * HOUR)

    assert asked.kind is TodoKind.MAYBE_NOT_ARRIVED
    assert the_reminder(database, clinic, reminder_id).status is Status.SENT
    assert open_todos(database, clinic) == ()


def test_a_late_no_leaves_what_a_person_was_asked_about_to_the_person(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    reminder_id = one(database, clinic, view, Unknown("lost"))
    with database.write(clinic.id) as db:
        db.execute(update(ReminderRow).values(status=Status.UNKNOWN))
    with database.write(ALL_CLINICS) as db:
        (attempt,) = db.scalars(select(AttemptRow))
        record(db, [Answer(attempt.id, NotSent("20429", "busy"))], now=NOW + HOUR)

    assert the_reminder(database, clinic, reminder_id).status is Status.UNKNOWN


# Receipts that fit nothing


def test_a_receipt_that_fits_no_attempt_is_kept(database: Database, clinic: Clinic, view: SessionView) -> None:
    del clinic, view
    receipt = Receipt(
        attempt_id="lost-with-the-backup",
        provider_id="SM1",
        provider_status="undelivered",
        rank=ReceiptRank.UNDELIVERED,
        failure=OFF,
        at=NOW,
    )

    with database.write(ALL_CLINICS) as db:
        changed = receipts.take(db, [receipt], now=NOW)
        (kept,) = db.scalars(select(orphans.OrphanReceiptRow))
        counted = orphans.count_orphans(db, since=NOW)
        orphans.forget_orphans(db, NOW + HOUR)
        left = orphans.count_orphans(db, since=NOW)

    assert (changed, counted, left) == (0, 1, 0)
    assert (kept.attempt_id, kept.provider_id, kept.provider_status, kept.code) == (
        "lost-with-the-backup",
        "SM1",
        "undelivered",
        "30003",
    )
