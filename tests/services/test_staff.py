from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.errors import Invalid, NotAllowed, NotNow
from scheduler.domain.people.roles import Person, Role
from scheduler.services import tokens
from scheduler.services.own_password import accept_welcome, find_welcome, make_welcome
from scheduler.services.signing_in import Refused, SignedIn
from scheduler.services.staff import add_staff, disable_person, reset_person
from scheduler.services.upkeep import forget
from scheduler.storage.audit import AuditRow
from scheduler.storage.database import Database
from scheduler.storage.staff import StaffRow, find_person, list_staff
from scheduler.storage.tenancy import ALL_CLINICS
from scheduler.storage.tokens import Token, find_token
from tests.builders import BY, NOW, a_clinic, stored_rows
from tests.people import CHEAP, PIN, a_colleague
from tests.people import EMAIL as SAM
from tests.services.entering import WRONG, enter, entered, found, switch

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


def test_a_disabled_person_gets_in_by_nothing_until_they_are_reset(database: Database, clinic: Clinic) -> None:
    sam = a_colleague(database, clinic)
    secret, here = make_token_of(database, clinic, SAM), entered(database)
    with database.write(clinic.id) as db:
        link = make_welcome(db, sam.id, now=NOW)

    with database.write(clinic.id) as db:
        disable_person(db, sam, by=BY, now=NOW)

    assert found(database, here) is None
    assert isinstance(enter(database), Refused)
    assert isinstance(switch(database, here.device_secret, sam), Refused)
    assert find_welcome(database, link, now=NOW) is None
    with database.read(ALL_CLINICS) as db:
        assert find_token(db, secret) is None
    with pytest.raises(Invalid, match="was disabled"):
        make_token_of(database, clinic, SAM)
    with database.write(clinic.id) as db:
        link = reset_person(db, sam, by=BY, now=NOW)
    assert isinstance(enter(database), Refused)
    accept_welcome(database, link, password="four slow herons", pin=PIN, now=NOW, hashing=CHEAP)
    assert isinstance(enter(database, password="four slow herons"), SignedIn)
    assert sentences(database, clinic)[-2:] == [
        "Disabled Sam Reed, and ended 1 sign-in.",
        "Let Sam Reed set a new password and PIN.",
    ]


def test_a_reset_ends_password_pin_and_sign_ins(database: Database, clinic: Clinic) -> None:
    sam = a_colleague(database, clinic)
    here = entered(database)

    with database.write(clinic.id) as db:
        reset_person(db, sam, by=BY, now=NOW)

    assert found(database, here) is None
    assert isinstance(enter(database), Refused)
    with database.read(clinic.id) as db:
        (colleague,) = list_staff(db)
    assert (colleague.has_password, colleague.has_pin, colleague.active) == (False, False, True)


def test_the_last_manager_can_not_be_disabled(database: Database, clinic: Clinic) -> None:
    one = a_colleague(database, clinic, "One", email="one@willow.example", role=Role.MANAGER)
    two = a_colleague(database, clinic, "Two", email="two@willow.example", role=Role.MANAGER)

    with database.write(clinic.id) as db:
        disable_person(db, one, by=BY, now=NOW)
    with pytest.raises(NotNow, match=r"Two is the clinic's last manager"), database.write(clinic.id) as db:
        disable_person(db, two, by=BY, now=NOW)


def test_upkeep_drops_sign_ins_that_ended_tries_of_a_while_ago_and_devices_long_unused(
    database: Database, clinic: Clinic
) -> None:
    a_colleague(database, clinic)
    entered(database)
    enter(database, email="nobody@willow.example", password=WRONG)
    tables = ("sign_ins", "sign_in_tries", "devices", "device_people")

    kept = []
    for after in (timedelta(minutes=14), timedelta(hours=9), timedelta(days=181)):
        with database.write(ALL_CLINICS) as db:
            forget(db, now=NOW + after)
        kept.append([stored_rows(database)[table] for table in tables])

    assert kept == [[1, 1, 1, 1], [0, 0, 1, 1], [0, 0, 0, 0]]


def make_token_of(database: Database, clinic: Clinic, email: str) -> str:
    with database.write(clinic.id) as db:
        return tokens.make_token(db, scopes=(), label="till", by=BY, now=NOW, email=email)


def sentences(database: Database, clinic: Clinic) -> list[str]:
    """What was told of staff that were there before, in the order in which it was written."""
    with database.read(clinic.id) as db:
        rows = db.scalars(select(AuditRow).where(AuditRow.action.in_(("staff.disable", "staff.reset"))))
        return sorted(db.keys.open(row.sentence_sealed, "audit.sentence") for row in rows)
