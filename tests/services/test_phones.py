from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.people.patients import Channel
from scheduler.services import phones
from scheduler.services.phones import Phone, Screen
from scheduler.storage.database import Database
from tests.builders import NOW, a_clinic, a_person, a_planned, a_quiet_session, add_reminders, drain_at
from tests.fakes import AcceptingSender

HOUR = timedelta(hours=1)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


def all_phones(database: Database, clinic: Clinic) -> tuple[Phone, ...]:
    with database.read(clinic.id) as db:
        return phones.phones(db)


def the_screen(database: Database, clinic: Clinic) -> Screen:
    (phone,) = all_phones(database, clinic)
    with database.read(clinic.id) as db:
        return phones.screen(db, phone, now=NOW)


def test_who_shares_a_number_shares_a_phone_and_who_has_none_has_one_that_nothing_reaches(
    database: Database, clinic: Clinic
) -> None:
    for person in (
        a_person("Mia Price", phone="+447700900109"),
        a_person("Leo Price", phone="+447700900109"),
        a_person("Ines Moreau", phone=None),
        a_person("Hana Sato", phone=None, email="hana@example.com", mail=True),
    ):
        a_quiet_session(database, clinic, person)

    found = all_phones(database, clinic)

    assert [(phone.names, phone.address) for phone in found] == [
        (("Hana Sato",), "hana@example.com"),
        (("Ines Moreau",), None),
        (("Leo Price", "Mia Price"), "+447700900109"),
    ]
    assert all(phone.id == phone.patient_ids[0] for phone in found)


def test_a_phone_shows_what_was_sent_newest_last_and_when_the_next_is_due(database: Database, clinic: Clinic) -> None:
    view = a_quiet_session(database, clinic)
    planned = [a_planned(str(view.id), occurrence=hour, due_at=NOW + hour * HOUR) for hour in (1, 0, 2)]
    later, now, last = add_reminders(database, clinic, view, planned)
    sender = AcceptingSender()
    for hour in (0, 1):
        drain_at(database, sender, NOW + hour * HOUR)

    shown = the_screen(database, clinic)

    assert [(one.reminder_id, one.at) for one in shown.arrived] == [(now, NOW), (later, NOW + HOUR)]
    assert [one.body for one in shown.arrived] == [posting.message.body for posting in sender.sent]
    assert {(one.session_id, one.channel) for one in shown.arrived} == {(str(view.id), Channel.SMS)}
    assert shown.next_at == NOW + 2 * HOUR
    assert last not in {one.reminder_id for one in shown.arrived}


def test_a_phone_to_which_nothing_went_shows_nothing(database: Database, clinic: Clinic) -> None:
    a_quiet_session(database, clinic)

    shown = the_screen(database, clinic)

    assert (shown.arrived, shown.next_at) == ((), None)
