from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.outcomes import NotSent
from scheduler.domain.delivery.reminders import OPEN, WITH_PROVIDER, Kind, Status
from scheduler.domain.errors import Invalid, NotFound
from scheduler.services import care, clinics, reminders
from scheduler.services.views import SessionView
from scheduler.storage.database import Database, Db
from scheduler.storage.outbox import Record
from scheduler.storage.reminders import ReminderRow
from tests.builders import (
    BY,
    NOW,
    a_clinic,
    a_planned,
    a_quiet_session,
    a_session,
    add_reminders,
    drain_at,
    register,
    statuses,
    stored,
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


# Moved


def test_a_moved_reminder_goes_at_its_new_time_and_not_before(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    reminder_id = one(database, clinic, view)
    sender = AcceptingSender()

    record = act(database, clinic, "move", reminder_id)
    drain_at(database, sender, NOW + timedelta(hours=2, microseconds=-1))
    early = len(sender.sent)
    drain_at(database, sender, NOW + timedelta(hours=2))

    assert (record.status, record.due_at) == (Status.SCHEDULED, NOW + timedelta(hours=2))
    assert (early, len(sender.sent)) == (0, 1)


@pytest.mark.parametrize(
    ("to", "mend"),
    [
        (datetime(2026, 3, 3, 18, 0), "with its zone"),  # noqa: DTZ001  what must be refused
        (NOW - timedelta(microseconds=1), "in the past"),
        (NOW + timedelta(days=2), "of no use from"),
        (NOW + timedelta(days=400), "of no use from"),
    ],
    ids=["naive", "past", "at the end of its use", "later"],
)
def test_a_time_that_will_not_do_is_refused(
    database: Database, clinic: Clinic, view: SessionView, to: datetime, mend: str
) -> None:
    reminder_id = one(database, clinic, view)

    with database.write(clinic.id) as db, pytest.raises(Invalid, match=mend):
        reminders.move(db, reminder_id, to=to, by=BY, now=NOW)

    assert the_reminder(database, clinic, reminder_id).due_at == NOW


def test_now_and_the_last_moment_of_its_use_will_do(database: Database, clinic: Clinic, view: SessionView) -> None:
    reminder_id = one(database, clinic, view)
    last = NOW + timedelta(days=2, microseconds=-1)

    for to in (last, NOW):
        with database.write(clinic.id) as db:
            reminders.move(db, reminder_id, to=to, by=BY, now=NOW)

        assert the_reminder(database, clinic, reminder_id).due_at == to


def test_a_held_reminder_that_is_moved_stays_held_and_goes_when_the_pause_ends(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    reminder_id = one(database, clinic, view)
    with database.write(clinic.id) as db:
        clinics.pause(db, reason="a fire alarm", by=BY, now=NOW)
    drain_at(database, AcceptingSender(), NOW)
    held = the_reminder(database, clinic, reminder_id)

    moved = act(database, clinic, "move", reminder_id)
    with database.write(clinic.id) as db:
        released = clinics.resume(db, by=BY, now=NOW)

    assert (held.status, held.status_reason) == (Status.HELD, "clinic_paused")
    assert (moved.status, moved.status_reason) == (Status.HELD, "clinic_paused")
    assert released == 1
    assert statuses(database, clinic)[reminder_id] is Status.SCHEDULED


# Planning leaves alone what a person touched


@pytest.mark.parametrize(
    ("name", "after"),
    [("skip", Status.SKIPPED), ("cancel", Status.CANCELLED), ("move", Status.SCHEDULED)],
    ids=["skip", "cancel", "move"],
)
def test_planning_leaves_alone_what_a_person_touched(
    database: Database, clinic: Clinic, name: str, after: Status
) -> None:
    registered = register(database, clinic)
    reminder_id = next(str(reminder.id) for reminder in registered.reminders if reminder.rule == "check")
    touched = act(database, clinic, name, reminder_id)

    with database.write(clinic.id) as db:
        changes = care.replan(db, str(registered.patient_id), now=NOW + timedelta(hours=1))

    assert changes.empty
    again = the_reminder(database, clinic, reminder_id)
    assert (again.status, again.due_at) == (after, touched.due_at)


def test_planning_does_not_revive_what_a_person_stopped_on_its_way(database: Database, clinic: Clinic) -> None:
    registered = register(database, clinic)
    start = next(str(reminder.id) for reminder in registered.reminders if reminder.rule == "start")

    def person_cancels(_: object) -> NotSent:
        with database.write(clinic.id) as db:
            assert reminders.cancel(db, start, reason="told her", by=BY, now=NOW) == "on its way"
        return NotSent("503", "busy")

    drain_at(database, AnsweringSender(by=person_cancels), NOW + timedelta(hours=1))
    with database.write(clinic.id) as db:
        care.replan(db, str(registered.patient_id), now=NOW + timedelta(hours=2))

    assert statuses(database, clinic)[start] is Status.CANCELLED


# Voided


def test_voiding_cancels_what_is_open_and_asks_what_is_on_its_way_to_stop(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    ids = {status: one(database, clinic, view, status=status) for status in Status}

    with database.write(clinic.id) as db:
        reminders.void(db, str(view.id), by=BY, now=NOW)

    after = statuses(database, clinic)
    assert {after[ids[status]] for status in OPEN} == {Status.CANCELLED}
    assert {the_reminder(database, clinic, ids[status]).status_reason for status in OPEN} == {"voided"}
    assert all(after[ids[status]] is status for status in set(Status) - OPEN)
    with database.read(clinic.id) as db:
        asked = set(db.scalars(select(ReminderRow.id).where(ReminderRow.stop_asked)))
    assert asked == {ids[status] for status in WITH_PROVIDER}


def test_voiding_again_does_nothing(database: Database, clinic: Clinic, view: SessionView) -> None:
    with database.write(clinic.id) as db:
        reminders.void(db, str(view.id), by=BY, now=NOW)
    before = stored_rows(database)

    with database.write(clinic.id) as db:
        reminders.void(db, str(view.id), by=BY, now=NOW)

    assert stored_rows(database) == before


def test_voiding_plans_the_patients_other_sessions_anew(database: Database, clinic: Clinic) -> None:
    earlier = register(database, clinic, a_session(ended_at=NOW - timedelta(minutes=30)))
    later = register(database, clinic)
    both = {record.rule for record in stored(database, clinic) if record.session_id == later.id}

    with database.write(clinic.id) as db:
        reminders.void(db, str(earlier.id), by=BY, now=NOW)

    open_ones = {record.rule for record in stored(database, clinic) if record.status is Status.SCHEDULED}
    assert "again" in both
    assert "start" in open_ones  # it is the first session now
    assert "again" not in open_ones


def test_a_session_of_another_clinic_is_not_voided(database: Database, view: SessionView) -> None:
    ours = a_clinic(database, name="Birch")

    with pytest.raises(NotFound, match="There is no session"), database.write(ours.id) as db:
        reminders.void(db, str(view.id), by=BY, now=NOW)
