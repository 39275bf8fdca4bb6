from __future__ import annotations

from datetime import date, timedelta

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.errors import Invalid, NotFound, NotNow
from scheduler.domain.people.consent import Purpose, Word
from scheduler.domain.people.patients import Channel
from scheduler.domain.people.roles import Person, Role
from scheduler.services import consenting, overriding, patient_details, patient_page, reminders, same_patient
from scheduler.services.merge_numbers import MergeNumbers, merge_numbers
from scheduler.services.overriding import NewEnd
from scheduler.services.patient_details import PatientChange
from scheduler.services.patient_page import PatientPage
from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from tests.builders import BY, NOW, a_clinic, a_person, a_session, register

PRIYA = Person(id="p", name="Priya", role=Role.TREATMENT)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return register(database, clinic, a_session(a_person(birth_date=date(1991, 5, 14))))


def page(database: Database, clinic: Clinic, patient_id: str | None) -> PatientPage:
    with database.read(clinic.id) as db:
        return patient_page.patient_page(db, str(patient_id))


def numbers(database: Database, clinic: Clinic, gone: SessionView, kept: SessionView) -> MergeNumbers:
    with database.read(clinic.id) as db:
        return merge_numbers(db, str(gone.patient_id), str(kept.patient_id))


def test_it_shows_a_patients_last_word_for_each_channel_and_purpose(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    texts, email, *marketing = page(database, clinic, view.patient_id).standings

    assert (texts.channel, texts.purpose, texts.agreed, texts.stopped) == (Channel.SMS, Purpose.CARE, True, False)
    assert texts.last is not None
    assert (texts.last.at, texts.last.source, texts.last.recorded_by) == (NOW, "desk", BY)
    assert (email.channel, email.last, email.agreed) == (Channel.EMAIL, None, False)
    assert [one.last for one in marketing] == [None, None]


def test_a_stop_is_the_last_word_and_what_was_said_before_stays_in_the_history(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    patient_id = str(view.patient_id)
    with database.write(clinic.id) as db:
        told = {"source": "phone", "evidence": "called us", "by": "Sam"}
        consenting.opt_out(db, patient_id, Channel.SMS, [Purpose.CARE], now=NOW, **told)

    shown = page(database, clinic, patient_id)

    assert shown.standings[0].stopped
    assert [one.word for one in shown.view.consents] == [Word.GIVEN, Word.STOPPED]
    assert shown.left == 0


def test_a_number_that_two_patients_have_names_the_other(database: Database, clinic: Clinic, view: SessionView) -> None:
    zara = register(database, clinic, a_session(a_person("Zara Khan")))

    (contact,) = page(database, clinic, view.patient_id).contacts

    assert contact.also_of == ((zara.patient_id, "Zara Khan"),)
    assert contact.in_use


def test_the_newest_number_is_the_one_in_use(database: Database, clinic: Clinic, view: SessionView) -> None:
    with database.write(clinic.id) as db:
        change = PatientChange(phone="+447700900124")
        patient_details.change(db, str(view.patient_id), change, flags={}, by=BY, now=NOW + timedelta(seconds=1))

    assert [contact.in_use for contact in page(database, clinic, view.patient_id).contacts] == [False, True]


def test_sessions_stand_newest_first_with_what_is_left_of_each(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    before = register(database, clinic, a_session(patient_id=view.patient_id, ended_at=NOW - timedelta(days=42)))
    with database.write(clinic.id) as db:
        reminders.void(db, str(before.id), by=BY, now=NOW)

    shown = page(database, clinic, view.patient_id)

    assert [(one.id, one.title, one.voided) for one in shown.sessions] == [
        (view.id, "Microneedling", False),
        (before.id, "Microneedling", True),
    ]
    assert (shown.sessions[0].left, shown.sessions[1].left, shown.left) == (9, 0, 9)


def test_an_override_is_told_in_words_with_its_session(database: Database, clinic: Clinic, view: SessionView) -> None:
    wanted = NewEnd(session_id=str(view.id), topic="makeup", reason="healed well", length="20h")
    with database.write(clinic.id) as db:
        overriding.override(db, str(view.patient_id), wanted, person=PRIYA, now=NOW)

    (one,) = page(database, clinic, view.patient_id).overrides

    assert (one.topic, one.override.by, one.override.reason) == ("make-up", "Priya", "healed well")
    assert one.session is not None
    assert one.session.id == view.id


def test_one_who_turned_out_to_be_another_names_who_they_are(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    other = register(database, clinic, a_session(a_person("Amy Khan", phone="+447700900124")))
    with database.write(clinic.id) as db:
        same_patient.merge(db, str(other.patient_id), str(view.patient_id), by=BY, now=NOW)

    shown = page(database, clinic, other.patient_id)

    assert (shown.merged_name, shown.changeable) == ("Amira Khan", False)


def test_another_clinics_patient_is_unknown(database: Database, clinic: Clinic, view: SessionView) -> None:
    del clinic
    with pytest.raises(NotFound):
        page(database, a_clinic(database, name="Birch"), view.patient_id)


def test_the_numbers_of_a_merge_are_what_it_then_moves(database: Database, clinic: Clinic, view: SessionView) -> None:
    other = register(database, clinic, a_session(a_person("Amy Khan", phone="+447700900124", email="a@example.com")))

    found = numbers(database, clinic, other, view)

    assert (found.gone.name, found.kept.name) == ("Amy Khan", "Amira Khan")
    assert (found.sessions, found.twins, found.contact_points, found.open_messages) == (1, 1, 2, 9)
    assert found.stopped == ()
    with database.write(clinic.id) as db:
        same_patient.merge(db, str(other.patient_id), str(view.patient_id), by=BY, now=NOW)
    shown = page(database, clinic, view.patient_id)
    assert len(shown.contacts) == 1 + found.contact_points
    assert sum(one.voided for one in shown.sessions) == found.twins


def test_what_either_stopped_is_named_before_they_are_merged(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    other = register(database, clinic, a_session(a_person("Amy Khan", phone="+447700900124")))
    with database.write(clinic.id) as db:
        told = {"source": "phone", "evidence": "called us", "by": "Sam"}
        consenting.opt_out(db, str(other.patient_id), Channel.SMS, [Purpose.CARE], now=NOW, **told)

    assert numbers(database, clinic, other, view).stopped == ("sms",)


def test_nobody_is_merged_with_themselves_nor_with_one_who_is_merged(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    other = register(database, clinic, a_session(a_person("Amy Khan", phone="+447700900124")))
    with pytest.raises(Invalid, match="same patient"):
        numbers(database, clinic, view, view)
    with database.write(clinic.id) as db:
        same_patient.merge(db, str(other.patient_id), str(view.patient_id), by=BY, now=NOW)

    with pytest.raises(NotNow):
        numbers(database, clinic, view, other)
