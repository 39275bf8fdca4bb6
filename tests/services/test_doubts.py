from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.outcomes import Accepted, Fault, NotSent, Outcome, Refused, Unknown
from scheduler.domain.delivery.reminders import Status
from scheduler.services import reminders, sending
from scheduler.services.drain import Drain
from scheduler.services.views import SessionView
from scheduler.storage.attempts import AttemptRow, Ending
from scheduler.storage.database import Database
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import (
    BY,
    NOW,
    StoppedClock,
    a_clinic,
    a_drain,
    a_person,
    a_planned,
    a_quiet_session,
    add_reminders,
    drain_at,
    keep_up,
    the_reminder,
)
from tests.fakes import AcceptingSender, AnsweringSender, HangingSender, RaisingSender

DAY = timedelta(days=1)
BUSY = NotSent("503", "the provider is busy")


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


def attempts(database: Database) -> list[AttemptRow]:
    with database.read(ALL_CLINICS) as db:
        return list(db.scalars(select(AttemptRow).order_by(AttemptRow.started_at)))


# Doubt


@pytest.mark.parametrize(
    "a_sender", [lambda: AnsweringSender(Unknown("timed out")), RaisingSender], ids=["unknown", "raises"]
)
def test_what_may_have_gone_is_in_doubt_and_never_called_again_by_itself(
    database: Database, clinic: Clinic, view: SessionView, a_sender: Callable[[], AcceptingSender]
) -> None:
    reminder_id, sender = one(database, clinic, view), a_sender()
    drain_at(database, sender, NOW)
    doubted = the_reminder(database, clinic, reminder_id)

    for hours in range(0, 24 * 30, 7):
        keep_up(database, NOW + timedelta(hours=hours))
        drain_at(database, sender, NOW + timedelta(hours=hours))

    assert (doubted.status, doubted.status_reason) == (Status.IN_DOUBT, "no_answer")
    assert the_reminder(database, clinic, reminder_id) == doubted
    assert len(sender.sent) == 1
    assert [attempt.ending for attempt in attempts(database)] == [Ending.UNKNOWN]


def hanging(database: Database, clock: StoppedClock, sender: HangingSender) -> Drain:
    """A process whose calls hang."""
    drain = a_drain(database, sender, clock)
    rounds = iter([False])
    drain.run(until=lambda: next(rounds, True))
    sender.wait_for_calls(1)
    return drain


class HangingThenAnswering(HangingSender):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self._outcome = outcome

    def answer(self, posting: object) -> Outcome:
        super().answer(posting)  # type: ignore[arg-type]
        return self._outcome


@pytest.mark.parametrize(
    ("late", "after"),
    [
        (Accepted("SM1"), Status.SENT),
        (Refused(Fault.PERMANENT, "21211", "no"), Status.FAILED),
        (Refused(Fault.OPTED_OUT, "21610", "no"), Status.CANCELLED),
        (BUSY, Status.SCHEDULED),
        (Unknown("still"), Status.IN_DOUBT),
    ],
    ids=["accepted", "refused", "opted out", "not sent", "unknown"],
)
def test_a_late_answer_settles_a_doubt(
    database: Database, clinic: Clinic, view: SessionView, late: Outcome, after: Status
) -> None:
    reminder_id = one(database, clinic, view)
    clock, sender = StoppedClock(), HangingThenAnswering(late)
    drain = hanging(database, clock, sender)
    clock.now = NOW + sending.WAITS.answer

    early = keep_up(database, clock.now - timedelta(microseconds=1)).doubted
    doubted = keep_up(database, clock.now).doubted
    between = the_reminder(database, clinic, reminder_id).status
    sender.release()
    drain.stop()

    assert (early, doubted, between) == (0, 1, Status.IN_DOUBT)
    assert the_reminder(database, clinic, reminder_id).status is after
    assert keep_up(database, clock.now).doubted == 0


def test_an_attempt_whose_reminder_ended_otherwise_is_closed_all_the_same(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    reminder_id = one(database, clinic, view)
    sender = HangingSender()
    drain = hanging(database, StoppedClock(), sender)
    with database.write(clinic.id) as db:
        db.execute(update(ReminderRow).where(ReminderRow.id == reminder_id).values(status=Status.DELIVERED))

    sender.release()
    drain.stop()

    assert the_reminder(database, clinic, reminder_id).status is Status.DELIVERED
    assert [attempt.ending for attempt in attempts(database)] == [Ending.ACCEPTED]
    assert keep_up(database, NOW + DAY).doubted == 0


# A person asks to stop while it is on its way


@pytest.mark.parametrize(
    ("answer", "after", "reason"),
    [
        (BUSY, Status.CANCELLED, "person"),
        (Refused(Fault.TEMPORARY, "429", "slow down"), Status.CANCELLED, "person"),
        (Refused(Fault.CONFIG, "20003", "wrong token"), Status.CANCELLED, "person"),
        (Accepted("SM1"), Status.SENT, None),
        (Unknown("lost"), Status.IN_DOUBT, "no_answer"),
    ],
    ids=["not sent", "temporary", "config", "accepted", "unknown"],
)
def test_a_stop_asked_while_it_is_on_its_way_ends_it_if_it_was_not_sent(
    database: Database,
    clinic: Clinic,
    view: SessionView,
    answer: Outcome,
    after: Status,
    reason: str | None,
) -> None:
    reminder_id = one(database, clinic, view)
    sender = HangingThenAnswering(answer)
    drain = hanging(database, StoppedClock(), sender)

    with database.write(clinic.id) as db:
        said = reminders.cancel(db, reminder_id, reason="told her", by=BY, now=NOW)
    sender.release()
    drain.stop()

    record = the_reminder(database, clinic, reminder_id)
    assert said == "on its way"
    assert (record.status, record.status_reason) == (after, reason)
    assert drain_at(database, AcceptingSender(), NOW + DAY) == 0
