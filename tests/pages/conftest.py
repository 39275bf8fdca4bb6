"""What browser tests get: one Chromium a worker, and Willow Skin served over a real socket.

They are slow: `make check` leaves them out.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from scheduler.domain.people.roles import Role
from scheduler.storage.crypto import KeyRing, new_key_ring
from scheduler.storage.database import Database
from tests.pages.served import served
from tests.pages.willow import Seeds, Willow, a_willow, seed
from tests.pages.windows import TABLET, TIMEOUT, Enter, Theme, a_window, launch
from tests.web.pages.gallery import add_gallery

expect.set_options(timeout=TIMEOUT)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser of this worker."""
    with sync_playwright() as driver:
        browser = launch(driver)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def seeded(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, KeyRing, Seeds]:
    """A file with Willow Skin to copy, its keys, and what is in it."""
    file = shutil.copyfile(migrated_sqlite, tmp_path_factory.mktemp("willow") / "seeded.db")
    keys = new_key_ring()
    database = Database(f"sqlite:///{file}", keys)
    seeds = seed(database)
    database.close()
    return file, keys, seeds


@pytest.fixture
def willow(seeded: tuple[Path, KeyRing, Seeds], tmp_path: Path) -> Iterator[Willow]:
    """Willow Skin for one test, which may change it."""
    with ExitStack() as stack:
        yield _open(stack, seeded, tmp_path)


@pytest.fixture(scope="module")
def unchanged_willow(seeded: tuple[Path, KeyRing, Seeds], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Willow]:
    """Willow Skin for all tests of a module, which change nothing."""
    with ExitStack() as stack:
        yield _open(stack, seeded, tmp_path_factory.mktemp("unchanged"))


@pytest.fixture
def postgresql_willow(fresh_postgresql_url: str, key_ring: KeyRing) -> Iterator[Willow]:
    """The same on PostgreSQL, for a sample."""
    database = Database(fresh_postgresql_url, key_ring)
    willow = a_willow(database, seed(database))
    with served(willow.app) as address:
        willow.address = address
        yield willow
    database.close()


@pytest.fixture
def enter(chromium: Browser) -> Iterator[Enter]:
    """Opens a browser window at a clinic; with `role` somebody is signed in there."""
    with ExitStack() as stack:

        def open_window(
            willow: Willow,
            role: Role | None = Role.TREATMENT,
            *,
            size: tuple[int, int] = TABLET,
            theme: Theme = "light",
            script: bool = True,
        ) -> Page:
            context = a_window(chromium, willow, role, size=size, theme=theme, script=script)
            stack.callback(context.close)
            return context.new_page()

        yield open_window


def _open(stack: ExitStack, seeded: tuple[Path, KeyRing, Seeds], folder: Path) -> Willow:
    file, keys, seeds = seeded
    database = Database(f"sqlite:///{shutil.copyfile(file, folder / 'willow.db')}", keys)
    stack.callback(database.close)
    willow = a_willow(database, seeds)
    add_gallery(willow.app)
    willow.address = stack.enter_context(served(willow.app))
    return willow
