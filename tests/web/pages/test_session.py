from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from scheduler.domain.people.roles import Role
from scheduler.services import activity
from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from tests.builders import NOW, a_clinic, a_person, a_session, drain_at, register
from tests.fakes import AcceptingSender
from tests.web.pages.desk_client import Browser, a_browser
from tests.web.pages.session_at_desk import at, page, rule


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


HOUR = timedelta(hours=1)


def test_every_message_says_when_how_and_why(desk: Browser, view: SessionView) -> None:
    html = page(desk, view)

    assert "Microneedling, Tuesday 3 March" in html
    assert "Longest needle: 0.5 mm." in html
    assert "Wednesday 4 March at 10am" in html
    assert "Text to the number ending 0123." in html
    assert "Microneedling, version 1, band D1: rule no-actives, day 1 at 10:00." in html
    assert "Amira agreed to texts on Tuesday 3 March." in html
    assert "rules did not apply" in html
    assert "device is pen, not rf" in html
    assert html.count('aria-current="step"') == 1
    assert "Next, in 55 minutes" in html


def test_the_title_names_the_patient_by_first_name_and_initial_alone(desk: Browser, view: SessionView) -> None:
    title = re.search(r"<title>(.*?)</title>", page(desk, view), re.DOTALL)

    assert title is not None
    assert "Amira K, microneedling" in title[1]
    assert "Khan" not in title[1]


def test_voiding_names_its_number_first_and_is_for_those_who_treat(desk: Browser, view: SessionView) -> None:
    front = desk.as_role(Role.FRONT_DESK)

    refused = front.get(f"/sessions/{view.id}/void"), front.post(f"/sessions/{view.id}/void")
    asked = unescape(desk.get(f"/sessions/{view.id}/void").text)
    assert "you get a to-do to tell them what holds now" in asked
    answer = desk.post(f"/sessions/{view.id}/void")

    assert [one.status_code for one in refused] == [403, 403]
    assert "/void" not in page(front, view)
    assert "9 messages will not be sent" in asked
    assert answer.status_code == 303
    html = page(desk, view)
    assert "Voided. 9 messages will not be sent." in html
    assert "Sam Reed voided this session" in html
    assert "Skip<" not in html


def test_a_session_just_registered_is_undone_by_the_front_desk_within_a_minute(
    desk: Browser, view: SessionView
) -> None:
    front = desk.as_role(Role.FRONT_DESK)

    desk.clock.now = NOW + timedelta(minutes=2)
    late = front.post(f"/sessions/{view.id}/undo")
    desk.clock.now = NOW + timedelta(minutes=1)
    in_time = front.post(f"/sessions/{view.id}/undo")

    assert late.status_code == 409
    assert "over a minute ago" in late.text
    assert in_time.status_code == 303
    assert "Undone: the session is void. 9 messages will not be sent." in page(front, view)


def test_the_printed_sheet_has_dates_and_whom_to_call(desk: Browser, view: SessionView) -> None:
    html = unescape(desk.get(f"/sessions/{view.id}/print").text)

    assert "acids, acne products, alcohol toner, fragrance, retinol <strong>until after Sunday 8 March</strong>" in html
    assert "020 7946 0018" in html
    assert "999" in html


def test_a_session_without_messages_says_why_and_offers_the_sheet(desk: Browser) -> None:
    view = register(desk.database, desk.clinic, a_session(a_person(sms=None)))

    html = page(desk, view)

    assert "has not agreed" in html
    assert "Print the plan" in html


def test_what_was_told_stands_with_its_day_and_channel(desk: Browser, view: SessionView) -> None:
    start = rule(desk, "start")
    drain_at(desk.database, AcceptingSender(), start.due_at)

    html = page(desk, view)

    assert "No picking until after Tuesday 10 March (Tuesday 3 March, text)." in html
    assert "Sent, no receipt" in html


def test_looking_at_a_session_is_noted_once_an_hour(desk: Browser, view: SessionView) -> None:
    for _ in range(3):
        page(desk, view)
    desk.clock.now = NOW + HOUR
    page(desk, view)

    with desk.database.read(desk.clinic.id) as db:
        found = activity.happenings(db, str(view.patient_id))
    assert [one.at for one in found if one.sentence == "Looked at the session's page."] == [NOW + HOUR, NOW]


PATHS = ("", "/print", "/void", "/correct")


POSTS = ("/void", "/undo", "/correct")


MESSAGE_POSTS = ("/skip", "/restore", "/move", "/send", "/put-back?was=x")


def test_another_clinics_session_is_not_there(desk: Browser, view: SessionView) -> None:
    other = a_browser(desk.database, a_clinic(desk.database, name="Birch"), app=desk.app)
    check = rule(desk, "check")
    mine = register(other.database, other.clinic)

    for path in PATHS:
        assert other.get(f"/sessions/{view.id}{path}").status_code == 404, path
    for path in POSTS:
        assert other.post(f"/sessions/{view.id}{path}").status_code == 404, path
    for path in MESSAGE_POSTS:
        assert other.post(f"{at(view, check)}{path}", {"reason": "Not needed"}).status_code == 404, path
        assert other.post(f"{at(mine, check)}{path}", {"reason": "Not needed"}).status_code == 404, path
    assert rule(desk, "check") == check


@pytest.mark.parametrize("odd", ["x", "%00", "🙂", "a" * 300, "<script>"])
def test_an_id_that_none_could_have_is_not_there(desk: Browser, odd: str) -> None:
    assert desk.get(f"/sessions/{odd}").status_code == 404
    assert desk.post(f"/sessions/{odd}/messages/{odd}/send").status_code == 404
