from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.errors import Invalid, NotAllowed, NotFound
from scheduler.domain.people.roles import Person
from scheduler.services import own_password, signing_in
from scheduler.services.own_password import Welcome, make_welcome
from scheduler.services.passwords import leaked_passwords
from scheduler.services.signing_in import Refused, SignedIn, SignIn
from scheduler.services.wrong_passwords import MOST_PASSWORDS, WAIT
from scheduler.storage.audit import AuditRow
from scheduler.storage.database import Database
from scheduler.storage.staff import StaffRow
from tests.builders import NOW, a_clinic
from tests.people import CHEAP, EMAIL, PASSWORD, PIN, a_colleague
from tests.services.entering import WRONG, enter, entered, found, switch

NEW = "four slow herons"


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def sam(database: Database, clinic: Clinic) -> Person:
    return a_colleague(database, clinic)


def link(database: Database, clinic: Clinic, person: Person, now: datetime = NOW) -> str:
    with database.write(clinic.id) as db:
        return make_welcome(db, person.id, now=now)


def accept(database: Database, secret: str, *, password: str = NEW, pin: str = PIN, now: datetime = NOW) -> Welcome:
    return own_password.accept_welcome(database, secret, password=password, pin=pin, now=now, hashing=CHEAP)


def change(
    database: Database, sign_in: SignIn, *, old: str = PASSWORD, new: str = NEW, now: datetime = NOW
) -> SignedIn | Refused:
    return own_password.set_password(database, sign_in, old=old, new=new, now=now, hashing=CHEAP)


def test_by_their_link_somebody_new_sets_password_and_pin_once(database: Database, clinic: Clinic) -> None:
    new = a_colleague(database, clinic, password=None, pin=None)
    secret = link(database, clinic, new)

    done = accept(database, secret)

    assert done == Welcome(clinic_id=clinic.id, clinic="Willow Skin", person=new, email=EMAIL)
    came = enter(database, password=NEW)
    assert isinstance(came, SignedIn)
    assert isinstance(switch(database, came.device_secret, new), SignedIn)
    assert own_password.find_welcome(database, secret, now=NOW) is None
    with pytest.raises(NotFound):
        accept(database, secret, password="another four herons")
    with database.read(clinic.id) as db:
        row = db.scalars(select(AuditRow).where(AuditRow.action == "staff.password")).one()
        assert db.keys.open(row.sentence_sealed, "audit.sentence") == "Set their password and PIN by their link."


def test_a_link_works_for_72_hours_and_only_the_newest(database: Database, clinic: Clinic, sam: Person) -> None:
    first, second = link(database, clinic, sam), link(database, clinic, sam)
    end = NOW + timedelta(hours=72)

    assert own_password.find_welcome(database, first, now=NOW) is None
    assert own_password.find_welcome(database, second, now=end - timedelta(seconds=1)) is not None
    assert own_password.find_welcome(database, second, now=end) is None
    with pytest.raises(NotFound):
        accept(database, second, now=end)


@pytest.mark.parametrize("secret", ["", "\0", "x" * 5000, "\ud800"])
def test_a_link_that_was_never_made_is_nobodys(database: Database, clinic: Clinic, sam: Person, secret: str) -> None:
    link(database, clinic, sam)

    assert own_password.find_welcome(database, secret, now=NOW) is None


def test_the_link_itself_is_kept_nowhere(database: Database, clinic: Clinic, sam: Person) -> None:
    secret = link(database, clinic, sam)

    with database.read(clinic.id) as db:
        assert secret not in str(vars(db.scalars(select(StaffRow)).one()))


def test_a_link_ends_who_was_signed_in(database: Database, clinic: Clinic, sam: Person) -> None:
    before = entered(database)

    accept(database, link(database, clinic, sam))

    assert found(database, before) is None
    assert isinstance(switch(database, before.device_secret, sam), Refused)


def test_what_is_too_easy_is_told_together_and_the_link_still_works(
    database: Database, clinic: Clinic, sam: Person
) -> None:
    secret = link(database, clinic, sam)

    with pytest.raises(Invalid) as raised:
        accept(database, secret, password="Willow Skin 2026", pin="123456")

    assert [problem.field for problem in raised.value.problems] == ["password", "pin"]
    assert accept(database, secret).person == sam


def test_a_new_password_ends_all_other_sign_ins_and_gives_new_secrets(database: Database, sam: Person) -> None:
    one, two = entered(database), entered(database)

    done = change(database, one.sign_in)

    assert isinstance(done, SignedIn)
    assert (found(database, one), found(database, two)) == (None, None)
    assert found(database, done) == done.sign_in
    assert (done.sign_in.person, done.sign_in.full) == (sam, True)
    assert isinstance(enter(database), Refused)
    assert isinstance(enter(database, password=NEW), SignedIn)
    assert isinstance(switch(database, two.device_secret, sam), Refused)


@pytest.mark.usefixtures("sam")
def test_the_old_password_is_asked_for_and_tries_are_counted(database: Database) -> None:
    done = entered(database)

    said = [change(database, done.sign_in, old=WRONG) for _ in range(MOST_PASSWORDS)]

    reasons = [(one.reason, one.wait_until) for one in said if isinstance(one, Refused)]
    assert reasons[0] == ("This is not your password.", None)
    assert reasons[-1] == ("This is not your password.", NOW + WAIT)
    assert change(database, done.sign_in) == Refused(
        reason="There were too many wrong passwords.", wait_until=NOW + WAIT
    )
    assert isinstance(change(database, done.sign_in, now=NOW + WAIT), SignedIn)


@pytest.mark.usefixtures("sam")
def test_a_new_password_that_is_too_easy_changes_nothing(database: Database) -> None:
    done = entered(database)

    with pytest.raises(Invalid, match="leaked"):
        change(database, done.sign_in, new="Password2026!")

    assert found(database, done) is not None


def test_a_pin_is_changed_where_the_password_was_given_lately(database: Database, sam: Person) -> None:
    done = entered(database)
    late = signing_in.find_sign_in(database, done.secret, now=NOW + timedelta(minutes=15))
    assert late is not None

    own_password.set_pin(database, done.sign_in, pin="802461", now=NOW, hashing=CHEAP)

    assert isinstance(switch(database, done.device_secret, sam), Refused)
    assert isinstance(switch(database, done.device_secret, sam, pin="802461"), SignedIn)
    with pytest.raises(NotAllowed, match="needs your password"):
        own_password.set_pin(database, late, pin="914703", now=NOW, hashing=CHEAP)
    with pytest.raises(Invalid, match="pin: use 6 digits"):
        own_password.set_pin(database, done.sign_in, pin="12", now=NOW, hashing=CHEAP)


def test_the_list_of_leaked_passwords_is_in_the_form_in_which_it_is_compared() -> None:
    known = leaked_passwords()

    assert {"password", "qwertyuiop", "correcthorsebatterystaple"} <= known
    assert all(one == one.casefold().strip() for one in known)
    assert len(known) > 500
