"""Check 23: axe finds nothing on any page, at three widths, light and dark; and it would find something."""

from __future__ import annotations

from typing import Literal

import pytest

from tests.pages.axe import load_axe, violations
from tests.pages.every_page import SIGHTS, Sight, page_routes
from tests.pages.willow import Willow
from tests.pages.windows import Enter

WIDTHS = (390, 820, 1180)
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
BAD = """<!doctype html><html><head></head><body>
<p style="color:#999;background:#fff">faint</p><input><img src="data:,"></body></html>"""


@pytest.mark.parametrize("sight", SIGHTS, ids=str)
def test_check_23_axe_finds_nothing(unchanged_willow: Willow, enter: Enter, sight: Sight) -> None:
    page = enter(unchanged_willow, sight.role)
    sight.open(page, unchanged_willow)
    load_axe(page)

    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 1000})
            assert violations(page) == {}, f"{sight} at {width} px, {theme}"


def test_check_23_axe_finds_what_is_bad(unchanged_willow: Willow, enter: Enter) -> None:
    page = enter(unchanged_willow, None)
    page.set_content(BAD)
    load_axe(page)

    assert {"color-contrast", "document-title", "html-has-lang", "image-alt", "label"} <= set(violations(page))


def test_every_page_is_looked_at() -> None:
    assert {sight.path for sight in SIGHTS} - {""} == set(page_routes())
    assert len({sight.name for sight in SIGHTS}) == len(SIGHTS)
