"""What tests of a session's pages share: its page, its reminders, and the Undo of what was just done."""

from __future__ import annotations

import re
from html import unescape

from scheduler.services.views import SessionView
from scheduler.storage.outbox import Record
from tests.builders import stored
from tests.web.pages.desk_client import Browser


def page(desk: Browser, view: SessionView) -> str:
    answer = desk.get(f"/sessions/{view.id}")
    assert answer.status_code == 200
    return unescape(answer.text)


def rule(desk: Browser, name: str) -> Record:
    return next(record for record in stored(desk.database, desk.clinic) if record.rule == name)


def at(view: SessionView, record: Record) -> str:
    return f"/sessions/{view.id}/messages/{record.id}"


def undo(desk: Browser, view: SessionView) -> str:
    """The address behind the Undo button of the page that comes next, which says what was done."""
    found = re.search(r'action="([^"]*(?:restore|put-back)\?[^"]*)"', desk.get(f"/sessions/{view.id}").text)
    assert found is not None
    return unescape(found[1])
