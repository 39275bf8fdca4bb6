from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.outcomes import Fault, Refused
from scheduler.domain.delivery.reminders import Kind, Status
from scheduler.domain.errors import Invalid, NotFound, NotNow
from scheduler.domain.people.todos import TodoKind
from scheduler.services import reminders, todos, undoing
from scheduler.services.send_now import send_now
from scheduler.services.todos import TodoView
from scheduler.services.undoing import Was
from scheduler.services.views import SessionView
from scheduler.storage.audit import AuditRow
from scheduler.storage.database import Database
from scheduler.storage.outbox import Record
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.todos import WantedTodos
from tests.builders import (
    BY,
    NOW,
    a_clinic,
    a_planned,
    a_quiet_session,
    add_reminders,
    drain_at,
    register,
    statuses,
    stored,
    the_reminder,
)
from tests.fakes import AcceptingSender, AnsweringSender

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return register(database, clinic)


def rule(database: Database, clinic: Clinic, name: str) -> Record:
    return next(record for record in stored(database, clinic) if record.rule == name)


def plain(records: list[Record]) -> list[tuple[object, ...]]:
    """All that an undone act must leave as it was."""
    return [
        (one.id, one.status, one.due_at, one.bundled_into, one.touched_by, one.note, one.channel) for one in records
    ]


def test_restoring_a_whole_bundle_puts_it_together_again(database: Database, clinic: Clinic, view: SessionView) -> None:
    del view
    before = stored(database, clinic)
    ids = [rule(database, clinic, name).id for name in ("heat-exercise", "spf-sun")]
    with database.write(clinic.id) as db:
        for one in ids:
            reminders.skip(db, one, reason="told in person", by=BY, now=NOW)

    with database.write(clinic.id) as db:
        undoing.restore(db, ids, by=BY, now=NOW + SECOND)

    assert plain(stored(database, clinic)) == plain(before)


def test_what_is_restored_follows_the_plan_again_when_the_session_is_corrected(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    check = rule(database, clinic, "check")
    with database.write(clinic.id) as db:
        reminders.skip(db, check.id, reason="told in person", by=BY, now=NOW)
    with database.write(clinic.id) as db:
        undoing.restore(db, [check.id], by=BY, now=NOW)
    with database.write(clinic.id) as db:
        reminders.void(db, str(view.id), by=BY, now=NOW)

    assert the_reminder(database, clinic, check.id).status is Status.CANCELLED


def test_what_was_moved_before_it_was_skipped_stays_where_a_person_put_it(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    del view
    check = rule(database, clinic, "check")
    with database.write(clinic.id) as db:
        reminders.move(db, check.id, to=check.due_at + HOUR, by=BY, now=NOW)
        reminders.skip(db, check.id, reason="told in person", by=BY, now=NOW)

    with database.write(clinic.id) as db:
        undoing.restore(db, [check.id], by=BY, now=NOW)

    restored = the_reminder(database, clinic, check.id)
    assert (restored.due_at, restored.touched_by) == (check.due_at + HOUR, BY)


def test_a_move_that_is_put_back_leaves_nothing_but_two_rows_in_the_audit(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    del view
    before = stored(database, clinic)
    lead = rule(database, clinic, "heat-exercise")
    to = lead.due_at + HOUR
    with database.write(clinic.id) as db:
        reminders.move(db, lead.id, to=to, by=BY, now=NOW)
    assert the_reminder(database, clinic, lead.id).due_at == to

    with database.write(clinic.id) as db:
        was = Was(reminder_id=lead.id, status=Status.SCHEDULED, due_at=lead.due_at, became=to)
        undoing.put_back(db, undoing.read_was(db, undoing.seal_was(db, was)), by=BY, now=NOW)

    assert plain(stored(database, clinic)) == plain(before)
    with database.read(clinic.id) as db:
        acts = set(db.scalars(select(AuditRow.action).where(AuditRow.subject == f"reminder {lead.id}")))
    assert acts == {"reminder.move", "reminder.put-back"}


def test_what_is_sent_now_and_stopped_waits_for_its_own_time(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    del view
    before, danger = stored(database, clinic), rule(database, clinic, "danger")
    with database.write(clinic.id) as db:
        was = send_now(db, danger.id, by=BY, now=NOW)
    assert the_reminder(database, clinic, danger.id).due_at == was.became

    with database.write(clinic.id) as db:
        undoing.put_back(db, was, by=BY, now=NOW + 9 * SECOND)
    sender = AcceptingSender()
    drain_at(database, sender, NOW + 11 * SECOND)

    assert sender.sent == []
    assert plain(stored(database, clinic)) == plain(before)


@pytest.mark.parametrize(
    ("kind", "needed", "said"),
    [
        (Kind.SAFETY, TodoKind.SAFETY_NOT_SENT, "The safety message “What to leave out” did not reach the patient"),
        (Kind.INSTRUCT, TodoKind.NOT_ARRIVED, "The message “What to leave out” did not arrive"),
    ],
)
def test_what_had_failed_and_is_stopped_before_it_is_sent_again_is_left_out_and_needs_a_person(
    database: Database, clinic: Clinic, kind: Kind, needed: TodoKind, said: str
) -> None:
    quiet = a_quiet_session(database, clinic)
    (reminder_id,) = add_reminders(database, clinic, quiet, [a_planned(str(quiet.id), kind=kind)])
    drain_at(database, AnsweringSender(Refused(Fault.PERMANENT, "21211", "not a number")), NOW)
    with database.write(clinic.id) as db:
        was = send_now(db, reminder_id, by=BY, now=NOW)

    with database.write(clinic.id) as db:
        undoing.put_back(db, was, by=BY, now=NOW)

    after = the_reminder(database, clinic, reminder_id)
    assert (was.status, after.status, after.note) == (
        Status.FAILED,
        Status.SKIPPED,
        "Stopped before it was sent again.",
    )
    (todo,) = open_todos(database, clinic)
    assert (todo.kind, todo.reminder_id) == (needed, reminder_id)
    assert todo.sentence == f"{said}, since it was stopped before it was sent again: tell the patient."
    with database.write(clinic.id) as db:
        todos.do(db, todo.id, "", by=BY, now=NOW)
    assert open_todos(database, clinic) == ()


def open_todos(database: Database, clinic: Clinic) -> tuple[TodoView, ...]:
    with database.read(clinic.id) as db:
        return todos.todos_page(db, WantedTodos(), after=None, limit=10).items


@pytest.mark.parametrize("late", [5 * SECOND, -SECOND])
def test_a_stop_really_stops_what_was_due_within_the_ten_seconds_or_before(
    database: Database, clinic: Clinic, late: timedelta
) -> None:
    quiet, sender = a_quiet_session(database, clinic), AcceptingSender()
    (reminder_id,) = add_reminders(database, clinic, quiet, [a_planned(str(quiet.id), due_at=NOW + late)])
    with database.write(clinic.id) as db:
        was = send_now(db, reminder_id, by=BY, now=NOW)

    with database.write(clinic.id) as db:
        waits = undoing.put_back(db, undoing.read_was(db, undoing.seal_was(db, was)), by=BY, now=NOW)
    drain_at(database, sender, NOW + HOUR)

    after = the_reminder(database, clinic, reminder_id)
    assert (waits, after.status, after.note) == (False, Status.SKIPPED, "Stopped before it was sent.")
    assert [todo.kind for todo in open_todos(database, clinic)] == [TodoKind.NOT_ARRIVED]
    assert sender.sent == []


def test_what_is_about_to_go_is_not_sent_now_once_more(database: Database, clinic: Clinic, view: SessionView) -> None:
    del view
    danger = rule(database, clinic, "danger")
    with database.write(clinic.id) as db:
        was = send_now(db, danger.id, by=BY, now=NOW)

    with pytest.raises(NotNow, match="about to go already"), database.write(clinic.id) as db:
        send_now(db, danger.id, by="Priya", now=NOW + 10 * SECOND)

    assert the_reminder(database, clinic, danger.id).due_at == was.became


def test_a_move_from_a_time_that_is_over_is_not_put_back_since_it_would_go_at_once(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    del view
    danger = rule(database, clinic, "danger")
    to, later = danger.due_at + timedelta(hours=2), danger.due_at
    with database.write(clinic.id) as db:
        reminders.move(db, danger.id, to=to, by=BY, now=NOW)
    was = Was(reminder_id=danger.id, status=Status.SCHEDULED, due_at=danger.due_at, became=to)

    with pytest.raises(NotNow, match="Its time is over: move it, or send it now"), database.write(clinic.id) as db:
        undoing.put_back(db, was, by=BY, now=later)

    assert the_reminder(database, clinic, danger.id).due_at == to


def test_one_that_went_or_was_moved_again_is_not_put_back(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    del view
    start, danger = rule(database, clinic, "start"), rule(database, clinic, "danger")
    with database.write(clinic.id) as db:
        sent, moved = send_now(db, start.id, by=BY, now=NOW), send_now(db, danger.id, by=BY, now=NOW)
        reminders.move(db, danger.id, to=danger.due_at + HOUR, by="Priya", now=NOW)
    drain_at(database, AcceptingSender(), NOW + 10 * SECOND)

    for was in (sent, moved):
        with pytest.raises(NotNow, match="changed since"), database.write(clinic.id) as db:
            undoing.put_back(db, was, by=BY, now=NOW + 10 * SECOND)

    assert the_reminder(database, clinic, start.id).status is Status.SENT
    assert the_reminder(database, clinic, danger.id).due_at == danger.due_at + HOUR


@pytest.mark.parametrize("word", ["", "x", "é", "AAAA", "bnVsbA==", "\u202e"])
def test_a_place_that_was_not_sealed_here_is_refused(database: Database, clinic: Clinic, word: str) -> None:
    with pytest.raises(Invalid, match="no longer known"), database.read(clinic.id) as db:
        undoing.read_was(db, word)


def test_a_session_just_registered_is_taken_back_within_a_minute(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    with pytest.raises(NotNow, match="over a minute ago"), database.write(clinic.id) as db:
        undoing.undo_registering(db, str(view.id), by=BY, now=NOW + timedelta(minutes=1, microseconds=1))
    assert Status.SCHEDULED in statuses(database, clinic).values()

    for _ in range(2):  # a double tap
        with database.write(clinic.id) as db:
            undoing.undo_registering(db, str(view.id), by=BY, now=NOW + timedelta(minutes=1))

    assert set(statuses(database, clinic).values()) == {Status.CANCELLED}


def test_undoing_keeps_to_the_patient_whose_reminders_they_are(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    other = a_clinic(database, name="Birch")
    check = rule(database, clinic, "check")
    del view

    with pytest.raises(NotFound), database.write(other.id) as db:
        undoing.restore(db, [check.id], by=BY, now=NOW)

    with database.read(clinic.id) as db:
        assert db.scalars(select(ReminderRow.touched_by).where(ReminderRow.id == check.id)).one() is None
