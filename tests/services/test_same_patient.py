from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.people.consent import Consent, Purpose, Word
from scheduler.domain.people.patients import Patient
from scheduler.services.views import SessionView, session_view
from scheduler.storage import patients
from scheduler.storage.consents import add_consent
from scheduler.storage.database import Database
from tests.builders import (
    ENDED_AT,
    FACTS,
    NOW,
    a_clinic,
    a_person,
    a_session,
    register,
    stored,
    stored_rows,
)

DAY = timedelta(days=1)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


def person_of(database: Database, clinic: Clinic, view: SessionView) -> Patient:
    with database.read(clinic.id) as db:
        return patients.get_patient(db, str(view.patient_id))


# Who is the same patient


@pytest.mark.parametrize("name", ["Amira Khan", "  amira   KHAN ", "Amíra Khan", "Amira-Khan", "AmiraKhan"])
def test_the_same_number_and_the_same_name_however_typed_is_the_same_patient(
    database: Database, clinic: Clinic, name: str
) -> None:
    first = register(database, clinic)

    second = register(database, clinic, a_session(a_person(name), ended_at=ENDED_AT - 30 * DAY))

    assert second.patient_id == first.patient_id


@pytest.mark.parametrize("phone", ["07700 900123", "+44 7700 900 123", "0044 7700 900123"])
def test_the_same_number_however_typed_is_the_same_patient(database: Database, clinic: Clinic, phone: str) -> None:
    first = register(database, clinic)

    second = register(database, clinic, a_session(a_person(phone=phone), ended_at=ENDED_AT - 30 * DAY))

    assert second.patient_id == first.patient_id
    assert len(person_of(database, clinic, first).contacts) == 1


def test_an_address_is_compared_without_regard_to_case(database: Database, clinic: Clinic) -> None:
    first = register(database, clinic, a_session(a_person(phone=None, email="Amira@Example.com", mail=True)))

    again = a_person(phone=None, email="amira@example.com", mail=True)
    second = register(database, clinic, a_session(again, ended_at=ENDED_AT - 30 * DAY))

    assert second.patient_id == first.patient_id
    assert [point.value for point in person_of(database, clinic, first).contacts] == ["Amira@example.com"]


def test_the_same_name_with_another_number_is_another_patient(database: Database, clinic: Clinic) -> None:
    first = register(database, clinic)

    second = register(database, clinic, a_session(a_person(phone="+447700900124")))

    assert second.patient_id != first.patient_id
    assert second.notices == ()


def test_the_same_number_with_another_name_is_another_patient_and_both_are_told(
    database: Database, clinic: Clinic
) -> None:
    first = register(database, clinic)

    second = register(database, clinic, a_session(a_person("Bea Khan")))

    with database.read(clinic.id) as db:
        again = session_view(db, str(first.id), now=NOW)
    assert second.patient_id != first.patient_id
    assert first.notices == ()
    assert second.notices == again.notices == ("Another patient has the same number or address.",)
    assert len(second.reminders) == len(first.reminders)


@pytest.mark.parametrize(
    ("first", "second", "patients"),
    [
        (date(1990, 5, 1), date(1990, 5, 1), 1),
        (date(1990, 5, 1), date(1962, 5, 1), 2),
        (date(1990, 5, 1), None, 1),
        (None, date(1990, 5, 1), 1),
        (None, None, 1),
    ],
)
def test_birth_dates_count_where_both_are_known(
    database: Database, clinic: Clinic, first: date | None, second: date | None, patients: int
) -> None:
    register(database, clinic, a_session(a_person(birth_date=first)))

    register(database, clinic, a_session(a_person(birth_date=second), ended_at=ENDED_AT - 30 * DAY))

    assert stored_rows(database)["patients"] == patients


def test_a_birth_date_that_is_told_later_is_kept(database: Database, clinic: Clinic) -> None:
    mother = register(database, clinic)
    register(database, clinic, a_session(a_person(birth_date=date(1962, 5, 1)), ended_at=ENDED_AT - 30 * DAY))

    daughter = register(database, clinic, a_session(a_person(birth_date=date(1990, 5, 1))))

    assert daughter.patient_id != mother.patient_id


def test_a_second_number_is_added_and_found_by_from_then_on(database: Database, clinic: Clinic) -> None:
    first = register(database, clinic, a_session(a_person(email="amira@example.com")))
    both = a_person(phone="+447700900124", email="amira@example.com")

    second = register(database, clinic, a_session(both, ended_at=ENDED_AT - 30 * DAY))
    third = register(database, clinic, a_session(a_person(phone="+447700900124"), ended_at=ENDED_AT - 31 * DAY))

    assert first.patient_id == second.patient_id == third.patient_id
    values = {point.value for point in person_of(database, clinic, first).contacts}
    assert values == {"+447700900123", "amira@example.com", "+447700900124"}


def test_another_clinics_patient_is_not_this_one(database: Database, clinic: Clinic) -> None:
    other = a_clinic(database, name="Birch")

    ours, theirs = register(database, clinic), register(database, other)

    assert ours.patient_id != theirs.patient_id
    assert ours.notices == theirs.notices == ()


def test_a_known_patient_can_be_named_by_id(database: Database, clinic: Clinic) -> None:
    first = register(database, clinic)

    second = register(database, clinic, a_session(patient_id=first.patient_id, ended_at=ENDED_AT - 30 * DAY))

    assert second.patient_id == first.patient_id


def test_two_desks_at_once_make_one_patient(database: Database, clinic: Clinic) -> None:
    together = threading.Barrier(4)

    def desk(place: int) -> str | None:
        together.wait()
        return register(database, clinic, a_session(ended_at=ENDED_AT - place * DAY)).patient_id

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(desk, range(4)))

    assert len(set(found)) == 1
    rows = stored_rows(database)
    assert (rows["patients"], rows["contact_points"], rows["consents"], rows["sessions"]) == (1, 1, 1, 4)


def test_the_same_session_from_two_desks_at_once_is_one(database: Database, clinic: Clinic) -> None:
    together = threading.Barrier(4)

    def desk(_: int) -> str | None:
        together.wait()
        return register(database, clinic).id

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(desk, range(4)))

    assert len(set(found)) == 1
    rows = stored_rows(database)
    assert (rows["patients"], rows["sessions"], rows["reminders"]) == (1, 1, 10)


# What a known patient did not have yet


def words(database: Database, clinic: Clinic, view: SessionView) -> list[tuple[str, Word]]:
    return [(consent.channel, consent.word) for consent in person_of(database, clinic, view).consents]


def test_a_consent_that_was_given_before_is_not_repeated(database: Database, clinic: Clinic) -> None:
    first = register(database, clinic)

    register(database, clinic, a_session(ended_at=ENDED_AT - 30 * DAY))

    assert words(database, clinic, first) == [("sms", Word.GIVEN)]


def test_a_changed_word_is_added_to_the_history(database: Database, clinic: Clinic) -> None:
    first = register(database, clinic, a_session(a_person(sms=False)))
    register(database, clinic, a_session(a_person(sms=True), ended_at=NOW), now=NOW + DAY)
    register(database, clinic, a_session(a_person(sms=False, mail=True), ended_at=NOW), now=NOW + 2 * DAY)

    said = words(database, clinic, first)

    assert [word for channel, word in said if channel == "sms"] == [Word.REFUSED, Word.GIVEN, Word.REFUSED]
    assert [word for channel, word in said if channel == "email"] == [Word.GIVEN]


def test_who_was_not_asked_said_nothing(database: Database, clinic: Clinic) -> None:
    view = register(database, clinic, a_session(a_person(sms=None)))

    assert words(database, clinic, view) == []
    assert {left.reason for left in view.not_planned} >= {"no_consent"}


def test_paperwork_never_lifts_a_stop(database: Database, clinic: Clinic) -> None:
    first = register(database, clinic)
    stop(database, clinic, first)

    second = register(database, clinic, a_session(ended_at=NOW + DAY), now=NOW + DAY)

    assert words(database, clinic, first) == [("sms", Word.GIVEN), ("sms", Word.STOPPED)]
    assert second.reminders == ()
    assert {left.reason for left in second.not_planned} >= {"stopped"}


def stop(database: Database, clinic: Clinic, view: SessionView) -> None:
    with database.write(clinic.id) as db:
        word = Consent(channel="sms", purpose=Purpose.CARE, word=Word.STOPPED, source="inbound text", at=NOW + DAY / 2)
        add_consent(db, str(view.patient_id), word, recorded_by="patient")


def test_flags_are_added_and_none_is_lost(database: Database, clinic: Clinic) -> None:
    first = register(database, clinic, a_session(a_person(flags=("herpes",))))

    register(database, clinic, a_session(a_person(flags=("keloid",)), ended_at=ENDED_AT - 30 * DAY))

    assert person_of(database, clinic, first).flags == {"herpes", "keloid"}


def test_a_flag_changes_the_plans_of_earlier_sessions_too(database: Database, clinic: Clinic) -> None:
    register(database, clinic, a_session(ended_at=ENDED_AT - DAY))

    register(database, clinic, a_session(a_person(flags=("pregnant",)), facts={**FACTS, "needle_mm": 0.25}))

    resume = [record.status for record in stored(database, clinic) if record.rule == "resume-actives"]
    assert resume == [Status.CANCELLED]
