from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.outcomes import Fault, Refused
from scheduler.services import clinics, outbox, reminders
from scheduler.services.outbox import OutboxEntry
from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from scheduler.storage.outbox import Wanted
from tests.builders import BY, CATALOG, NOW, a_clinic, a_person, a_session, drain_at, register
from tests.fakes import AcceptingSender, AnsweringSender

DAY = timedelta(days=1)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return register(database, clinic)


def entries(database: Database, clinic: Clinic, wanted: Wanted | None = None) -> dict[str, OutboxEntry]:
    with database.read(clinic.id) as db:
        return {entry.rule: entry for entry in outbox.entries(db, wanted=wanted)}


def test_it_shows_every_reminder_by_due_time_those_to_come_too(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    with database.read(clinic.id) as db:
        shown = outbox.entries(db)

    assert {entry.reminder_id for entry in shown} == {reminder.id for reminder in view.reminders}
    assert [entry.due_at for entry in shown] == sorted(entry.due_at for entry in shown)
    assert {(entry.session_id, entry.status, entry.to) for entry in shown} == {(view.id, "scheduled", "+447700900123")}
    assert all(entry.because for entry in shown)


def test_before_it_goes_it_shows_what_would_be_said_at_its_time(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    del view

    actives = entries(database, clinic)["no-actives"]

    assert "until after Tuesday 10 March" in str(actives.body)
    assert (actives.kind, actives.channel, actives.sent_at, actives.reason) == ("instruct", "sms", None, None)


def test_afterwards_it_shows_what_was_said_and_to_whom(database: Database, clinic: Clinic, view: SessionView) -> None:
    sender = AcceptingSender()
    drain_at(database, sender, view.reminders[0].due_at)

    with database.write(clinic.id) as db:
        clinics.set_setting(db, "name", "Birch", catalog=CATALOG, by=BY, now=NOW)
    register(database, clinic, a_session(a_person(email="amira@example.com"), ended_at=NOW - 30 * DAY))

    start = entries(database, clinic, Wanted(session_id=view.id))["start"]
    assert start.body == sender.sent[0].message.body
    assert str(start.body).startswith("Willow Skin")
    assert (start.to, start.status, start.sent_at) == ("+447700900123", "sent", view.reminders[0].due_at)


def test_it_says_why_one_was_left_out_or_could_not_go(database: Database, clinic: Clinic, view: SessionView) -> None:
    skipped = next(str(reminder.id) for reminder in view.reminders if reminder.rule == "check")
    with database.write(clinic.id) as db:
        reminders.skip(db, skipped, reason="seen in person", by=BY, now=NOW)
    refusal = Refused(Fault.PERMANENT, "21211", "not a number")
    drain_at(database, AnsweringSender(refusal), view.reminders[0].due_at)

    shown = entries(database, clinic)

    assert (shown["check"].status, shown["check"].reason) == ("skipped", "seen in person")
    assert (shown["start"].status, shown["start"].reason) == ("failed", "refused 21211")
    assert shown["start"].body


def test_an_email_is_shown_with_its_address(database: Database, clinic: Clinic) -> None:
    person = a_person(phone=None, email="amira@example.com", mail=True)
    register(database, clinic, a_session(person))

    shown = entries(database, clinic)["no-actives"]

    assert (shown.channel, shown.to) == ("email", "amira@example.com")
    assert "retinol" in str(shown.body)


def test_it_shows_one_clinic_and_can_be_narrowed(database: Database, clinic: Clinic, view: SessionView) -> None:
    other = a_clinic(database, name="Birch")
    theirs = register(database, other)

    tomorrow = entries(database, clinic, Wanted(due_from=NOW + DAY / 2, due_before=NOW + DAY))

    assert {entry.session_id for entry in entries(database, other).values()} == {theirs.id}
    assert set(tomorrow) == {"no-actives"}
    assert entries(database, clinic, Wanted(session_id=theirs.id)) == {}
    assert set(entries(database, clinic, Wanted(patient_id=view.patient_id))) == {
        reminder.rule for reminder in view.reminders
    }
