from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.errors import NotNow
from scheduler.domain.people.todos import Todo, TodoKind
from scheduler.services import reminders, todos
from scheduler.services.today import Today, today
from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from tests.builders import BY, NOW, a_clinic, a_person, a_planned, a_quiet_session, a_session, add_reminders, register
from tests.services.put import put, statements
from tests.services.todo_lists import do, listed, need, unknown

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LOST = {Status.FAILED, Status.UNDELIVERED, Status.UNKNOWN, Status.IN_DOUBT}


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return register(database, clinic)


def seen(database: Database, clinic: Clinic, now: datetime = NOW) -> Today:
    with database.read(clinic.id) as db:
        return today(db, now=now)


def reminder(view: SessionView, rule: str) -> str:
    return next(str(one.id) for one in view.reminders if one.rule == rule)


# What needs a person


def test_a_new_clinic_has_nothing_and_is_told_to_be_new(database: Database, clinic: Clinic) -> None:
    found = seen(database, clinic)

    assert (found.needs, found.going.to_go, found.going.next_at, found.sessions) == (0, 0, None, ())
    assert found.is_new
    assert found.day == date(2026, 3, 3)


def test_to_dos_stand_urgent_first_and_then_by_age_with_first_name_and_last_initial(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    need(database, clinic, unknown(view))
    register(database, clinic, a_session(a_person("Bea van der Osei", phone=None)))

    found = seen(database, clinic)

    assert [one.urgent for one in found.todos] == [True, False, False]
    assert found.todos[0].patient == "Bea O"
    assert found.todos[0].sentence.startswith("Tell the patient the warning signs")
    assert {one.patient for one in found.todos} == {"Amira K", "Bea O"}
    assert found.todos_total == 3


def test_a_to_do_that_is_about_nobody_is_listed_all_the_same(database: Database, clinic: Clinic) -> None:
    need(database, clinic, Todo(kind=TodoKind.MAYBE_NOT_ARRIVED, details={"rule": "check"}))

    [todo] = seen(database, clinic).todos

    assert (todo.patient, todo.patient_id) == ("", None)


def test_what_was_done_is_not_listed(database: Database, clinic: Clinic, view: SessionView) -> None:
    do(database, clinic, need(database, clinic, unknown(view)))

    assert seen(database, clinic).todos == ()


def test_a_message_that_did_not_arrive_is_listed_with_what_happened(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    start, found = reminder(view, "start"), {}
    for status in Status:
        put(database, start, status, "undelivered 30005")
        found[status] = seen(database, clinic).lost

    assert {status for status, lost in found.items() if lost} == LOST
    for status in LOST:
        [lost] = found[status]
        assert (lost.patient, lost.title, lost.told.why) == ("Amira K", "Your care today", "This number is not in use.")
        assert lost.in_doubt is (status is Status.IN_DOUBT)


def test_a_lost_safety_message_stands_first(database: Database, clinic: Clinic, view: SessionView) -> None:
    put(database, reminder(view, "danger"), Status.FAILED, "tries used up", at=NOW - HOUR)
    put(database, reminder(view, "start"), Status.FAILED, "tries used up")

    assert [one.urgent for one in seen(database, clinic).lost] == [True, False]


def test_a_message_that_got_lost_long_ago_is_left_to_the_outbox(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    put(database, reminder(view, "start"), Status.FAILED, at=NOW - timedelta(days=7, seconds=1))
    put(database, reminder(view, "check"), Status.FAILED, at=NOW - timedelta(days=7))

    found = seen(database, clinic)

    assert [one.title for one in found.lost] == ["Check your skin today"]
    assert (found.lost_total, found.needs) == (1, 1)


def test_a_lost_message_is_seen_to_once_a_person_notes_what_came_of_it(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    lost = put(database, reminder(view, "start"), Status.UNDELIVERED, "undelivered 30003")
    with database.write(clinic.id) as db:
        todos.note_told(db, lost, "Called her.", by=BY, now=NOW + HOUR)
    seen_to = seen(database, clinic, NOW + HOUR)

    put(database, lost, Status.UNDELIVERED, "undelivered 30003", at=NOW + 2 * HOUR)

    assert seen_to.needs == 0
    assert seen(database, clinic, NOW + 2 * HOUR).lost_total == 1


def test_a_lost_message_with_an_open_to_do_is_listed_once(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    put(database, view.reminders[0].id, Status.UNKNOWN)
    need(database, clinic, unknown(view))

    found = seen(database, clinic)

    assert (found.lost, len(found.todos)) == ((), 1)


def test_a_voided_session_loses_no_message(database: Database, clinic: Clinic, view: SessionView) -> None:
    put(database, reminder(view, "start"), Status.FAILED)
    with database.write(clinic.id) as db:
        reminders.void(db, str(view.id), by=BY, now=NOW)

    assert seen(database, clinic).lost == ()


# What goes out


def test_the_days_messages_are_counted_from_midnight_to_midnight_of_the_clinic(
    database: Database, clinic: Clinic
) -> None:
    view = a_quiet_session(database, clinic)
    midnight = datetime(2026, 3, 4, tzinfo=UTC)
    times = [midnight - DAY, midnight - timedelta(seconds=1), midnight, NOW + HOUR]
    add_reminders(
        database, clinic, view, [a_planned(str(view.id), occurrence=n, due_at=at) for n, at in enumerate(times)]
    )

    going = seen(database, clinic).going

    assert (going.to_go, going.held, going.gone) == (3, 0, 0)
    assert (going.next_at, going.next_is_today) == (NOW + HOUR, True)


COUNTED = {
    (Status.SCHEDULED, None): (1, 0, 0),
    (Status.CLAIMED, None): (1, 0, 0),
    (Status.SCHEDULED, "outside_hours"): (0, 1, 0),
    (Status.SCHEDULED, "sender held 20003"): (0, 1, 0),
    (Status.HELD, "patient_paused"): (0, 1, 0),
    (Status.SENDING, None): (0, 0, 1),
    (Status.IN_DOUBT, "no_answer"): (0, 0, 1),
    (Status.SENT, None): (0, 0, 1),
    (Status.DELIVERED, None): (0, 0, 1),
    (Status.FAILED, None): (0, 0, 0),
    (Status.UNDELIVERED, None): (0, 0, 0),
    (Status.UNKNOWN, None): (0, 0, 0),
    (Status.SKIPPED, None): (0, 0, 0),
    (Status.CANCELLED, None): (0, 0, 0),
    (Status.EXPIRED, None): (0, 0, 0),
}
"""Of one message by its status and reason: how many are to go, held and gone."""


def test_each_message_of_the_day_counts_as_to_go_held_gone_or_not(database: Database, clinic: Clinic) -> None:
    view = a_quiet_session(database, clinic)
    [one] = add_reminders(database, clinic, view, [a_planned(str(view.id))])
    counted = {}
    for status, reason in COUNTED:
        put(database, one, status, reason)
        going = seen(database, clinic).going
        counted[status, reason] = going.to_go, going.held, going.gone

    assert counted == COUNTED


def test_where_nothing_more_goes_today_the_next_message_of_a_later_day_is_named(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    late = datetime(2026, 3, 3, 23, 30, tzinfo=UTC)

    going = seen(database, clinic, late).going

    assert going.next_at == min(one.due_at for one in view.reminders if one.due_at > late)
    assert not going.next_is_today


# All of it


def test_nothing_of_another_clinic_is_seen(database: Database, clinic: Clinic, view: SessionView) -> None:
    put(database, reminder(view, "start"), Status.FAILED)
    need(database, clinic, unknown(view))

    other = seen(database, a_clinic(database, name="Birch"))

    assert (other.needs, other.going.to_go, other.going.next_at, other.sessions, other.is_new) == (0, 0, None, (), True)


def test_more_patients_cost_no_more_statements(database: Database, clinic: Clinic, view: SessionView) -> None:
    put(database, reminder(view, "start"), Status.FAILED)
    with statements(database) as few:
        seen(database, clinic)
    for number in range(5):
        more = register(database, clinic, a_session(a_person(f"Jo B {number}", phone=f"+44770090014{number}")))
        put(database, reminder(more, "start"), Status.FAILED)

    with statements(database) as many:
        seen(database, clinic)

    assert len(many) == len(few)


def test_a_message_that_arrived_has_nothing_to_see_to(database: Database, clinic: Clinic, view: SessionView) -> None:
    arrived = put(database, reminder(view, "start"), Status.DELIVERED)

    with (
        database.write(clinic.id) as db,
        pytest.raises(NotNow, match="This message is delivered, so there is nothing to see to"),
    ):
        todos.note_told(db, arrived, "", by=BY, now=NOW)

    assert listed(database, clinic) == ()
