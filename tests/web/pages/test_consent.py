from __future__ import annotations

from datetime import date
from html import unescape

import pytest

from scheduler.domain.delivery.reminders import Status
from scheduler.domain.people.consent import AT_DESK, WORDINGS
from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from tests.builders import a_person, a_session, register, statuses
from tests.web.pages.desk_client import Browser, a_browser
from tests.web.pages.patient_at_desk import Fields, at, data, page

STOP: dict[str, str | list[str]] = {
    "channel": "sms",
    "purpose": "care",
    "said": "stopped",
    "source": "phone",
    "evidence": "She rang us",
}


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


def test_a_stop_is_noted_with_its_evidence_and_ends_the_plan(desk: Browser, view: SessionView) -> None:
    form = unescape(desk.get(f"{at(view)}/consent?channel=sms").text)
    answer = desk.post(f"{at(view)}/consent", STOP)

    assert "What did they say?" in form
    assert answer.status_code == 303
    html = page(desk, view)
    assert "Amira stopped texts." in html
    assert "She rang us" in html
    assert set(statuses(desk.database, desk.clinic).values()) == {Status.CANCELLED}


def test_after_a_stop_only_the_patients_own_word_starts_texts_again(desk: Browser, view: SessionView) -> None:
    again: dict[str, str | list[str]] = {
        "channel": "sms",
        "purpose": "care",
        "said": "given",
        "source": "desk",
        "evidence": "Asked for them",
    }
    desk.post(f"{at(view)}/consent", STOP)

    unlifted = desk.post(f"{at(view)}/consent", again)
    unproved = desk.post(f"{at(view)}/consent", {**again, "evidence": "", "lifts_stop": "yes"})
    lifted = desk.post(f"{at(view)}/consent", {**again, "lifts_stop": "yes"})

    assert (unlifted.status_code, unproved.status_code, lifted.status_code) == (409, 422, 303)
    shown = page(desk, view)
    assert "Agreed: texts, noted by Sam Reed, at the desk." in shown
    assert f"<p>{WORDINGS[AT_DESK]}</p></details>" in shown
    assert AT_DESK not in shown
    assert Status.SCHEDULED in statuses(desk.database, desk.clinic).values()


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"said": "given"},
        {"said": "given", "source": "telepathy"},
        {"said": "maybe", "source": "desk"},
        {"said": "stopped", "source": "desk"},
        {"said": "stopped", "source": "desk", "evidence": "x" * 501},
        {"said": "stopped", "source": "desk", "evidence": "\0\0\0"},
        {"said": "given", "source": "desk", "channel": "pigeon"},
        {"said": "given", "source": "desk", "purpose": "spam"},
    ],
)
def test_a_word_that_can_not_be_meant_is_not_noted(desk: Browser, view: SessionView, fields: Fields) -> None:
    answer = desk.post(f"{at(view)}/consent", {"channel": "sms", "purpose": "care", **fields})

    assert answer.status_code == 422
    assert "<title>Error: " in answer.text
    assert len(data(desk, view).view.consents) == 1
