from __future__ import annotations

import re
from datetime import date
from html import unescape

import pytest

from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from tests.builders import a_person, a_session, register
from tests.web.pages.desk_client import Browser, a_browser
from tests.web.pages.patient_at_desk import Fields, at, data, page


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


def test_advice_ends_earlier_by_a_clinicians_word_and_is_taken_back(desk: Browser, view: SessionView) -> None:
    what = f"{view.id} retinoid_otc"

    form = unescape(desk.get(f"{at(view)}/override").text)
    answer = desk.post(f"{at(view)}/override", {"what": what, "day": "2026-03-06", "reason": "Healed well"})
    html = page(desk, view)
    withdraw = re.search(r'action="([^"]*/withdraw)"', html)
    assert withdraw is not None

    assert "Retinol, microneedling of Tuesday 3 March: until after Sunday 8 March" in form
    assert answer.status_code == 303
    assert "Retinol until after Friday 6 March" in html
    assert "set by Sam Reed" in html
    assert desk.post(withdraw[1]).status_code == 303
    assert data(desk, view).overrides == ()


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"what": "", "day": "2026-03-06", "reason": "Healed well"},
        {"day": "", "reason": "Healed well"},
        {"day": "2026-03-06", "reason": ""},
        {"day": "2026-03-01", "reason": "Healed well"},
        {"day": "2027-03-06", "reason": "Healed well"},
        {"day": "2026-03-06", "reason": "\0\0\0"},
        {"what": "x y", "day": "9999-12-31", "reason": "Healed well"},
    ],
)
def test_an_override_that_will_not_do_changes_nothing(desk: Browser, view: SessionView, fields: Fields) -> None:
    answer = desk.post(f"{at(view)}/override", {"what": f"{view.id} retinoid_otc", **fields})

    assert answer.status_code in {404, 422}
    assert data(desk, view).overrides == ()
