from __future__ import annotations

import csv
import re
from datetime import timedelta
from io import StringIO

import pytest
from sqlalchemy import select

from scheduler.domain.delivery.reminders import Status
from scheduler.domain.people.roles import Role
from scheduler.services.views import SessionView
from scheduler.storage.audit import AuditRow
from scheduler.storage.database import Database
from tests.builders import (
    a_person,
    a_session,
    copy_reminder,
    register,
)
from tests.services.put import put
from tests.web.pages.desk_client import Browser, a_browser

HOUR = timedelta(hours=1)
ANY = "/outbox?days=any&who=khan"


@pytest.fixture
def database_url(fresh_sqlite_url: str) -> str:
    """One store is enough here: what is read from both is tried with the services."""
    return fresh_sqlite_url


@pytest.fixture
def browser(database: Database) -> Browser:
    return a_browser(database)


@pytest.fixture
def view(browser: Browser) -> SessionView:
    return register(browser.database, browser.clinic)


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def export(browser: Browser, query: str = "days=any&who=khan") -> list[list[str]]:
    answer = browser.get(f"/outbox.csv?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text.startswith("\ufeff")
    return list(csv.reader(StringIO(answer.text.removeprefix("\ufeff"), newline="")))


@pytest.fixture
def manager(browser: Browser) -> Browser:
    return browser.as_role(Role.MANAGER)


def test_the_file_holds_what_the_list_shows_on_all_of_its_pages(manager: Browser, view: SessionView) -> None:
    copy_reminder(manager.database, str(view.reminders[0].id), 1200)
    put(manager.database, view.reminders[0].id, Status.UNDELIVERED, "undelivered 30005")

    rows = export(manager)
    failed = export(manager, "days=any&who=khan&state=not-delivered")

    assert rows[0] == ["When", "Patient", "Message", "Way", "To", "State", "Why", "What to do"]
    assert len(rows) == 1 + 1200 + len(view.reminders)
    assert failed[1:] == [
        [
            "2026-03-03 15:30",
            "Amira K",
            "Your care today",
            "Text",
            "0770••••123",
            "Not delivered",
            "This number is not in use.",
            "Check the number with the patient.",
        ]
    ]


def test_no_cell_of_the_file_is_a_formula(manager: Browser) -> None:
    register(manager.database, manager.clinic, a_session(a_person("=HYPERLINK(1) +1 Khan")))

    names = {row[1] for row in export(manager)[1:]}

    assert names == {"'=HYPERLINK(1) K"}


def test_taking_the_list_out_stands_in_the_audit_with_its_filters(manager: Browser) -> None:
    export(manager, "days=30&state=held")

    with manager.database.read(manager.clinic.id) as db:
        [row] = db.scalars(select(AuditRow).where(AuditRow.action == "outbox.export"))
        sentence = db.keys.open(row.sentence_sealed, "audit.sentence")
    assert (row.actor, sentence) == ("Sam Reed", "Took messages out as a file: days 30, state held.")


def test_who_may_not_take_it_out_is_not_offered_it_and_is_refused(browser: Browser, view: SessionView) -> None:
    offered = browser.get(ANY).text
    refused = browser.get("/outbox.csv")

    assert "outbox.csv" not in offered
    assert refused.status_code == 403
    assert "Ask a manager." in words(refused.text)
    del view


def test_a_manager_is_offered_the_file_of_the_same_filters(manager: Browser, view: SessionView) -> None:
    assert 'href="/outbox.csv?days=any&amp;channel=sms&amp;who=khan"' in manager.get(f"{ANY}&channel=sms").text
    del view


def test_a_file_asked_for_with_nonsense_is_refused(manager: Browser) -> None:
    assert manager.get("/outbox.csv?days=x").status_code == 422


def test_a_file_asked_for_long_after_the_password_asks_for_it_and_leads_back(
    manager: Browser, view: SessionView
) -> None:
    patient = f"/patients/{view.patient_id}"
    manager.clock.now += timedelta(minutes=15)

    answers = [manager.get(path) for path in ("/outbox.csv?days=any", f"{patient}/activity.csv")]

    assert [one.status_code for one in answers] == [303, 303]
    assert [one.headers["location"] for one in answers] == [
        "/sign-in?way=password&next=/outbox.csv%3Fdays%3Dany",
        f"/sign-in?way=password&next={patient}/activity.csv",
    ]
