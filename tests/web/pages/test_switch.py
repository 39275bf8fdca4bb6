from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.domain.people.roles import Person, Role
from scheduler.storage.database import Database
from tests.builders import NOW, a_clinic
from tests.people import PIN, a_colleague
from tests.web.pages.strangers import Stranger, words

PRIYA = "priya@willow.example"
WRONG = "wrong but long enough"


@pytest.fixture
def stranger(database: Database) -> Stranger:
    return Stranger(database, a_clinic(database))


@pytest.fixture
def sam(stranger: Stranger) -> Person:
    return a_colleague(stranger.database, stranger.clinic)


def test_on_a_shared_tablet_a_pin_switches_the_person(stranger: Stranger, sam: Person) -> None:
    a_colleague(stranger.database, stranger.clinic, "Priya Kaur", email=PRIYA, role=Role.TREATMENT)
    stranger.enter().enter(email=PRIYA)
    page = stranger.get("/switch", came_from="/gallery?day=2")
    assert "Who are you?" in page.text
    assert "Sam Reed" in page.text
    assert "Priya Kaur" in page.text
    assert '<input type="hidden" name="next" value="/gallery?day=2">' in page.text

    answer = stranger.post("/switch", {"person": sam.id, "pin": f" {PIN} ", "next": "/gallery?day=2"})

    assert answer.headers["location"] == "/gallery?day=2"
    account = words(stranger.get("/account"))
    assert "Sam Reed (front desk)" in account
    assert "That needs your password." in account  # a PIN is not enough to change one


def test_a_wrong_pin_says_how_many_are_left_and_then_asks_for_the_password(stranger: Stranger, sam: Person) -> None:
    stranger.enter()

    said = [words(stranger.post("/switch", {"person": sam.id, "pin": "000000"})) for _ in range(6)]

    assert "The PIN is not right. 4 tries left." in said[0]
    assert "The PIN is not right. 1 try left." in said[3]
    for late in said[4:]:
        assert "Sign in with your email address and password." in late
        assert "Email address" in late


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"person": "", "pin": ""},
        {"person": "nobody", "pin": PIN},
        {"person": "<script>", "pin": "\0"},
        {"person": "\0", "pin": PIN},
        {"person": "x" * 5000, "pin": "9" * 5000},
    ],
)
@pytest.mark.usefixtures("sam")
def test_a_switch_that_names_nobody_switches_nobody(stranger: Stranger, fields: dict[str, str]) -> None:
    stranger.enter()

    answer = stranger.post("/switch", fields)

    assert answer.status_code in {200, 422}
    assert "set-cookie" not in answer.headers
    assert "<script>" not in answer.text
    assert "Sam Reed" in words(stranger.get("/account"))


@pytest.mark.usefixtures("sam")
@pytest.mark.parametrize("person", ["\0", "nobody"])
def test_who_is_not_on_the_list_is_asked_who_they_are(stranger: Stranger, person: str) -> None:
    stranger.enter()

    answer = stranger.post("/switch", {"person": person, "pin": PIN})

    assert answer.status_code == 422
    assert "Say who you are" in words(answer)


def test_nobody_of_another_clinic_switches_here(stranger: Stranger, sam: Person) -> None:
    bo = a_colleague(stranger.database, a_clinic(stranger.database, name="Birch"), "Bo", email="bo@birch.example")
    stranger.enter()

    answer = stranger.post("/switch", {"person": bo.id, "pin": PIN})

    assert "set-cookie" not in answer.headers
    assert sam.name in words(stranger.get("/account"))


@pytest.mark.usefixtures("sam")
def test_a_tablet_that_is_not_known_or_no_longer_open_asks_for_the_password(stranger: Stranger) -> None:
    assert stranger.get("/switch?next=/account").headers["location"] == "/sign-in?way=password&next=/account"

    stranger.enter()
    stranger.clock.now = NOW + timedelta(hours=12)

    assert stranger.get("/switch").headers["location"] == "/sign-in?way=password&next=/"
    assert "Email address" in stranger.get("/sign-in").text
    assert "This tablet was not used for a while." in words(stranger.post("/switch", {"person": "x", "pin": PIN}))
