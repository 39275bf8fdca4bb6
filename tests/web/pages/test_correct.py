from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from scheduler.domain.people.roles import Role
from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from tests.builders import a_session, register
from tests.web.pages.desk_client import Browser, a_browser
from tests.web.pages.session_at_desk import page, rule

RECORDED: dict[str, str | list[str]] = {
    "fact.needle_mm": "0.5",
    "fact.modality": "pen",
    "fact.areas": ["face"],
    "fact.weeping": "no",
    "day": "2026-03-03",
    "time": "14:30",
}
"""The form of a session as it was registered."""


@pytest.fixture
def database_url(fresh_sqlite_url: str) -> str:
    """The pages ask the same of both databases; the services are tried on both."""
    return fresh_sqlite_url


@pytest.fixture
def desk(database: Database) -> Browser:
    return a_browser(database)


@pytest.fixture
def view(desk: Browser) -> SessionView:
    return register(desk.database, desk.clinic)


def test_a_correction_is_seen_before_it_is_saved(desk: Browser, view: SessionView) -> None:
    address, before = f"/sessions/{view.id}/correct", rule(desk, "no-actives")
    fields = {**RECORDED, "fact.needle_mm": "1"}

    form = unescape(desk.get(address).text)
    seen = unescape(desk.post(address, fields).text)
    unsaved = rule(desk, "no-actives")
    word = re.search(r'name="seen" value="([^"]+)"', seen)
    assert word is not None
    other = desk.post(address, {**fields, "fact.needle_mm": "1.5", "save": "yes", "seen": word[1]})
    answer = desk.post(address, {**fields, "save": "yes", "seen": word[1]})

    assert re.search(r'value="0.5" checked', form)
    assert "What saving changes" in seen
    assert "<del>0.5 mm</del> <ins>1.0 mm</ins>" in seen
    assert "<del>until after Sunday 8 March</del> <ins>until after Tuesday 10 March</ins>" in seen
    assert unsaved == before
    assert (other.status_code, "<ins>1.5 mm</ins>" in other.text) == (200, True)
    assert answer.status_code == 303
    html = page(desk, view)
    assert "Changed. The plan below is the new one." in html
    assert "Longest needle: 1.0 mm." in html


def test_a_corrected_time_is_seen_and_saved_and_the_same_time_is_none(desk: Browser, view: SessionView) -> None:
    address = f"/sessions/{view.id}/correct"

    same = unescape(desk.post(address, RECORDED).text)
    seen = unescape(desk.post(address, {**RECORDED, "day": "2026-03-02"}).text)
    word = re.search(r'name="seen" value="([^"]+)"', seen)
    assert word is not None
    desk.post(address, {**RECORDED, "day": "2026-03-02", "save": "yes", "seen": word[1]})

    assert "Nothing: this is what was recorded." in same
    assert "Moved" in seen
    assert "Microneedling, Monday 2 March" in page(desk, view)


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', html)
    assert found is not None
    return found[1]


def test_a_correction_seen_before_a_colleagues_is_shown_anew_and_takes_nothing_of_it_back(
    desk: Browser, view: SessionView
) -> None:
    address = f"/sessions/{view.id}/correct"
    mine = {**RECORDED, "fact.weeping": "yes", "was": hidden(desk.get(address).text, "was")}
    mine["seen"] = hidden(desk.post(address, mine).text, "seen")
    theirs: dict[str, str | list[str]] = {**RECORDED, "fact.needle_mm": "1.5", "day": "2026-03-02"}
    word = hidden(desk.post(address, theirs).text, "seen")
    desk.post(address, {**theirs, "save": "yes", "seen": word})

    answer = desk.post(address, {**mine, "save": "yes"})

    kept = page(desk, view)
    shown = unescape(answer.text)
    assert answer.status_code == 200
    assert "Somebody changed this session meanwhile" in shown
    assert "<del>1.5 mm</del> <ins>0.5 mm</ins>" in shown
    assert "Longest needle: 1.5 mm." in kept
    assert "Microneedling, Monday 2 March" in kept
    again = {**mine, "was": hidden(answer.text, "was"), "seen": hidden(answer.text, "seen"), "save": "yes"}
    assert desk.post(address, again).status_code == 303
    assert "Longest needle: 0.5 mm." in page(desk, view)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"fact.needle_mm": "(other)", "fact.needle_mm.text": "99"}, "Enter the longest needle from 0.1 mm to 3.5 mm"),
        ({"fact.needle_mm": "(other)", "fact.needle_mm.text": "x" * 500}, "Write at most 200 characters"),
        ({"fact.modality": "<script>"}, "Select the device"),
        ({"fact.areas": ["face", "\0"]}, "can't be seen"),
        ({"day": ""}, "Enter the day and the time"),
        ({"day": "0001-01-01"}, "over 60 days ago"),
        ({"day": "9999-12-31"}, "in the future"),
        ({"time": "25:00"}, "Enter the day and the time"),
        ({"time": "\u202e🙂"}, "can't be seen"),
    ],
)
def test_a_correction_that_will_not_do_is_said_at_the_field(
    desk: Browser, view: SessionView, fields: dict[str, str | list[str]], said: str
) -> None:
    answer = desk.post(f"/sessions/{view.id}/correct", {**RECORDED, **fields, "save": "yes"})

    html = unescape(answer.text)
    assert answer.status_code == 422
    assert said in html
    assert "<title>Error: " in html


def test_a_corrected_time_that_the_clocks_skipped_is_refused_with_why(desk: Browser, view: SessionView) -> None:
    desk.clock.now = datetime(2026, 4, 3, 12, tzinfo=UTC)
    late = desk.as_role(Role.APPROVER)

    answer = late.post(f"/sessions/{view.id}/correct", {**RECORDED, "day": "2026-03-29", "time": "01:30"})

    html = unescape(answer.text)
    assert answer.status_code == 422
    assert "Clocks went forward on Sunday 29 March and never showed 1:30am" in html
    assert "What saving changes" not in html


def test_a_corrected_time_that_the_clocks_showed_twice_is_said_and_the_first_is_meant(desk: Browser) -> None:
    now = desk.clock.now = datetime(2026, 10, 26, 12, tzinfo=UTC)
    late = desk.as_role(Role.APPROVER)
    view = register(desk.database, desk.clinic, a_session(ended_at=now - timedelta(days=1)), now=now)
    fields = {**RECORDED, "day": "2026-10-25", "time": "01:30"}

    html = unescape(late.post(f"/sessions/{view.id}/correct", fields).text)
    plain = unescape(late.post(f"/sessions/{view.id}/correct", {**fields, "time": "02:30"}).text)

    assert "Clocks went back on Sunday 25 October, so 1:30am came twice: the first is meant here." in html
    assert "2026-10-25T00:30:00+00:00" in html
    assert "came twice" not in plain


def test_correcting_is_for_those_who_treat_and_not_for_a_void_session(desk: Browser, view: SessionView) -> None:
    front, address = desk.as_role(Role.FRONT_DESK), f"/sessions/{view.id}/correct"

    refused = front.get(address), front.post(address, RECORDED)
    desk.post(f"/sessions/{view.id}/void")
    void = desk.get(address), desk.post(address, RECORDED)

    assert [one.status_code for one in refused] == [403, 403]
    assert [one.status_code for one in void] == [409, 409]
