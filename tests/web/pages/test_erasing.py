from __future__ import annotations

import re
from html import unescape

import pytest

from scheduler.domain.people.roles import Act, Role, may
from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from tests.builders import a_session, register, stored_rows
from tests.web.pages.desk_client import Browser, a_browser
from tests.web.pages.patient_at_desk import at, page

WHY = {"erase_reason": "They asked for it by letter."}


@pytest.fixture
def database_url(fresh_sqlite_url: str) -> str:
    """The pages ask the same of both databases; the services are tried on both."""
    return fresh_sqlite_url


@pytest.fixture
def manager(database: Database) -> Browser:
    return a_browser(database, role=Role.MANAGER)


@pytest.fixture
def view(manager: Browser) -> SessionView:
    return register(manager.database, manager.clinic, a_session())


def test_a_patient_is_erased_after_it_was_seen_what_goes(manager: Browser, view: SessionView) -> None:
    offered = page(manager, view)
    asked = manager.post(f"{at(view)}/erase", WHY)
    before = stored_rows(manager.database)

    answer = manager.post(f"{at(view)}/erase", {**WHY, "confirmed": "yes"})

    assert "Erase this patient" in offered
    assert asked.status_code == 200
    assert "Erase Amira Khan?" in unescape(asked.text)
    assert WHY["erase_reason"] in unescape(asked.text)
    assert (before["sessions"], stored_rows(manager.database)["sessions"]) == (1, 0)
    assert answer.headers["location"] == at(view)
    after = page(manager, view)
    assert "<strong>Erased.</strong>" in after
    assert "Amira" not in after
    assert "Erase this patient" not in after


@pytest.mark.parametrize("reason", ["", "no", "Amira asked"])
def test_a_reason_that_will_not_do_is_told_where_it_was_typed(manager: Browser, view: SessionView, reason: str) -> None:
    for confirmed in ({}, {"confirmed": "yes"}):
        answer = manager.post(f"{at(view)}/erase", {"erase_reason": reason, **confirmed})

        assert re.search(r'id="[^"]*erase.reason-error"', answer.text)
    assert stored_rows(manager.database)["sessions"] == 1


@pytest.mark.parametrize("role", Role)
def test_managers_alone_erase(manager: Browser, view: SessionView, role: Role) -> None:
    browser = manager if role is Role.MANAGER else manager.as_role(role)

    asked = browser.post(f"{at(view)}/erase", WHY)

    assert (asked.status_code == 200) is may(role, Act.ERASE)
    assert ("Erase this patient" in page(browser, view)) is may(role, Act.ERASE)
