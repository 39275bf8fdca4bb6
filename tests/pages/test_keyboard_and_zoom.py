"""Check 24: every page by keyboard alone, and on the smallest screen."""

from __future__ import annotations

import pytest

from tests.pages.every_page import SIGHTS, Sight
from tests.pages.measuring import low_controls, too_wide, walk_by_keyboard
from tests.pages.willow import Willow
from tests.pages.windows import Enter


@pytest.mark.parametrize("sight", SIGHTS, ids=str)
def test_check_24_keyboard_and_zoom(unchanged_willow: Willow, enter: Enter, sight: Sight) -> None:
    page = enter(unchanged_willow, sight.role, size=(820, 700))
    sight.open(page, unchanged_willow)

    stops = walk_by_keyboard(page)
    page.set_viewport_size({"width": 320, "height": 640})

    assert [stop["what"] for stop in stops if not stop["ring"]] == [], "no ring"
    assert [stop["what"] for stop in stops if not stop["seen"] or stop["covered"]] == [], "not to be seen"
    assert [stop["place"] for stop in stops] == sorted(stop["place"] for stop in stops), "out of order"
    assert low_controls(page) == [], "too low"
    assert too_wide(page) == [], "too wide"
