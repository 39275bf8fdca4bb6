from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.outcomes import NotSent
from scheduler.domain.delivery.reminders import OPEN, WITH_PROVIDER, Kind, Status
from scheduler.domain.errors import Invalid, NotFound, NotNow
from scheduler.services import reminders
from scheduler.services.views import SessionView
from scheduler.storage.audit import AuditRow
from scheduler.storage.database import Database, Db
from scheduler.storage.outbox import Record
from scheduler.storage.reminders import ReminderRow
from tests.builders import (
    BY,
    NOW,
    a_clinic,
    a_planned,
    a_quiet_session,
    add_reminders,
    drain_at,
    statuses,
    stored_rows,
    the_reminder,
)
from tests.fakes import AcceptingSender, AnsweringSender

Act = Callable[[Db, str], object]
ACTS: dict[str, Act] = {
    "skip": lambda db, reminder_id: reminders.skip(db, reminder_id, reason="told her", by=BY, now=NOW),
    "cancel": lambda db, reminder_id: reminders.cancel(db, reminder_id, reason="told her", by=BY, now=NOW),
    "move": lambda db, reminder_id: reminders.move(db, reminder_id, to=NOW + timedelta(hours=2), by=BY, now=NOW),
    "restore": lambda db, reminder_id: reminders.restore(db, reminder_id, by=BY, now=NOW),
}


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return a_quiet_session(database, clinic)


def one(
    database: Database, clinic: Clinic, view: SessionView, *, status: Status = Status.SCHEDULED, kind: Kind = Kind.CHECK
) -> str:
    """A reminder that is due now, put where the test wants it."""
    (reminder_id,) = add_reminders(database, clinic, view, [a_planned(str(view.id), rule=status, kind=kind)])
    with database.write(clinic.id) as db:
        db.execute(update(ReminderRow).where(ReminderRow.id == reminder_id).values(status=status))
    return reminder_id


def act(database: Database, clinic: Clinic, name: str, reminder_id: str) -> Record:
    with database.write(clinic.id) as db:
        ACTS[name](db, reminder_id)
    return the_reminder(database, clinic, reminder_id)


def sentences(database: Database, clinic: Clinic) -> list[tuple[str, str]]:
    """What the audit says of reminders and sessions, oldest first."""
    with database.read(clinic.id) as db:
        rows = db.scalars(select(AuditRow).order_by(AuditRow.at))
        return [
            (row.action, db.keys.open(row.sentence_sealed, "audit.sentence"))
            for row in rows
            if row.action.startswith("reminder.")
        ]


@pytest.mark.parametrize("status", sorted(OPEN))
@pytest.mark.parametrize(
    ("name", "after"), [("skip", Status.SKIPPED), ("cancel", Status.CANCELLED)], ids=["skip", "cancel"]
)
def test_whatever_was_not_handed_over_can_be_left_out(
    database: Database, clinic: Clinic, view: SessionView, status: Status, name: str, after: Status
) -> None:
    reminder_id = one(database, clinic, view, status=status)

    record = act(database, clinic, name, reminder_id)

    assert (record.status, record.status_reason, record.note) == (after, "person", "told her")


def test_what_a_person_did_is_in_the_audit(database: Database, clinic: Clinic, view: SessionView) -> None:
    reminder_id = one(database, clinic, view)

    act(database, clinic, "skip", reminder_id)

    assert sentences(database, clinic) == [("reminder.skipped", "Skipped: scheduled told her")]


def test_every_status_that_forbids_an_act_refuses_it_and_stores_nothing(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    allowed = {
        "skip": OPEN,
        "cancel": OPEN | WITH_PROVIDER,
        "move": OPEN,
        "restore": {Status.SKIPPED, Status.CANCELLED},
    }
    for status in Status:
        reminder_id = one(database, clinic, view, status=status)
        before = stored_rows(database)
        for name in sorted(set(ACTS)):
            if status not in allowed[name]:
                with pytest.raises(NotNow):
                    act(database, clinic, name, reminder_id)

        assert statuses(database, clinic)[reminder_id] is status
        assert stored_rows(database) == before


@pytest.mark.parametrize("name", sorted(ACTS))
def test_a_reminder_that_is_not_there_or_another_clinics_is_not_found(
    database: Database, clinic: Clinic, view: SessionView, name: str
) -> None:
    theirs = one(database, clinic, view)
    ours = a_clinic(database, name="Birch")

    for reminder_id in (theirs, "none"):
        with pytest.raises(NotFound, match="There is no reminder"):
            act(database, ours, name, reminder_id)

    assert statuses(database, clinic)[theirs] is Status.SCHEDULED


def test_a_reason_is_wanted_that_staff_can_read(database: Database, clinic: Clinic, view: SessionView) -> None:
    reminder_id = one(database, clinic, view)

    for leave_out in (reminders.skip, reminders.cancel):
        for reason in ("", "  ", "no", " no ", "x" * 201):
            with database.write(clinic.id) as db, pytest.raises(Invalid, match="say why in 3 to 200 letters"):
                leave_out(db, reminder_id, reason=reason, by=BY, now=NOW)

    assert statuses(database, clinic)[reminder_id] is Status.SCHEDULED


def test_a_safety_text_is_not_skipped_but_can_be_cancelled(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    reminder_id = one(database, clinic, view, kind=Kind.SAFETY)

    with pytest.raises(NotNow, match="safety text can't be skipped"):
        act(database, clinic, "skip", reminder_id)
    before = statuses(database, clinic)[reminder_id]
    after = act(database, clinic, "cancel", reminder_id).status

    assert (before, after) == (Status.SCHEDULED, Status.CANCELLED)


def test_a_reminder_on_its_way_goes_but_is_not_tried_again(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    ids = [one(database, clinic, view, status=status) for status in (Status.SENDING, Status.IN_DOUBT)]

    with database.write(clinic.id) as db:
        said = {reminders.cancel(db, reminder_id, reason="told her", by=BY, now=NOW) for reminder_id in ids}

    assert said == {"on its way"}
    assert {statuses(database, clinic)[reminder_id] for reminder_id in ids} == {Status.SENDING, Status.IN_DOUBT}
    with database.read(clinic.id) as db:
        assert set(db.scalars(select(ReminderRow.stop_asked).where(ReminderRow.id.in_(ids)))) == {True}


# Restored


@pytest.mark.parametrize("name", ["skip", "cancel"])
def test_what_was_left_out_can_wait_for_its_time_again(
    database: Database, clinic: Clinic, view: SessionView, name: str
) -> None:
    reminder_id = one(database, clinic, view)
    act(database, clinic, name, reminder_id)

    record = act(database, clinic, "restore", reminder_id)

    assert (record.status, record.note, record.due_at) == (Status.SCHEDULED, None, NOW)


def test_a_restored_reminder_goes_once(database: Database, clinic: Clinic, view: SessionView) -> None:
    reminder_id = one(database, clinic, view)
    act(database, clinic, "skip", reminder_id)
    act(database, clinic, "restore", reminder_id)
    sender = AcceptingSender()

    drain_at(database, sender, NOW)

    assert [posting.reminder_ids for posting in sender.sent] == [(reminder_id,)]


def test_what_is_of_no_use_any_more_is_not_restored(database: Database, clinic: Clinic, view: SessionView) -> None:
    reminder_id = one(database, clinic, view)
    act(database, clinic, "skip", reminder_id)
    end = the_reminder(database, clinic, reminder_id).useful_until

    with database.write(clinic.id) as db, pytest.raises(NotNow, match="of use is over"):
        reminders.restore(db, reminder_id, by=BY, now=end)


def test_nothing_of_a_voided_session_is_restored(database: Database, clinic: Clinic, view: SessionView) -> None:
    reminder_id = one(database, clinic, view)
    with database.write(clinic.id) as db:
        reminders.void(db, str(view.id), by=BY, now=NOW)

    with pytest.raises(NotNow, match="session was voided"):
        act(database, clinic, "restore", reminder_id)


def test_a_stop_that_was_asked_does_not_outlive_a_restoring(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    reminder_id = one(database, clinic, view, status=Status.SENDING)
    act(database, clinic, "cancel", reminder_id)
    with database.write(clinic.id) as db:
        db.execute(update(ReminderRow).where(ReminderRow.id == reminder_id).values(status=Status.CANCELLED))
    act(database, clinic, "restore", reminder_id)

    drain_at(database, AnsweringSender(NotSent("503", "busy")), NOW)

    assert statuses(database, clinic)[reminder_id] is Status.SCHEDULED
