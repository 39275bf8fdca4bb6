from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.people.roles import Person
from scheduler.services import signing_in
from scheduler.services.passwords import Hashing
from scheduler.services.signing_in import Refused, SignedIn
from scheduler.storage import credentials
from scheduler.storage.database import Database
from scheduler.storage.devices import DeviceRow
from scheduler.storage.sign_ins import SignInRow
from scheduler.storage.staff import StaffRow
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import NOW, a_clinic
from tests.people import EMAIL, PASSWORD, PIN, a_colleague
from tests.services.entering import WRONG, enter, entered, found, switch, told


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def sam(database: Database, clinic: Clinic) -> Person:
    return a_colleague(database, clinic, "Sam Reed", email=EMAIL)


def test_the_right_password_signs_a_person_in(database: Database, clinic: Clinic, sam: Person) -> None:
    done = entered(database)

    assert done.sign_in == found(database, done)
    assert (done.sign_in.person, done.sign_in.clinic_id, done.sign_in.full) == (sam, clinic.id, True)
    assert told(database, clinic) == [("Sam Reed", "Signed in with their password, on a new device.")]


def test_the_address_may_be_written_in_any_case_and_the_password_on_any_keyboard(
    database: Database, clinic: Clinic
) -> None:
    a_colleague(database, clinic, "Zoë", email="zoe@willow.example", password="Zo\u00eb and the 12 moons")

    done = enter(database, email=" ZOE@Willow.Example ", password="Zoe\u0308 and the 12 moons")

    assert isinstance(done, SignedIn)


@pytest.mark.usefixtures("sam")
def test_no_secret_and_no_password_is_kept_as_it_is(database: Database) -> None:
    done = entered(database)

    with database.read(ALL_CLINICS) as db:
        rows = [db.scalars(select(row)).one() for row in (SignInRow, DeviceRow, StaffRow)]
    kept = " ".join(str(vars(row)) for row in rows)
    for secret in (done.secret, done.device_secret, done.sign_in.csrf, PASSWORD, PIN, "argon2"):
        assert secret not in kept


@pytest.mark.parametrize("secret", ["", "nothing", "' OR 1=1", "\0", "x" * 5000, "é\ud800"])
@pytest.mark.usefixtures("sam")
def test_a_secret_that_was_never_given_is_nobodys(database: Database, secret: str) -> None:
    entered(database)

    assert signing_in.find_sign_in(database, secret, now=NOW) is None


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (EMAIL, WRONG),
        ("nobody@willow.example", WRONG),
        ("", ""),
        ("\0", "\0"),
        ("x" * 5000, "x" * 5000),
        ("\ud800@x", "\ud800"),
        (EMAIL, "\ud800"),
        (EMAIL, "\u202epassword"),
        (EMAIL, PASSWORD.upper()),
        (EMAIL, f"{PASSWORD} "),
    ],
)
@pytest.mark.usefixtures("sam")
def test_a_wrong_password_is_answered_alike_for_everybody(database: Database, email: str, password: str) -> None:
    said = enter(database, email=email, password=password)

    assert said == Refused(reason="The email address and the password don't belong together.")


def test_somebody_without_a_password_or_disabled_is_answered_like_nobody(database: Database, clinic: Clinic) -> None:
    new = a_colleague(database, clinic, "New", email="new@willow.example", password=None, pin=None)
    gone = a_colleague(database, clinic, "Gone", email="gone@willow.example")
    with database.write(clinic.id) as db:
        credentials.disable(db, gone.id, now=NOW)

    said = {
        enter(database, email=email) for email in ("new@willow.example", "gone@willow.example", "nobody@willow.example")
    }

    assert len(said) == 1
    assert new.id


@pytest.mark.usefixtures("sam")
def test_signing_in_again_ends_what_was_before_and_gives_new_secrets(database: Database) -> None:
    first = entered(database)

    second = entered(database, device=first.device_secret)

    assert found(database, first) is None
    assert found(database, second) is not None
    assert second.sign_in.device_id == first.sign_in.device_id
    secrets = (first, second)
    assert len({one.secret for one in secrets} | {one.device_secret for one in secrets}) == 4
    assert first.sign_in.csrf != second.sign_in.csrf


@pytest.mark.usefixtures("sam")
def test_a_sign_in_ends_after_eight_hours_unused_and_twelve_at_most(database: Database) -> None:
    done = entered(database)
    eight = NOW + timedelta(hours=8)

    assert found(database, done, eight - timedelta(seconds=1)) is not None  # used: lasts on
    assert found(database, done, eight) is not None
    assert found(database, done, NOW + timedelta(hours=12, seconds=-1)) is not None
    assert found(database, done, NOW + timedelta(hours=12)) is None

    again = entered(database, now=eight)
    assert found(database, again, eight + timedelta(hours=8)) is None


@pytest.mark.usefixtures("sam")
def test_use_is_noted_once_a_minute(database: Database) -> None:
    done = entered(database)

    noted = []
    for seconds in (59, 60, 61, 119, 120):
        found(database, done, NOW + timedelta(seconds=seconds))
        with database.read(ALL_CLINICS) as db:
            noted.append((db.scalars(select(SignInRow.used_at)).one() - NOW).total_seconds())

    assert noted == [0, 60, 60, 60, 120]


@pytest.mark.usefixtures("sam")
def test_the_password_counts_as_given_lately_for_fifteen_minutes(database: Database) -> None:
    done = entered(database)

    late = (
        found(database, done, NOW + timedelta(minutes=15, seconds=-1)),
        found(database, done, NOW + timedelta(minutes=15)),
    )

    assert [one.full for one in late if one] == [True, False]


def test_whoever_is_disabled_is_signed_out(database: Database, clinic: Clinic, sam: Person) -> None:
    done = entered(database)

    with database.write(clinic.id) as db:
        credentials.disable(db, sam.id, now=NOW)

    assert found(database, done) is None
    assert isinstance(switch(database, done.device_secret, sam), Refused)


def test_the_password_decides_between_clinics_and_else_the_one_last_used(database: Database, clinic: Clinic) -> None:
    birch, oak = a_clinic(database, name="Birch"), a_clinic(database, name="Oak")
    a_colleague(database, clinic, "Sam Reed", email=EMAIL, added_at=NOW)
    a_colleague(database, birch, "Sam Reed", email=EMAIL, added_at=NOW + timedelta(hours=1))
    a_colleague(database, oak, "Sam Reed", email=EMAIL, password="another of my passwords")

    newest, only, named = (
        enter(database, now=NOW + timedelta(hours=2)),
        enter(database, password="another of my passwords"),
        enter(database, clinic_id=clinic.id, now=NOW + timedelta(hours=3)),
    )
    last = enter(database, now=NOW + timedelta(hours=4))

    came = [one.sign_in.clinic_id for one in (newest, only, named, last) if isinstance(one, SignedIn)]
    assert came == [birch.id, oak.id, clinic.id, clinic.id]
    assert isinstance(enter(database, clinic_id=oak.id), Refused)


@pytest.mark.usefixtures("sam")
def test_a_device_that_changes_clinic_is_signed_out_of_the_first(database: Database) -> None:
    a_colleague(database, a_clinic(database, name="Birch"), "Bo", email="bo@birch.example")
    first = entered(database)

    second = entered(database, email="bo@birch.example", device=first.device_secret)

    assert found(database, first) is None
    assert second.sign_in.device_id != first.sign_in.device_id


def test_signing_out_ends_one_sign_in_and_may_forget_the_device(
    database: Database, clinic: Clinic, sam: Person
) -> None:
    one, other = entered(database), entered(database)

    signing_in.sign_out(database, one.sign_in, now=NOW)
    signing_in.sign_out(database, one.sign_in, now=NOW)

    assert found(database, one) is None
    assert found(database, other) is not None
    assert [sentence for _, sentence in told(database, clinic)].count("Signed out.") == 1
    assert isinstance(switch(database, one.device_secret, sam), SignedIn)
    signing_in.sign_out(database, other.sign_in, now=NOW, forget=True)
    assert isinstance(switch(database, other.device_secret, sam), Refused)


def test_signing_out_everywhere_ends_all_of_a_person_and_nobody_elses(
    database: Database, clinic: Clinic, sam: Person
) -> None:
    a_colleague(database, clinic, "Priya Kaur", email="priya@willow.example")
    one, two, priyas = entered(database), entered(database), entered(database, email="priya@willow.example")
    assert [row.id for row in signing_in.sign_ins_of(database, one.sign_in, now=NOW)] == sorted(
        [one.sign_in.id, two.sign_in.id]
    )

    ended = signing_in.sign_out_everywhere(database, one.sign_in, now=NOW)

    assert ended == 2
    assert (found(database, one), found(database, two)) == (None, None)
    assert found(database, priyas) is not None
    assert isinstance(switch(database, one.device_secret, sam), Refused)


@pytest.mark.usefixtures("sam")
def test_a_hash_names_its_parameters_and_checks_whatever_was_asked(database: Database) -> None:
    dearer = Hashing(memory_kib=16, passes=1)

    done = signing_in.sign_in(database, email=EMAIL, password=PASSWORD, device=None, now=NOW, hashing=dearer)

    assert isinstance(done, SignedIn)
