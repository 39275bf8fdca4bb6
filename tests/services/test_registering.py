from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.errors import Invalid, NotFound
from scheduler.domain.people.consent import Consent, Purpose, Word
from scheduler.domain.people.patients import Patient
from scheduler.services import registering, reminders
from scheduler.services.people import PersonGiven
from scheduler.services.views import SessionView, session_view
from scheduler.storage import patients
from scheduler.storage.consents import add_consent
from scheduler.storage.database import Database
from scheduler.storage.reminders import ReminderRow
from tests.builders import (
    BY,
    ENDED_AT,
    FACTS,
    NOW,
    a_clinic,
    a_person,
    a_session,
    register,
    statuses,
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


def plan_of(view: SessionView) -> list[tuple[str, str]]:
    return [(reminder.rule, f"{reminder.due_local:%a %d %H:%M}") for reminder in view.reminders]


def test_a_session_becomes_a_plan_of_windows_and_reminders(database: Database, clinic: Clinic) -> None:
    view = register(database, clinic)

    assert (view.procedure, view.protocol_version, view.band, view.notices) == ("microneedling", 1, "D1", ())
    assert plan_of(view) == [
        ("start", "Tue 03 15:30"),
        ("shade", "Tue 03 18:00"),
        ("no-actives", "Wed 04 10:00"),
        ("danger", "Wed 04 17:00"),
        ("heat-exercise", "Thu 05 09:00"),
        ("spf-sun", "Thu 05 09:00"),
        ("flaking", "Fri 06 10:00"),
        ("check", "Tue 10 10:00"),
        ("resume-actives", "Wed 11 10:00"),
        ("patches", "Tue 31 10:00"),
    ]
    retinol = next(window for window in view.windows if window.topic == "retinoid_otc")
    assert (retinol.advice, retinol.until_local) == ("avoid", date(2026, 3, 8))
    assert set(statuses(database, clinic).values()) == {Status.SCHEDULED}
    assert set(statuses(database, clinic)) == {reminder.id for reminder in view.reminders}
    assert all(reminder.because for reminder in view.reminders)
    assert {left.rule for left in view.not_planned} >= {"again", "rf-check", "blisters"}


def test_staff_see_a_stored_session_as_it_was_registered(database: Database, clinic: Clinic) -> None:
    registered = register(database, clinic)

    with database.read(clinic.id) as db:
        read = session_view(db, str(registered.id), now=NOW + 20 * DAY)

    assert read == registered


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


# The same session again


def test_the_same_session_again_is_the_stored_one(database: Database, clinic: Clinic) -> None:
    first = register(database, clinic)
    before = stored_rows(database)

    second = register(database, clinic, now=NOW + timedelta(minutes=2))

    assert (second.id, second.patient_id) == (first.id, first.patient_id)
    assert second.reminders == first.reminders
    assert second.notices == ("This session was registered already.",)
    assert stored_rows(database) == before


@pytest.mark.parametrize(
    ("ended_at", "facts"), [(ENDED_AT + timedelta(seconds=1), FACTS), (ENDED_AT, {**FACTS, "needle_mm": 1.0})]
)
def test_a_session_that_differs_is_another(
    database: Database, clinic: Clinic, ended_at: datetime, facts: Mapping[str, object]
) -> None:
    first = register(database, clinic)

    second = register(database, clinic, a_session(ended_at=ended_at, facts=facts))

    assert second.id != first.id
    assert second.patient_id == first.patient_id


def test_a_voided_session_can_be_registered_anew(database: Database, clinic: Clinic) -> None:
    first = register(database, clinic)
    with database.write(clinic.id) as db:
        reminders.void(db, str(first.id), by=BY, now=NOW)

    second = register(database, clinic)

    assert second.id != first.id
    assert plan_of(second) == plan_of(first)


def test_consent_that_comes_with_the_second_try_makes_the_plan(database: Database, clinic: Clinic) -> None:
    first = register(database, clinic, a_session(a_person(sms=None)))

    second = register(database, clinic, a_session(a_person(sms=True)))

    assert second.id == first.id
    assert first.reminders == ()
    assert "no-actives" in {reminder.rule for reminder in second.reminders}


# Ways to a patient


def test_a_landline_gets_no_text_and_the_plan_says_so(database: Database, clinic: Clinic) -> None:
    view = register(database, clinic, a_session(a_person(phone="+441632960103")))

    assert view.reminders == ()
    assert {left.reason for left in view.not_planned if left.rule == "no-actives"} == {"landline"}


def test_an_email_goes_where_a_text_can_not(database: Database, clinic: Clinic) -> None:
    person = a_person(phone="+441632960103", email="amira@example.com", mail=True)

    view = register(database, clinic, a_session(person))

    assert {reminder.channel for reminder in view.reminders} == {"email"}
    assert "By email, not text: the number is a landline" in view.reminders[0].because


def test_who_refused_texts_gets_none(database: Database, clinic: Clinic) -> None:
    view = register(database, clinic, a_session(a_person(sms=False)))

    assert view.reminders == ()
    assert {left.reason for left in view.not_planned if left.rule == "no-actives"} == {"no_consent"}


def test_who_has_no_number_gets_no_text(database: Database, clinic: Clinic) -> None:
    view = register(database, clinic, a_session(a_person(phone=None)))

    assert view.reminders == ()
    assert {left.reason for left in view.not_planned if left.rule == "no-actives"} == {"no_contact"}


def test_the_patients_own_zone_sets_the_wall_clock(database: Database, clinic: Clinic) -> None:
    view = register(database, clinic, a_session(a_person(zone="America/New_York")))

    actives = next(reminder for reminder in view.reminders if reminder.rule == "no-actives")
    assert f"{actives.due_local:%d %H:%M}" == "04 10:00"
    assert f"{actives.due_at:%d %H:%M}" == "04 15:00"


# Bad input stores nothing


BAD_TIMES = {
    "naive": datetime(2026, 3, 3, 14, 30),  # noqa: DTZ001  what must be refused
    "future": NOW + timedelta(minutes=5, microseconds=1),
    "long ago": NOW - timedelta(days=60, microseconds=1),
}
BAD_FACTS: dict[str, Mapping[str, object]] = {
    "unknown": {**FACTS, "needle": 0.5},
    "too deep": {**FACTS, "needle_mm": 3.6},
    "too short": {**FACTS, "needle_mm": 0.05},
    "not a number": {**FACTS, "needle_mm": math.nan},
    "infinite": {**FACTS, "needle_mm": math.inf},
    "too big for a float": {**FACTS, "needle_mm": 10**400},
    "text for a number": {**FACTS, "needle_mm": "0.5"},
    "yes for a number": {**FACTS, "needle_mm": True},
    "another device": {**FACTS, "modality": "laser"},
    "another area": {**FACTS, "areas": ["foot"]},
    "text for a list": {**FACTS, "areas": "face"},
    "missing": {"needle_mm": 0.5},
}
BAD_PEOPLE: dict[str, PersonGiven] = {
    "patient.name empty": a_person("  "),
    "patient.name marks": a_person("--"),
    "patient.name long": a_person("a" * 201),
    "patient.name lines": a_person("Amira\nKhan"),
    "patient.phone premium": a_person(phone="+449098790123"),
    "patient.phone short": a_person(phone="12"),
    "patient.phone text": a_person(phone="call me"),
    "patient.email": a_person(email="amira@"),
    "patient.language": a_person(language="xx"),
    "patient.zone": a_person(zone="Europe/Londn"),
    "patient.flags": a_person(flags=("pregnent",)),
    "patient.birth_date": a_person(birth_date=date(2026, 3, 4)),
}


def refused(database: Database, clinic: Clinic, given: registering.Given) -> Invalid:
    """Why it was refused, after a look that nothing was stored."""
    before = stored_rows(database)

    with pytest.raises(Invalid) as told:
        register(database, clinic, given)

    assert stored_rows(database) == before
    return told.value


def test_a_time_that_can_not_be_right_is_refused(database: Database, clinic: Clinic) -> None:
    for name, ended_at in BAD_TIMES.items():
        error = refused(database, clinic, a_session(ended_at=ended_at))

        assert [problem.field for problem in error.problems] == ["ended_at"], name


def test_five_minutes_ahead_and_sixty_days_ago_are_taken(database: Database, clinic: Clinic) -> None:
    ahead = register(database, clinic, a_session(ended_at=NOW + timedelta(minutes=5)))
    ago = register(database, clinic, a_session(ended_at=NOW - timedelta(days=60)))

    assert ahead.id
    assert ago.id


def test_a_fact_that_can_not_be_right_is_refused_by_name(database: Database, clinic: Clinic) -> None:
    for name, facts in BAD_FACTS.items():
        error = refused(database, clinic, a_session(facts=facts))

        assert all(problem.field.startswith("facts.") for problem in error.problems), name


def test_a_person_who_can_not_be_right_is_refused_by_field(database: Database, clinic: Clinic) -> None:
    for name, person in BAD_PEOPLE.items():
        error = refused(database, clinic, a_session(person))

        assert [problem.field for problem in error.problems] == [name.split()[0]], name


def test_a_slip_of_the_pen_is_answered_with_the_nearest_name(database: Database, clinic: Clinic) -> None:
    flag = refused(database, clinic, a_session(BAD_PEOPLE["patient.flags"]))
    zone = refused(database, clinic, a_session(BAD_PEOPLE["patient.zone"]))
    procedure = refused(database, clinic, a_session(procedure="microneedeling"))
    fact = refused(database, clinic, a_session(facts=BAD_FACTS["unknown"]))

    assert "pregnant" in str(flag)
    assert "Europe/London" in str(zone)
    assert "microneedling" in str(procedure)
    assert "needle_mm" in str(fact)


def test_every_problem_is_told_at_once(database: Database, clinic: Clinic) -> None:
    person = a_person("", phone="12", email="x", flags=("no",), language="xx", zone="Mars")

    error = refused(database, clinic, a_session(person, facts={"needle_mm": 9}, ended_at=BAD_TIMES["future"]))

    assert {problem.field for problem in error.problems} == {
        "ended_at",
        "patient.name",
        "patient.phone",
        "patient.email",
        "patient.flags",
        "patient.language",
        "patient.zone",
        "facts.needle_mm",
        "facts.modality",
    }


def test_a_session_is_of_one_patient_said_in_one_way(database: Database, clinic: Clinic) -> None:
    view = register(database, clinic)
    both = a_session(a_person(), patient_id=view.patient_id)
    neither = registering.Given(procedure="microneedling", ended_at=ENDED_AT, facts=FACTS)

    for given in (both, neither):
        error = refused(database, clinic, given)

        assert "not both and not neither" in str(error)


def test_another_clinics_patient_is_as_unknown_as_nobody(database: Database, clinic: Clinic) -> None:
    theirs = register(database, a_clinic(database, name="Birch"))
    before = stored_rows(database)

    for patient_id in (theirs.patient_id, "nobody"):
        with pytest.raises(NotFound, match="There is no patient"):
            register(database, clinic, a_session(patient_id=patient_id))

    assert stored_rows(database) == before


def test_numbers_of_films_and_tests_pass_in_trial_only(database: Database) -> None:
    trial, live = a_clinic(database), a_clinic(database, name="Birch", live=True)

    view = register(database, trial)
    error = refused(database, live, a_session())

    assert view.reminders
    assert "set aside for films and tests" in str(error)


def test_a_live_clinics_reminders_wait_for_the_senders_of_the_settings(database: Database) -> None:
    live = a_clinic(database, live=True)

    register(database, live, a_session(a_person(phone="+447911123456")))

    with database.read(live.id) as db:
        used = set(db.scalars(select(ReminderRow.sender_id)))
    assert used == {"settings-sms"}
