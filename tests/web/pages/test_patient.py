from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from html import unescape

import pytest

from scheduler.domain.people.roles import Act, Role, may
from scheduler.services import activity
from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from tests.builders import NOW, a_clinic, a_person, a_session, register
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


HOUR = timedelta(hours=1)


def test_it_shows_consent_contacts_sessions_and_what_happened(desk: Browser, view: SessionView) -> None:
    html = page(desk, view)

    assert "<h1>Amira Khan</h1>" in html
    assert "Tuesday 14 May 1991" in html
    assert "+447700900123" in html
    assert re.search(r"Agreed</span>\s+Tuesday 3 March, noted by desk, at the desk", html)
    assert "Not asked" in html
    assert "running, 9 left" in html
    assert "Registered a session of Microneedling that ended at Tuesday 3 March at 2:30pm." in html
    title = re.search(r"<title>(.*?)</title>", html, re.DOTALL)
    assert title is not None
    assert "Khan" not in title[1]


def test_a_shared_number_names_the_other_patient(desk: Browser, view: SessionView) -> None:
    zara = somebody(desk)

    html = page(desk, view)

    assert re.search(rf'This number is also used by <a href="{at(zara)}">Zara Khan</a>', html)


def test_looking_at_a_patient_is_noted_once_an_hour_and_stands_in_the_activity(
    desk: Browser, view: SessionView
) -> None:
    for _ in range(3):
        page(desk, view)
    desk.clock.now = NOW + HOUR
    page(desk, view)

    listed = unescape(desk.get(f"{at(view)}/activity?sort=views").text)

    assert listed.count("Looked at the patient's page.") == 2
    assert "Showing 1 to 2 of 2" in listed
    assert "Sam Reed" in listed


def test_activity_is_paged_and_keeps_its_filter(desk: Browser, view: SessionView) -> None:
    with desk.database.write(desk.clinic.id) as db:
        for place in range(60):
            activity.look(db, str(view.patient_id), by="Priya", now=NOW + timedelta(minutes=place))

    first = unescape(desk.get(f"{at(view)}/activity?sort=views").text)
    second = unescape(desk.get(f"{at(view)}/activity?sort=views&page=2").text)
    beyond = desk.get(f"{at(view)}/activity?page=999")

    assert "Showing 1 to 50 of 61" in first
    assert f'href="{at(view)}/activity?sort=views&page=2"' in first
    assert "Showing 51 to 61 of 61" in second
    assert beyond.status_code == 200


def test_an_empty_filter_says_so_and_an_odd_one_shows_nothing_odd(desk: Browser, view: SessionView) -> None:
    assert "Nothing of the kind." in desk.get(f"{at(view)}/activity?sort=<script>").text
    assert "<script>" not in desk.get(f"{at(view)}/activity?sort=<script>").text.replace('<script src="', "")


POSTS: Mapping[str, tuple[Act, Fields]] = {
    "/details": (Act.CONTACT, {"name": "Amira Khan-Lee"}),
    "/contacts": (Act.CONTACT, {"contact": "07700 900124"}),
    "/contacts/x/remove": (Act.CONTACT, {}),
    "/consent": (Act.CONSENT, {"channel": "email", "purpose": "care", "said": "given", "source": "desk"}),
    "/flags": (Act.FLAG, {"flags": ["herpes"]}),
    "/override": (Act.OVERRIDE, {}),
    "/overrides/x/withdraw": (Act.OVERRIDE, {}),
    "/pause": (Act.PAUSE, {"reason": "other"}),
    "/resume": (Act.PAUSE, {}),
    "/merge/x": (Act.MERGE, {}),
    "/split": (Act.MERGE, {}),
}


GETS: Mapping[str, Act] = {
    "": Act.READ,
    "/activity": Act.READ,
    "/activity.csv": Act.EXPORT,
    "/details": Act.CONTACT,
    "/consent": Act.CONSENT,
    "/flags": Act.FLAG,
    "/override": Act.OVERRIDE,
    "/merge": Act.MERGE,
    "/split": Act.MERGE,
}


@pytest.mark.parametrize("role", sorted(Role))
def test_each_page_and_form_keeps_to_the_table_of_roles(desk: Browser, view: SessionView, role: Role) -> None:
    browser = desk if role is desk.person.role else desk.as_role(role)

    refused = {path for path in GETS if browser.get(at(view) + path).status_code == 403}
    refused |= {
        f"POST {path}"
        for path, (_, fields) in POSTS.items()
        if browser.post(at(view) + path, dict(fields)).status_code == 403
    }

    assert refused == {path for path, act in GETS.items() if not may(role, act)} | {
        f"POST {path}" for path, (act, _) in POSTS.items() if not may(role, act)
    }


@pytest.mark.parametrize("role", sorted(Role))
def test_who_may_not_sees_no_way_to_it(desk: Browser, view: SessionView, role: Role) -> None:
    browser = desk if role is desk.person.role else desk.as_role(role)

    html = page(browser, view) + unescape(browser.get(f"{at(view)}/activity").text)

    for path in ("/details", "/flags", "/override", "/merge", "/split", "/activity.csv"):
        assert (f'href="{at(view)}{path}"' in html) is may(role, GETS[path]), path


def test_another_clinics_patient_is_not_there(desk: Browser, view: SessionView) -> None:
    other = a_browser(desk.database, a_clinic(desk.database, name="Birch"), role=Role.APPROVER, app=desk.app)
    theirs = register(other.database, other.clinic)

    for path in GETS:
        if path != "/activity.csv":
            assert other.get(at(view) + path).status_code == 404, path
    for path, (_, fields) in POSTS.items():
        assert other.post(at(view) + path, dict(fields)).status_code == 404, path
    assert other.get(f"{at(theirs)}/merge/{view.patient_id}").status_code == 404
    assert other.post(f"{at(theirs)}/merge/{view.patient_id}").status_code == 404
    assert len(data(desk, view).view.consents) == 1


def test_the_activity_as_a_file_holds_no_formula(desk: Browser, view: SessionView) -> None:
    manager = desk.as_role(Role.MANAGER)
    desk.post(f"{at(view)}/pause", {"reason": "other", "note": '=HYPERLINK("https://elsewhere.example")'})
    with desk.database.write(desk.clinic.id) as db:
        activity.look(db, str(view.patient_id), by="=1+1", now=NOW)

    answer = manager.get(f"{at(view)}/activity.csv")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    assert "'=1+1" in answer.text
    assert "2026-03-03 14:35" in answer.text
    assert "Took the activity out as a file." in answer.text
