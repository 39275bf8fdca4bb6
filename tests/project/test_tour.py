from __future__ import annotations

from scripts.tour import FOLDER, index, pictures
from tests.pages.every_page import SIGHTS


def test_the_tour_has_every_page_and_no_other() -> None:
    shown = {path.name for path in FOLDER.glob("*.jpg")}

    assert shown == {name for sight in SIGHTS for name in pictures(sight)}
    assert (FOLDER / "README.md").read_text() == index(SIGHTS)


def test_the_pictures_of_the_tour_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in FOLDER.glob("*.jpg")}

    assert {name: size for name, size in sizes.items() if size > 150_000} == {}
    assert sum(sizes.values()) < 7_000_000
