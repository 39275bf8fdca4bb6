from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.people.roles import Person
from scheduler.services.signing_in import Refused, SignedIn
from scheduler.services.wrong_passwords import MOST_PASSWORDS, WAIT
from scheduler.storage.database import Database
from tests.builders import NOW, a_clinic
from tests.people import EMAIL, a_colleague
from tests.services.entering import WRONG, enter, entered, told


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def sam(database: Database, clinic: Clinic) -> Person:
    return a_colleague(database, clinic, "Sam Reed", email=EMAIL)


@pytest.mark.parametrize("email", [EMAIL, "nobody@willow.example"])
@pytest.mark.usefixtures("sam")
def test_of_thirty_wrong_passwords_ten_are_looked_at_and_then_the_right_one_waits(
    database: Database, clinic: Clinic, email: str
) -> None:
    said = [enter(database, email=email, password=f"{WRONG} {number}") for number in range(30)]

    assert [one.wait_until is None for one in said if isinstance(one, Refused)] == [True] * 9 + [False] * 21
    right = enter(database, email=email, now=NOW + WAIT - timedelta(seconds=1))
    assert right == Refused(reason="There were too many wrong passwords.", wait_until=NOW + WAIT)
    if email == EMAIL:
        assert isinstance(enter(database, now=NOW + WAIT), SignedIn)
        wrong = [sentence for actor, sentence in told(database, clinic) if actor == "somebody not signed in"]
        assert len(wrong) == MOST_PASSWORDS
        assert "A wrong password was given for Sam Reed. Nobody gets in by this address for 15 minutes." in wrong


@pytest.mark.usefixtures("sam")
def test_tries_count_anew_after_the_right_password_and_after_a_while(database: Database) -> None:
    for _ in range(3):
        said = [enter(database, password=WRONG) for _ in range(MOST_PASSWORDS - 1)]
        assert all(isinstance(one, Refused) and one.wait_until is None for one in said)
        assert isinstance(enter(database), SignedIn)

    for start in (NOW, NOW + WAIT):
        said = [enter(database, password=WRONG, now=start) for _ in range(MOST_PASSWORDS - 1)]
        assert all(isinstance(one, Refused) and one.wait_until is None for one in said)


@pytest.mark.usefixtures("sam")
def test_passwords_tried_at_once_are_no_more_than_in_a_row(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda _: enter(database, password=WRONG), range(24)))

    looked_at = [one for one in said if isinstance(one, Refused) and "belong together" in one.reason]
    assert len(looked_at) == MOST_PASSWORDS


@pytest.mark.usefixtures("sam")
def test_a_stranger_does_not_keep_somebody_out_of_their_own_tablet(database: Database) -> None:
    tablet = entered(database).device_secret
    for _ in range(MOST_PASSWORDS):
        enter(database, password=WRONG)

    assert isinstance(enter(database), Refused)
    assert isinstance(enter(database, device=tablet), SignedIn)


@pytest.mark.usefixtures("sam")
def test_a_device_on_which_many_addresses_are_tried_waits_too(database: Database) -> None:
    tablet = entered(database).device_secret

    said = [enter(database, email=f"{number}@willow.example", device=tablet, password=WRONG) for number in range(31)]

    assert [isinstance(one, Refused) and one.wait_until is not None for one in said] == [False] * 29 + [True] * 2
