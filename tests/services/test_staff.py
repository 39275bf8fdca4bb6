from __future__ import annotations

import pytest
from sqlalchemy import select

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.errors import Invalid, NotAllowed, NotNow
from scheduler.domain.people.roles import Person, Role
from scheduler.services import tokens
from scheduler.services.staff import add_staff
from scheduler.storage.audit import AuditRow
from scheduler.storage.database import Database
from scheduler.storage.staff import StaffRow, find_person, list_staff
from scheduler.storage.tenancy import ALL_CLINICS
from scheduler.storage.tokens import Token, find_token
from tests.builders import BY, NOW, a_clinic

EMAIL = "ada@willow.example"


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


def add(
    database: Database, clinic: Clinic, *, name: str = "Ada Osei", email: str = EMAIL, role: str = "approver"
) -> Person:
    with database.write(clinic.id) as db:
        return add_staff(db, name=name, email=email, role=role, by=BY, now=NOW)


def token_of(database: Database, clinic: Clinic, email: str | None) -> Token:
    with database.write(clinic.id) as db:
        secret = tokens.make_token(db, scopes=(), label="till", by=BY, now=NOW, email=email)
    with database.read(ALL_CLINICS) as db:
        token = find_token(db, secret)
    assert token is not None
    return token


def test_a_person_is_kept_sealed_and_found_by_their_address(database: Database, clinic: Clinic) -> None:
    person = add(database, clinic)

    with database.read(clinic.id) as db:
        found, (colleague,), row = (
            find_person(db, "ADA@Willow.example"),
            list_staff(db),
            db.scalars(select(StaffRow)).one(),
        )
    assert found == person == colleague.person
    assert (person.name, person.role, colleague.email) == ("Ada Osei", Role.APPROVER, EMAIL)
    assert b"Ada" not in row.name_sealed
    assert b"willow" not in row.email_sealed
    assert "@" not in row.email_hash
    assert "willow" not in row.email_hash


def test_adding_a_person_is_audited(database: Database, clinic: Clinic) -> None:
    person = add(database, clinic, role="front_desk")

    with database.read(clinic.id) as db:
        row = db.scalars(select(AuditRow).where(AuditRow.action == "staff.add")).one()
        sentence = db.keys.open(row.sentence_sealed, "audit.sentence")
    assert (row.actor, row.subject) == (BY, f"staff {person.id}")
    assert sentence == "Added Ada Osei to the staff as front desk."


def test_an_address_stands_once_in_a_clinic_and_may_stand_in_another(database: Database, clinic: Clinic) -> None:
    add(database, clinic)

    with pytest.raises(NotNow, match=r"(?i)has the address ada@willow\.example already"):
        add(database, clinic, name="Another", email=EMAIL.upper().replace("WILLOW.EXAMPLE", "willow.example"))

    add(database, a_clinic(database, name="Birch"))
    with database.read(ALL_CLINICS) as db:
        assert len(list_staff(db)) == 2


def test_what_is_wrong_with_a_person_is_told_together_and_nothing_is_stored(database: Database, clinic: Clinic) -> None:
    with pytest.raises(Invalid) as raised:
        add(database, clinic, name=" ", email="ada", role="aprover")

    assert [problem.field for problem in raised.value.problems] == ["name", "email", "role"]
    assert "did you mean approver?" in str(raised.value)
    with database.read(clinic.id) as db:
        assert list_staff(db) == []


def test_what_is_done_with_a_persons_token_stands_under_their_name(database: Database, clinic: Clinic) -> None:
    person = add(database, clinic)

    token = token_of(database, clinic, EMAIL)

    assert (token.person, token.staff_id, token.by) == (person, person.id, "Ada Osei")
    assert tokens.check_person(token) == person


def test_a_programs_token_may_not_do_what_needs_a_person(database: Database, clinic: Clinic) -> None:
    token = token_of(database, clinic, None)

    assert (token.person, token.staff_id, token.by) == (None, None, "token till")
    with pytest.raises(NotAllowed, match="must be done by a person"):
        tokens.check_person(token)


def test_a_token_is_not_made_for_somebody_of_another_clinic(database: Database, clinic: Clinic) -> None:
    add(database, a_clinic(database, name="Birch"))

    with pytest.raises(Invalid, match=r"has the address ada@willow\.example"):
        token_of(database, clinic, EMAIL)
