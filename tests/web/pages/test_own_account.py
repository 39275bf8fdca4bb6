from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.domain.people.roles import Person
from scheduler.services.own_password import make_welcome
from scheduler.storage.database import Database
from tests.builders import NOW, a_clinic, stored_rows
from tests.people import EMAIL, PASSWORD, PIN, a_colleague
from tests.web.pages.strangers import Stranger, words

NEW = "four slow herons"


@pytest.fixture
def stranger(database: Database) -> Stranger:
    return Stranger(database, a_clinic(database))


@pytest.fixture
def new(stranger: Stranger) -> Person:
    return a_colleague(stranger.database, stranger.clinic, password=None, pin=None)


@pytest.fixture
def sam(stranger: Stranger) -> Person:
    return a_colleague(stranger.database, stranger.clinic)


def link(stranger: Stranger, person: Person) -> str:
    with stranger.database.write(stranger.clinic.id) as db:
        return f"/welcome/{make_welcome(db, person.id, now=NOW)}"


def filled(**changes: str) -> dict[str, str]:
    return {"password": NEW, "password_again": NEW, "pin": PIN, **changes}


def test_a_new_person_sets_password_and_pin_by_their_link_and_is_signed_in(stranger: Stranger, new: Person) -> None:
    address = link(stranger, new)
    page = words(stranger.get(address))
    assert "Welcome, Sam Reed" in page
    assert "Willow Skin" in page

    answer = stranger.post(address, filled())

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Change your PIN" in stranger.get("/account").text
    again = Stranger(stranger.database, stranger.clinic)
    assert again.sign_in(password=NEW).status_code == 303


def test_a_link_that_was_used_is_too_old_or_was_never_made_says_so(stranger: Stranger, new: Person) -> None:
    used = link(stranger, new)
    stranger.post(used, filled())
    late = link(stranger, new)
    stranger.clock.now = NOW + timedelta(hours=72)

    for address in (used, late, "/welcome/x", "/welcome/%00", "/welcome/%F0%9F%A6%A6", f"/welcome/{'x' * 3000}"):
        for answer in (stranger.get(address), stranger.post(address, filled())):
            assert answer.status_code == 404
            assert "This link works no more" in answer.text


def test_opening_a_link_changes_nothing(stranger: Stranger, new: Person) -> None:
    address = link(stranger, new)
    before = stored_rows(stranger.database)

    for _ in range(3):
        assert stranger.get(address).status_code == 200
        stranger.client.head(address)

    assert stored_rows(stranger.database) == before
    assert stranger.post(address, filled()).status_code == 303


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"password": "", "password_again": "", "pin": ""}, ["Use at least 12 characters", "Use 6 digits."]),
        ({"password_again": "another"}, ["This is not the same as above"]),
        ({"password": "x" * 5000, "password_again": "x" * 5000}, ["Use at most 200 characters."]),
        ({"password": f"{NEW}\0", "password_again": f"{NEW}\0"}, ["nothing that can't be seen."]),
        ({"password": f"\u202e{NEW}", "password_again": f"\u202e{NEW}"}, ["nothing that can't be seen."]),
        ({"password": "Password2026!", "password_again": "Password2026!"}, ["lists of leaked passwords"]),
        ({"password": "Willow Skin 2026", "password_again": "Willow Skin 2026"}, ["the clinic's"]),
        ({"pin": "123456"}, ["among the first that anybody would try"]),
        ({"pin": "<b>1</b>"}, ["Use 6 digits."]),
    ],
)
def test_what_is_too_easy_is_told_and_the_link_still_works(
    stranger: Stranger, new: Person, fields: dict[str, str], told: list[str]
) -> None:
    address = link(stranger, new)

    answer = stranger.post(address, filled(**fields))

    assert answer.status_code == 422
    assert all(one in words(answer) for one in told), words(answer)
    assert NEW not in answer.text
    assert "set-cookie" not in answer.headers
    assert stranger.post(address, filled(password="🦦🦊🐝 and twelve", password_again="🦦🦊🐝 and twelve")).is_redirect


@pytest.mark.usefixtures("sam")
def test_a_changed_password_ends_the_other_sign_ins(stranger: Stranger) -> None:
    other = Stranger(stranger.database, stranger.clinic).enter()
    stranger.enter()
    fields = {"old_password": PASSWORD, "new_password": NEW, "new_password_again": NEW}

    answer = stranger.submit("/account", "/account/password", fields)

    assert answer.headers["location"] == "/account"
    assert "Your password is changed." in stranger.get("/account").text
    assert other.get("/account").status_code == 303
    assert other.sign_in().status_code == 422
    assert other.sign_in(password=NEW).status_code == 303


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"old_password": "wrong"}, "This is not your password."),
        ({"new_password_again": "x"}, "This is not the same as above: type it again."),
        ({"new_password": "short", "new_password_again": "short"}, "Use at least 12 characters"),
        ({"new_password": EMAIL, "new_password_again": EMAIL}, "This is your own name or address"),
    ],
)
@pytest.mark.usefixtures("sam")
def test_a_password_that_can_not_be_changed_stays(stranger: Stranger, fields: dict[str, str], told: str) -> None:
    stranger.enter()
    given = {"old_password": PASSWORD, "new_password": NEW, "new_password_again": NEW, **fields}

    answer = stranger.submit("/account", "/account/password", given)

    assert answer.status_code == 422
    assert told in words(answer)
    assert NEW not in answer.text
    assert stranger.sign_in().status_code == 303


@pytest.mark.usefixtures("sam")
def test_a_pin_is_changed_while_the_password_is_fresh(stranger: Stranger) -> None:
    stranger.enter()
    bad = stranger.submit("/account", "/account/pin", {"pin": "111111"})
    assert bad.status_code == 422

    done = stranger.submit("/account", "/account/pin", {"pin": "802461"})

    assert done.headers["location"] == "/account"
    assert "Your PIN is changed." in stranger.get("/account").text
    stranger.clock.now = NOW + timedelta(minutes=15)
    late = stranger.submit("/account", "/account/pin", {"pin": "914703"})
    assert late.headers["location"] == "/sign-in?way=password&next=/account"


@pytest.mark.usefixtures("sam")
def test_signing_out_everywhere_ends_every_browser_and_its_pin(stranger: Stranger) -> None:
    other = Stranger(stranger.database, stranger.clinic).enter()
    stranger.enter()
    assert words(stranger.get("/account")).count("Another device") == 1

    out = stranger.submit("/account", "/account/sign-out-everywhere")

    assert out.headers["location"] == "/sign-in"
    for browser in (stranger, other):
        assert browser.get("/account").status_code == 303
        assert "Email address" in browser.get("/sign-in").text
