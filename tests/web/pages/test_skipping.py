from __future__ import annotations

import pytest

from scheduler.domain.delivery.reminders import Status
from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from tests.builders import register
from tests.web.pages.desk_client import Browser, a_browser
from tests.web.pages.session_at_desk import at, rule


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


@pytest.mark.parametrize("reason", ["", "no", "x" * 500, "\0", "\u202eno"])
def test_a_skip_without_a_reason_that_can_be_read_is_refused(desk: Browser, view: SessionView, reason: str) -> None:
    answer = desk.post(f"{at(view, rule(desk, 'check'))}/skip", {"reason": reason})

    assert answer.status_code == 409
    assert "Not skipped" in answer.text
    assert rule(desk, "check").status is Status.SCHEDULED


def test_a_skip_that_is_tapped_twice_says_that_it_was_skipped_already(desk: Browser, view: SessionView) -> None:
    skip = f"{at(view, rule(desk, 'check'))}/skip"

    first, second = (desk.post(skip, {"reason": "Told in person"}) for _ in range(2))

    assert (first.status_code, second.status_code) == (303, 409)
    assert "Not skipped. It was skipped already." in second.text


def test_a_reason_is_shown_as_it_was_written_and_never_run(desk: Browser, view: SessionView) -> None:
    desk.post(f"{at(view, rule(desk, 'check'))}/skip", {"reason": "<script>alert(1)</script> 🙂 مرحبا"})

    html = desk.get(f"/sessions/{view.id}").text

    assert "&lt;script&gt;alert(1)&lt;/script&gt; 🙂 مرحبا" in html
