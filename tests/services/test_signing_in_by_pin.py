from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.people.roles import Person, Role
from scheduler.services import signing_in
from scheduler.services.signing_in import MOST_PINS, Refused, SignedIn
from scheduler.storage.database import Database
from tests.builders import NOW, a_clinic
from tests.people import EMAIL, PIN, a_colleague
from tests.services.entering import entered, found, switch, told


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def sam(database: Database, clinic: Clinic) -> Person:
    return a_colleague(database, clinic, "Sam Reed", email=EMAIL)


def test_a_pin_switches_the_person_where_they_gave_their_password_before(
    database: Database, clinic: Clinic, sam: Person
) -> None:
    priya = a_colleague(database, clinic, "Priya Kaur", email="priya@willow.example", role=Role.TREATMENT)
    one = entered(database)
    two = entered(database, email="priya@willow.example", device=one.device_secret)

    done = switch(database, two.device_secret, sam)

    assert isinstance(done, SignedIn)
    assert (done.sign_in.person, done.sign_in.full, done.device_secret) == (sam, False, two.device_secret)
    assert found(database, two) is None
    assert found(database, done) == done.sign_in
    here = signing_in.on_device(database, two.device_secret, now=NOW)
    assert here is not None
    assert (here.people, here.clinic) == ((priya, sam), "Willow Skin")
    assert ("Sam Reed", "Signed in by PIN.") in told(database, clinic)


def test_a_pin_alone_opens_no_device(database: Database, clinic: Clinic, sam: Person) -> None:
    priya = a_colleague(database, clinic, "Priya Kaur", email="priya@willow.example")
    bo = a_colleague(database, a_clinic(database, name="Birch"), "Bo", email="bo@birch.example")
    tablet = entered(database).device_secret

    said = [
        switch(database, "unknown", sam),
        switch(database, tablet, priya),
        switch(database, tablet, bo),
        switch(database, tablet, sam, now=NOW + timedelta(hours=12)),
    ]

    assert said == [Refused(reason="Sign in with your email address and password.", needs_password=True)] * 4
    late = signing_in.on_device(database, tablet, now=NOW + timedelta(hours=12))
    assert late is not None
    assert late.people == ()
    assert signing_in.on_device(database, "unknown", now=NOW) is None


def test_a_sign_in_by_pin_lasts_no_longer_than_the_device_is_open(database: Database, sam: Person) -> None:
    tablet = entered(database).device_secret

    done = switch(database, tablet, sam, now=NOW + timedelta(hours=11))

    assert isinstance(done, SignedIn)
    assert found(database, done, NOW + timedelta(hours=12, seconds=-1)) is not None
    assert found(database, done, NOW + timedelta(hours=12)) is None


def test_after_five_wrong_pins_only_the_password_will_do(database: Database, sam: Person) -> None:
    tablet = entered(database).device_secret

    said = [switch(database, tablet, sam, pin="000000") for _ in range(MOST_PINS)]

    reasons = [one.reason for one in said if isinstance(one, Refused)]
    assert reasons[0] == "The PIN is not right. 4 tries left."
    assert reasons[3] == "The PIN is not right. 1 try left."
    assert reasons[4] == "The PIN is not right. Sign in with your email address and password."
    assert isinstance(switch(database, tablet, sam), Refused)
    again = entered(database, device=tablet).device_secret
    assert isinstance(switch(database, again, sam), SignedIn)


def test_a_right_pin_gives_all_tries_back(database: Database, sam: Person) -> None:
    tablet = entered(database).device_secret

    for _ in range(2):
        for _ in range(MOST_PINS - 1):
            switch(database, tablet, sam, pin="000000")
        assert isinstance(switch(database, tablet, sam), SignedIn)


@pytest.mark.parametrize("pin", ["", "\0", "x" * 5000, "\ud800", f" {PIN}"])
def test_what_is_no_pin_is_a_wrong_one(database: Database, sam: Person, pin: str) -> None:
    said = switch(database, entered(database).device_secret, sam, pin=pin)

    assert said == Refused(reason="The PIN is not right. 4 tries left.")
