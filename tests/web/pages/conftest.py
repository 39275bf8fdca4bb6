"""What tests of the frame get."""

from __future__ import annotations

import pytest

from scheduler.storage.crypto import KeyRing
from scheduler.storage.database import Database
from tests.web.pages.desk_client import Browser, a_browser
from tests.web.pages.gallery import add_gallery


@pytest.fixture
def browser(fresh_sqlite_url: str, key_ring: KeyRing) -> Browser:
    """Somebody of Willow Skin who treats, at a desk with the gallery; pages don't know SQL, so one database will do."""
    browser = a_browser(Database(fresh_sqlite_url, key_ring))
    add_gallery(browser.app)
    return browser
