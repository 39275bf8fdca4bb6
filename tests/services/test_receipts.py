from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.outcomes import Accepted, Fault, NotSent, Unknown
from scheduler.domain.delivery.receipts import Failure, Receipt, ReceiptRank
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.delivery.senders import Sender
from scheduler.domain.people.consent import Word
from scheduler.services import receipts
from scheduler.services.views import SessionView
from scheduler.storage.attempts import AttemptRow, Ending
from scheduler.storage.consents import consents_of
from scheduler.storage.database import Database
from scheduler.storage.senders import SenderRow
from scheduler.storage.tenancy import ALL_CLINICS
from scheduler.storage.told_dates import ToldDateRow
from tests.builders import (
    NOW,
    StoppedClock,
    a_clinic,
    a_drain,
    a_planned,
    a_quiet_session,
    add_reminders,
    drain_at,
    the_reminder,
)
from tests.fakes import AnsweringSender, HangingSender

DAY = timedelta(days=1)
LATER = NOW + timedelta(minutes=1)
OFF = Failure(fault=Fault.TEMPORARY, code="30003", reason="The phone is off.")


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return a_quiet_session(database, clinic)


def a_receipt(
    attempt_id: str | None,
    rank: ReceiptRank = ReceiptRank.DELIVERED,
    *,
    provider_id: str = "SM1",
    failure: Failure | None = None,
    word: str | None = None,
) -> Receipt:
    return Receipt(
        attempt_id=attempt_id,
        provider_id=provider_id,
        provider_status=word or rank.name.lower(),
        rank=rank,
        failure=failure,
        at=LATER,
    )


def not_arrived(attempt_id: str, failure: Failure = OFF) -> Receipt:
    return a_receipt(attempt_id, ReceiptRank.UNDELIVERED, failure=failure)


def one(database: Database, clinic: Clinic, view: SessionView, *, sender: Sender | None = None) -> tuple[str, str]:
    """A reminder that was handed over, and its attempt."""
    planned = a_planned(str(view.id), topic_ends={"acids": NOW + DAY})
    (reminder_id,) = add_reminders(database, clinic, view, [planned])
    drain_at(database, sender or AnsweringSender(Accepted("SM1")), NOW)
    return reminder_id, attempts(database)[-1].id


def attempts(database: Database) -> Sequence[AttemptRow]:
    with database.read(ALL_CLINICS) as db:
        return list(db.scalars(select(AttemptRow).order_by(AttemptRow.started_at)))


def take(database: Database, *came: Receipt) -> int:
    with database.write(ALL_CLINICS) as db:
        return receipts.take(db, came, now=LATER)


def told(database: Database) -> int:
    with database.read(ALL_CLINICS) as db:
        return len(list(db.scalars(select(ToldDateRow))))


def held(database: Database) -> list[str | None]:
    with database.read(ALL_CLINICS) as db:
        return list(db.scalars(select(SenderRow.held_reason).where(SenderRow.held_at.is_not(None))))


def test_a_message_that_arrived_is_delivered(database: Database, clinic: Clinic, view: SessionView) -> None:
    reminder_id, attempt_id = one(database, clinic, view)

    changed = take(database, a_receipt(attempt_id))

    record = the_reminder(database, clinic, reminder_id)
    (attempt,) = attempts(database)
    assert changed == 1
    assert (record.status, record.status_reason, record.sent_at) == (Status.DELIVERED, None, NOW)
    assert (attempt.provider_status, attempt.reported_at, attempt.ending) == ("delivered", LATER, Ending.ACCEPTED)
    assert told(database) == 1


def test_a_message_that_did_not_arrive_says_why_and_told_nothing(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    reminder_id, attempt_id = one(database, clinic, view)

    take(database, not_arrived(attempt_id))

    record = the_reminder(database, clinic, reminder_id)
    (attempt,) = attempts(database)
    assert (record.status, record.status_reason) == (Status.UNDELIVERED, "undelivered 30003")
    assert (attempt.code, attempt.reason) == ("30003", "The phone is off.")
    assert told(database) == 0
    assert held(database) == []


def test_receipts_that_come_twice_or_out_of_order_move_a_reminder_forward_only(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    reminder_id, attempt_id = one(database, clinic, view)
    on_its_way = a_receipt(attempt_id, ReceiptRank.TAKEN, word="sending")

    changed = [
        take(database, receipt)
        for receipt in (on_its_way, a_receipt(attempt_id), a_receipt(attempt_id), on_its_way, not_arrived(attempt_id))
    ]

    assert changed == [0, 1, 0, 0, 0]
    assert the_reminder(database, clinic, reminder_id).status is Status.DELIVERED
    assert attempts(database)[0].provider_status == "delivered"
    assert attempts(database)[0].code is None
    assert told(database) == 1


def test_what_did_not_arrive_stays_so(database: Database, clinic: Clinic, view: SessionView) -> None:
    reminder_id, attempt_id = one(database, clinic, view)

    take(database, not_arrived(attempt_id))

    assert take(database, a_receipt(attempt_id)) == 0
    assert the_reminder(database, clinic, reminder_id).status is Status.UNDELIVERED


@pytest.mark.parametrize(
    ("rank", "status", "dates"),
    [
        (ReceiptRank.TAKEN, Status.SENT, 1),
        (ReceiptRank.DELIVERED, Status.DELIVERED, 1),
        (ReceiptRank.UNDELIVERED, Status.UNDELIVERED, 0),
    ],
)
def test_a_receipt_settles_a_doubt(
    database: Database, clinic: Clinic, view: SessionView, rank: ReceiptRank, status: Status, dates: int
) -> None:
    reminder_id, attempt_id = one(database, clinic, view, sender=AnsweringSender(Unknown("lost")))
    assert the_reminder(database, clinic, reminder_id).status is Status.IN_DOUBT

    take(database, a_receipt(attempt_id, rank, failure=OFF if rank is ReceiptRank.UNDELIVERED else None))

    (attempt,) = attempts(database)
    assert the_reminder(database, clinic, reminder_id).status is status
    assert (attempt.ending, attempt.provider_id) == (Ending.ACCEPTED, "SM1")
    assert told(database) == dates


def test_a_receipt_may_come_before_the_answer(database: Database, clinic: Clinic, view: SessionView) -> None:
    (reminder_id,) = add_reminders(database, clinic, view, [a_planned(str(view.id))])
    sender = HangingSender()
    drain = a_drain(database, sender, StoppedClock())
    drain.run(until=lambda: bool(sender.sent))
    (attempt,) = attempts(database)

    take(database, a_receipt(attempt.id, provider_id=f"fake-{attempt.id}"))
    early = the_reminder(database, clinic, reminder_id).status
    sender.release()
    drain.stop()

    assert early is Status.DELIVERED
    assert the_reminder(database, clinic, reminder_id).status is Status.DELIVERED
    assert len(attempts(database)) == 1


def test_a_receipt_of_an_earlier_try_moves_nothing(database: Database, clinic: Clinic, view: SessionView) -> None:
    (reminder_id,) = add_reminders(database, clinic, view, [a_planned(str(view.id))])
    drain_at(database, AnsweringSender(NotSent("503", "busy")), NOW)
    drain_at(database, AnsweringSender(Accepted("SM2")), NOW + timedelta(hours=1))
    first, second = attempts(database)

    assert take(database, not_arrived(first.id)) == 0
    assert the_reminder(database, clinic, reminder_id).status is Status.SENT
    assert take(database, a_receipt(second.id, provider_id="SM2")) == 1


@pytest.mark.parametrize("receipt", [a_receipt(None), a_receipt("nobody")], ids=["without", "unknown"])
def test_a_receipt_of_no_attempt_of_ours_changes_nothing(
    database: Database, clinic: Clinic, view: SessionView, receipt: Receipt
) -> None:
    reminder_id, _ = one(database, clinic, view)

    assert take(database, receipt) == 0
    assert the_reminder(database, clinic, reminder_id).status is Status.SENT


def test_a_receipt_under_another_id_of_the_provider_changes_nothing(
    database: Database, clinic: Clinic, view: SessionView, caplog: pytest.LogCaptureFixture
) -> None:
    reminder_id, attempt_id = one(database, clinic, view)

    with caplog.at_level(logging.WARNING):
        assert take(database, a_receipt(attempt_id, provider_id="SM-other")) == 0

    assert the_reminder(database, clinic, reminder_id).status is Status.SENT
    assert "doesn't fit its attempt" in caplog.text


def test_an_id_of_the_provider_belongs_to_one_attempt(database: Database, clinic: Clinic, view: SessionView) -> None:
    one(database, clinic, view)
    (second_id,) = add_reminders(database, clinic, view, [a_planned(str(view.id), rule="second", due_at=LATER)])
    drain_at(database, AnsweringSender(Unknown("lost")), LATER)

    assert take(database, a_receipt(attempts(database)[-1].id)) == 0
    assert the_reminder(database, clinic, second_id).status is Status.IN_DOUBT


def test_a_stop_that_a_receipt_tells_of_is_recorded(database: Database, clinic: Clinic, view: SessionView) -> None:
    _, attempt_id = one(database, clinic, view)

    take(database, not_arrived(attempt_id, Failure(fault=Fault.OPTED_OUT, code="21610", reason="The patient stopped.")))

    with database.read(clinic.id) as db:
        said = consents_of(db, {str(view.patient_id)})[str(view.patient_id)]
    assert {one.word for one in said if one.source == "provider"} == {Word.STOPPED}


def test_a_fault_of_our_account_in_a_receipt_holds_the_sender(
    database: Database, clinic: Clinic, view: SessionView, caplog: pytest.LogCaptureFixture
) -> None:
    _, attempt_id = one(database, clinic, view)
    suspended = Failure(fault=Fault.CONFIG, code="30002", reason="The account is suspended.", alert=True)

    with caplog.at_level(logging.ERROR):
        take(database, not_arrived(attempt_id, suspended))

    assert held(database) == ["The account is suspended."]
    assert "The account is suspended." in caplog.text
