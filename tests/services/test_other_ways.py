"""What is done about a message that did not get there: once more, another channel, or a person."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.outcomes import Accepted, Fault, NotSent, Outcome, Refused, Unknown
from scheduler.domain.delivery.receipts import Failure, Receipt, ReceiptRank
from scheduler.domain.delivery.reminders import Kind, Status
from scheduler.domain.people.patients import Channel
from scheduler.domain.people.todos import TodoKind
from scheduler.services import receipts, send_now
from scheduler.services.people import PersonGiven
from scheduler.services.sending import Answer, record
from scheduler.services.views import SessionView
from scheduler.storage import orphans
from scheduler.storage.attempts import AttemptRow
from scheduler.storage.database import Database
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.senders import SenderRow, release_sender
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
from tests.fakes import AcceptingSender, AnsweringSender
from tests.services.todo_lists import listed as open_todos

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BOTH = (Channel.SMS, Channel.EMAIL)
OFF = Failure(fault=Fault.TEMPORARY, code="30003", reason="off", resend_after=timedelta(minutes=30))
LANDLINE = Failure(fault=Fault.PERMANENT, code="30006", reason="a landline")
STOP = Failure(fault=Fault.OPTED_OUT, code="21610", reason="stopped")
NO_NUMBER = Refused(Fault.PERMANENT, "21211", "not a number")


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
    answer: Outcome,
    *,
    kind: Kind = Kind.INSTRUCT,
    channels: tuple[Channel, ...] = BOTH,
) -> str:
    """A reminder that was handed over, or tried to be."""
    planned = a_planned(str(view.id), kind=kind, channels=channels)
    (reminder_id,) = add_reminders(database, clinic, view, [planned])
    drain_at(database, AnsweringSender(answer), NOW)
    return reminder_id


def not_arrived(database: Database, failure: Failure, *, after: timedelta = timedelta(minutes=5)) -> None:
    """The newest attempt's message did not arrive."""
    with database.write(ALL_CLINICS) as db:
        newest = db.scalars(select(AttemptRow).order_by(AttemptRow.started_at.desc())).first()
        assert newest is not None
        receipt = Receipt(
            attempt_id=newest.id,
            provider_id=newest.provider_id or "SM1",
            provider_status="undelivered",
            rank=ReceiptRank.UNDELIVERED,
            failure=failure,
            at=NOW + after,
        )
        receipts.take(db, [receipt], now=NOW + after)


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

    assert len(busy.sent) == 7
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


# A sender that is broken


def test_a_fault_of_the_sender_holds_it_keeps_the_order_and_is_told_once(
    database: Database, clinic: Clinic, view: SessionView, caplog: pytest.LogCaptureFixture
) -> None:
    planned = [a_planned(str(view.id), occurrence=place, due_at=NOW - place * HOUR) for place in range(40)]
    ids = add_reminders(database, clinic, view, planned)
    broken = AnsweringSender(Refused(Fault.CONFIG, "20003", "the token is wrong"))

    drain_at(database, broken, NOW)
    while_held = drain_at(database, broken, NOW + HOUR)
    told = [line for line in caplog.records if line.levelno == logging.ERROR]
    with database.write(ALL_CLINICS) as db:
        (sender,) = db.scalars(select(SenderRow).where(SenderRow.held_at.is_not(None)))
        release_sender(db, sender.id)
        waiting = list(db.scalars(select(ReminderRow.id).order_by(ReminderRow.next_at)))
        places = set(db.scalars(select(ReminderRow.next_at == ReminderRow.due_at)))
    mended = AcceptingSender()
    drain_at(database, mended, NOW + HOUR)

    assert len(broken.sent) <= 24, "what the pool had begun, and nothing after"
    assert while_held == 0
    assert [line.message for line in told] == ["a sender is held until somebody mends it: the token is wrong"]
    assert waiting == ids[::-1]
    assert places == {True}
    assert {one.reminder_ids[0] for one in mended.sent} == set(ids)


# A provider that is out of reach


def test_a_sender_whose_provider_is_out_of_reach_rests_and_all_keep_their_place(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    planned = [a_planned(str(view.id), occurrence=place, due_at=NOW - place * HOUR) for place in range(40)]
    ids = add_reminders(database, clinic, view, planned)
    away = AnsweringSender(NotSent("not_reached", "nobody there"))

    drain_at(database, away, NOW)
    tried = len(away.sent)
    resting = drain_at(database, away, NOW + timedelta(milliseconds=999))
    back = AcceptingSender()
    drain_at(database, back, NOW + timedelta(seconds=1))

    assert tried <= 24
    assert resting == 0
    assert [one.reminder_ids[0] for one in back.sent] == ids[::-1]


def test_an_outage_of_an_hour_lets_another_channel_be_looked_for(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    away = AnsweringSender(NotSent("not_reached", "nobody there"))
    planned = a_planned(str(view.id), channels=BOTH, useful_for=DAY)
    (reminder_id,) = add_reminders(database, clinic, view, [planned])

    for minutes in range(60):
        drain_at(database, away, NOW + minutes * timedelta(minutes=1))
    before = the_reminder(database, clinic, reminder_id).channel
    drain_at(database, away, NOW + HOUR)
    after = the_reminder(database, clinic, reminder_id)

    assert before is Channel.SMS
    assert (after.channel, after.status_reason) == (Channel.EMAIL, "another way: not sent not_reached")


def test_a_no_that_concerns_one_message_only_lets_no_sender_rest(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    one(database, clinic, view, NotSent("no_time_left", "too late in the day", only_this=True))
    add_reminders(database, clinic, view, [a_planned(str(view.id), occurrence=7)])

    assert drain_at(database, AcceptingSender(), NOW) == 1


def test_an_outage_of_six_hours_is_tried_rarely_and_all_that_is_of_use_goes_afterwards(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    short = [a_planned(str(view.id), rule="short", occurrence=place, useful_for=HOUR) for place in range(30)]
    safety = [a_planned(str(view.id), rule="safety", occurrence=place, kind=Kind.SAFETY) for place in range(30)]
    plain = [a_planned(str(view.id), rule="plain", occurrence=place) for place in range(30)]
    ids = add_reminders(database, clinic, view, [*short, *plain, *safety])
    away, back = AnsweringSender(NotSent("not_reached", "nobody there")), AcceptingSender()

    morning = NOW - 4 * HOUR
    with database.write(ALL_CLINICS) as db:
        db.execute(update(ReminderRow).values(next_at=morning, due_at=morning))
    for minutes in range(6 * 60):
        drain_at(database, away, morning + minutes * timedelta(minutes=1))
        keep_up(database, morning + minutes * timedelta(minutes=1))
    drain_at(database, back, morning + 6 * HOUR)

    went = [posting.kind for posting in back.sent]
    assert len(away.sent) < 6 * 60 * 30
    assert {the_reminder(database, clinic, one).status for one in ids[:30]} == {Status.EXPIRED}
    assert {the_reminder(database, clinic, one).status for one in ids[30:]} == {Status.SENT}
    assert went == sorted(went, key=lambda kind: kind.rank)


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
