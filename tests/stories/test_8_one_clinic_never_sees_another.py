"""Promise 8: one clinic never sees another's data. That names and texts are sealed is shown in tests/storage."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from scheduler.domain.errors import NotFound
from scheduler.domain.people.roles import Person, Role
from scheduler.services import care, listing, outbox, overriding, registering, reminders
from scheduler.services.views import SessionView, session_view
from scheduler.storage.database import Database, Db
from scheduler.storage.outbox import Wanted
from tests.builders import (
    BY,
    CATALOG,
    NOW,
    StoppedClock,
    a_clinic,
    a_person,
    a_session,
    let_pass,
    register,
    stored_rows,
)
from tests.fakes import AcceptingSender

DAY = timedelta(days=1)
ACTS: dict[str, Callable[[Db, SessionView], object]] = {
    "see a session": lambda db, view: session_view(db, str(view.id), now=NOW),
    "void a session": lambda db, view: reminders.void(db, str(view.id), by=BY, now=NOW),
    "see a reminder": lambda db, view: listing.one_reminder(db, str(view.reminders[0].id)),
    "skip a reminder": lambda db, view: reminders.skip(db, str(view.reminders[0].id), reason="told", by=BY, now=NOW),
    "cancel a reminder": lambda db, view: reminders.cancel(
        db, str(view.reminders[0].id), reason="told", by=BY, now=NOW
    ),
    "move a reminder": lambda db, view: reminders.move(db, str(view.reminders[0].id), to=NOW + DAY, by=BY, now=NOW),
    "restore a reminder": lambda db, view: reminders.restore(db, str(view.reminders[0].id), by=BY, now=NOW),
    "plan for a patient": lambda db, view: care.replan(db, str(view.patient_id), now=NOW),
    "register for a patient": lambda db, view: registering.register(
        db, a_session(patient_id=view.patient_id), flags=CATALOG.flags, by=BY, now=NOW
    ),
    "preview for a patient": lambda db, view: registering.preview(
        db, a_session(patient_id=view.patient_id), flags=CATALOG.flags, now=NOW
    ),
    "override a topic": lambda db, view: overriding.override(
        db,
        str(view.patient_id),
        overriding.NewEnd(session_id=str(view.id), topic="acids", reason="It has healed.", length="2d"),
        person=Person(id="1", name="Ada Osei", role=Role.TREATMENT),
        now=NOW,
    ),
}


def test_nothing_can_be_seen_or_done_with_another_clinics_ids(database: Database) -> None:
    ours, theirs = a_clinic(database, name="Willow"), a_clinic(database, name="Birch")
    register(database, ours)
    view = register(database, theirs)
    before = stored_rows(database)
    with database.read(theirs.id) as db:
        shown = outbox.entries(db)

    for act in ACTS.values():
        with database.write(ours.id) as db, pytest.raises(NotFound):
            act(db, view)

    assert stored_rows(database) == before
    with database.read(theirs.id) as db:
        assert outbox.entries(db) == shown


def test_lists_hold_ones_own_and_nothing_else(database: Database) -> None:
    clinics = [a_clinic(database, name=name) for name in ("Willow", "Birch")]
    views = [register(database, clinic) for clinic in clinics]

    for clinic, view in zip(clinics, views, strict=True):
        with database.read(clinic.id) as db:
            page = listing.reminders_page(db, Wanted(), after=None, limit=200)
            entries = outbox.entries(db)

        own = {reminder.id for reminder in view.reminders}
        assert {one.id for one in page.items} == own
        assert {entry.reminder_id for entry in entries} == own


def test_a_shared_process_sends_each_clinics_words_to_its_own_patients(database: Database) -> None:
    willow, birch = a_clinic(database, name="Willow"), a_clinic(database, name="Birch", zone="Europe/Paris")
    register(database, willow, a_session(a_person("Amira Khan", phone="+447700900123")))
    register(database, birch, a_session(a_person("Bea Osei", phone="+447700900124")))
    sender = AcceptingSender()

    let_pass(database, sender, StoppedClock(), NOW + 60 * DAY)

    assert {(posting.clinic_id, posting.to) for posting in sender.sent} == {
        (willow.id, "+447700900123"),
        (birch.id, "+447700900124"),
    }
    names = {willow.id: ("Willow", "Birch"), birch.id: ("Birch", "Willow")}
    for posting in sender.sent:
        own, other = names[posting.clinic_id]
        assert own in posting.message.body
        assert other not in posting.message.body


def test_the_same_number_at_two_clinics_is_two_patients_and_neither_hears_of_the_other(database: Database) -> None:
    views = [register(database, a_clinic(database, name=name)) for name in ("Willow", "Birch")]

    assert views[0].patient_id != views[1].patient_id
    assert [view.notices for view in views] == [(), ()]
