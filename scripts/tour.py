"""Writes pictures of every page to docs/tour: light and dark, on a phone and on a desk, at Willow Skin.

.venv/bin/python -m scripts.tour            # all, about two minutes
.venv/bin/python -m scripts.tour today      # those whose name begins so
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

from playwright.sync_api import Browser, sync_playwright

from scheduler.storage import schema
from scheduler.storage.crypto import new_key_ring
from scheduler.storage.database import Database
from tests.pages.every_page import SIGHTS, Sight
from tests.pages.served import served
from tests.pages.willow import Willow, a_willow, seed
from tests.pages.windows import Theme, a_window, launch

FOLDER = Path(__file__).parents[1] / "docs" / "tour"
WIDTHS = (390, 1180)
THEMES: tuple[Theme, ...] = get_args(Theme)
_HIGHEST = 1600
"""Pixels of a page that a picture shows: what stands below repeats."""
_QUALITY = 45
"""Of the JPEG, in percent."""
_HEAD = """\
# Every page, as somebody sees it at Willow Skin

Half past three on a Wednesday; the clinic is in trial. `make tour` writes these pictures anew.
"""


def main(beginnings: list[str]) -> None:
    """Write the pictures of all pages, or of those whose names begin with one of these."""
    chosen = [one for one in SIGHTS if not beginnings or one.name.startswith(tuple(beginnings))]
    FOLDER.mkdir(exist_ok=True)
    for old in set(FOLDER.glob("*.jpg")) - {FOLDER / name for one in SIGHTS for name in pictures(one)}:
        old.unlink()
    with _open_willow() as willow, sync_playwright() as driver:
        browser = launch(driver)
        for sight in chosen:
            _picture(browser, willow, sight)
            print(sight)
        browser.close()
    (FOLDER / "README.md").write_text(index(SIGHTS))


def pictures(sight: Sight) -> list[str]:
    """The names of the files of a page."""
    return [_name(sight, theme, width) for theme in THEMES for width in WIDTHS]


def index(sights: Iterable[Sight]) -> str:
    """The page that shows the pictures."""
    return "".join([_HEAD, *(_section(sight) for sight in sights)])


def _section(sight: Sight) -> str:
    who = sight.role.value.replace("_", " ") if sight.role else "nobody is signed in"
    shown = [f"![{sight}, {name.removesuffix('.jpg')}]({name})" for name in pictures(sight)]
    return f"\n## {sight}\n\n{f'`{sight.path}`, ' if sight.path else ''}{who}\n\n" + "\n".join(shown) + "\n"


def _name(sight: Sight, theme: Theme, width: int) -> str:
    return f"{sight.name}-{theme}-{width}.jpg"


def _picture(browser: Browser, willow: Willow, sight: Sight) -> None:
    context = a_window(browser, willow, sight.role)
    page = context.new_page()
    sight.open(page, willow)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        height = min(page.evaluate("() => document.documentElement.scrollHeight"), _HIGHEST)
        page.set_viewport_size({"width": width, "height": height})
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            page.screenshot(path=FOLDER / _name(sight, theme, width), type="jpeg", quality=_QUALITY)
    context.close()


@contextmanager
def _open_willow() -> Iterator[Willow]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/willow.db"
        schema.migrate(url)
        database = Database(url, new_key_ring())
        willow = a_willow(database, seed(database))
        with served(willow.app) as address:
            willow.address = address
            yield willow
        database.close()


if __name__ == "__main__":
    main(sys.argv[1:])
