from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

import pytest
from httpx2 import Response

from scheduler.storage.database import Database
from tests.builders import ENDED_AT, NOW, a_person, a_session, register, stored_rows
from tests.web.pages.desk_client import Browser, a_browser

DAY = timedelta(days=1)
MONTH = 30 * DAY
SAVE = {"act": "save", "_key": "k-1"}
SESSION: Mapping[str, str | list[str]] = {
    "treatment": "microneedling",
    "fact.needle_mm": "0.5",
    "fact.modality": "pen",
    "fact.areas": ["face"],
    "fact.weeping": "no",
    "ended": "now",
}
BEA: Mapping[str, str | list[str]] = {"who": "new", "name": "Bea Osei", "phone": "07700 900124", "agrees": "yes"}


@pytest.fixture
def browser(database: Database) -> Browser:
    """Sam's browser at a clinic that treated Amira a month ago."""
    browser = a_browser(database)
    register(database, browser.clinic, a_session(a_person("Amira Khan", phone="+447700900321"), ended_at=ENDED_AT - MONTH), now=NOW - MONTH)
    return browser


def test_x(browser: Browser) -> None:
    page = browser.get("/register")
    print(page.text)
    page = browser.post("/register", {"act": "show", "q": "0321"})
    print(page.text)
    assert False
