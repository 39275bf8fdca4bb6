from __future__ import annotations

import re
from datetime import date
from html import unescape

import pytest

from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from tests.builders import a_person, a_session, register
from tests.web.pages.desk_client import Browser, a_browser
from tests.web.pages.patient_at_desk import Fields, at, data, page, somebody


@pytest.fixture
def database_url(fresh_sqlite_url: str) -> str:
    """The pages ask the same of both databases; the services are tried on both."""
    return fresh_sqlite_url


@pytest.fixture
def desk(database: Database) -> Browser:
    return a_browser(database)


@pytest.fixture
def view(desk: Browser) -> SessionView:
    return register(desk.database, desk.clinic, a_session(a_person(birth_date=date(1991, 5, 14))))


def test_two_records_are_merged_after_their_numbers_were_seen(desk: Browser, view: SessionView) -> None:
    zara = somebody(desk)
    choose = unescape(desk.get(f"{at(zara)}/merge").text)
    asked = unescape(desk.get(f"{at(zara)}/merge/{view.patient_id}").text)

    answer = desk.post(f"{at(zara)}/merge/{view.patient_id}")

    assert f"{at(zara)}/merge/{view.patient_id}" in choose
    assert "Merge Zara Khan into Amira Khan?" in asked
    assert re.search(r"Merge: 1 session and \d+ messages move", asked)
    assert answer.headers["location"] == at(view)
    assert "This record turned out to be" in page(desk, zara)
    assert len(data(desk, view).sessions) == 2
    assert desk.post(f"{at(zara)}/merge/{view.patient_id}").status_code == 409
    assert desk.post(f"{at(zara)}/pause", {"reason": "other"}).status_code == 409
    assert desk.get(f"{at(view)}/merge/{view.patient_id}").status_code == 409


def test_the_one_to_merge_with_is_found_by_digits_or_letters(desk: Browser, view: SessionView) -> None:
    other = somebody(desk, "Beata Nowak", phone="+447700900188")

    found = unescape(desk.get(f"{at(view)}/merge?q=0188").text)
    nobody = unescape(desk.get(f"{at(view)}/merge?q=9999").text)
    unclear = unescape(desk.get(f"{at(view)}/merge?q=a").text)
    odd = desk.get(f"{at(view)}/merge?q=<script>%00")

    assert f"{at(view)}/merge/{other.patient_id}" in found
    assert "Nobody else fits." in nobody
    assert "Write 4 digits or 3 letters at least." in unclear
    assert odd.status_code == 200


def test_sessions_of_another_person_are_split_off_after_their_numbers_were_seen(
    desk: Browser, view: SessionView
) -> None:
    fields: dict[str, str | list[str]] = {"sessions": [str(view.id)], "name": "Zara Khan", "phone": "07700 900177"}

    seen = unescape(desk.post(f"{at(view)}/split", fields).text)
    before = data(desk, view).sessions
    answer = desk.post(f"{at(view)}/split", {**fields, "confirmed": "yes"})

    assert "1 session and 9 messages still to go move to Zara Khan." in seen
    assert len(before) == 1
    assert answer.status_code == 303
    assert data(desk, view).sessions == ()
    assert "Zara Khan" in unescape(desk.get(answer.headers["location"]).text)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "Zara Khan"}, "Choose the sessions"),
        ({"sessions": ["x"], "name": "Zara Khan"}, "not here any more"),
        ({"name": ""}, "Enter the other person's name"),
        ({"name": "Zara Khan", "phone": "12"}, "too short"),
        ({"name": "\0"}, "can't be seen"),
    ],
)
def test_a_split_that_will_not_do_moves_nothing(desk: Browser, view: SessionView, fields: Fields, said: str) -> None:
    given = {"sessions": [str(view.id)], **fields} if "name" in fields and said != "Choose the sessions" else fields

    answer = desk.post(f"{at(view)}/split", {**given, "confirmed": "yes"})

    assert answer.status_code == 422
    assert said in unescape(answer.text)
    assert len(data(desk, view).sessions) == 1
