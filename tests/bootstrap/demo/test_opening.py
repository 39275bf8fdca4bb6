"""The demo as it is opened: a filled clinic whose past really happened, and whose clock can be moved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from scheduler.bootstrap.demo import Demo, open_demo, people
from scheduler.bootstrap.demo.story import SERVED
from scheduler.domain.people.roles import Role
from scheduler.domain.people.todos import TodoKind
from scheduler.services import signing_in
from scheduler.services.outbox import OutboxEntry, entries
from scheduler.services.people import PersonGiven
from scheduler.services.signing_in import SignedIn
from scheduler.services.todos import todos_page
from scheduler.settings import Settings, Twilio
from scheduler.storage.clinics import get_clinic
from scheduler.storage.todos import WantedTodos

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One for all tests of this module, which only look at it."""
    real = Settings(sms="twilio", twilio=Twilio(account_sid="AC" + "0" * 32), send_threads=64)
    with open_demo(real, tmp_path_factory.mktemp("demo")) as demo:
        yield demo


@pytest.fixture(scope="module")
def outbox(demo: Demo) -> list[OutboxEntry]:
    with demo.store.database.read(demo.clinic_id) as db:
        return entries(db)


def of(outbox: list[OutboxEntry], person: PersonGiven) -> set[str]:
    return {one.status for one in outbox if one.to in {person.phone, person.email}}


def test_the_clinic_is_in_trial_at_the_demos_time(demo: Demo) -> None:
    with demo.store.database.read(demo.clinic_id) as db:
        clinic = get_clinic(db)

    assert (clinic.name, clinic.zone, clinic.live) == ("Willow Skin", "Europe/London", False)
    assert SERVED <= demo.clock() < SERVED + timedelta(minutes=5)


def test_all_that_was_due_went_at_its_own_time(outbox: list[OutboxEntry]) -> None:
    past = [one for one in outbox if one.due_at <= SERVED]

    assert len(past) > 60
    assert all(one.sent_at == one.due_at for one in past if one.sent_at is not None)
    assert {one.status for one in past if one.channel == "email"} == {"sent"}
    assert {one.status for one in past if one.channel == "sms"} == {"delivered", "failed", "held", "cancelled"}


def test_patients_are_in_telling_states(outbox: list[OutboxEntry]) -> None:
    assert of(outbox, people.ADA) == {"scheduled"}
    assert of(outbox, people.CLEO) == {"delivered", "scheduled"}
    assert of(outbox, people.GRACE) == {"delivered", "cancelled"}
    assert of(outbox, people.JOY) == {"delivered", "held"}
    assert of(outbox, people.KIT) == {"failed", "scheduled"}
    assert of(outbox, people.AMIRA) == {"delivered"}
    assert people.LEO.phone == people.MIA.phone


def test_a_landline_gets_emails_and_who_has_only_email_too(outbox: list[OutboxEntry]) -> None:
    for person in (people.BEA, people.HANA):
        assert {one.channel for one in outbox if one.to == person.email} == {"email"}
    assert not any(one.to == people.BEA.phone for one in outbox)


def test_who_had_two_sessions_reads_that_they_were_merged(outbox: list[OutboxEntry]) -> None:
    whys = " ".join(one.because for one in outbox if one.to == people.DANA.phone)

    assert "Its topics end with Chemical peel of Monday 2 March." in whys


def test_a_voided_session_and_a_patient_without_a_number_are_somebodys_to_do(demo: Demo) -> None:
    with demo.store.database.read(demo.clinic_id) as db:
        kinds = {todo.kind for todo in todos_page(db, WantedTodos(), after=None, limit=20).items}

    assert kinds >= {TodoKind.VOIDED, TodoKind.SAFETY_NOT_PLANNED}


def test_somebody_of_each_role_gets_in_by_password_and_pin(demo: Demo) -> None:
    assert {one.role for one in people.STAFF} == set(Role)
    for one in people.STAFF:
        done = signing_in.sign_in(
            demo.store.database, email=one.email, password=people.PASSWORD, device=None, now=demo.clock()
        )
        assert isinstance(done, SignedIn), one.name
        switched = signing_in.switch_person(
            demo.store.database,
            device_secret=done.device_secret,
            staff_id=done.sign_in.person.id,
            pin=one.pin,
            now=demo.clock(),
        )
        assert isinstance(switched, SignedIn), one.name


def test_no_real_setting_gets_into_the_demo(demo: Demo) -> None:
    assert demo.store.settings.sms == "sandbox"
    assert demo.store.settings.twilio.account_sid is None
    assert demo.store.settings.database_url.endswith("/demo.db")
