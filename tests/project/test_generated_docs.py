from __future__ import annotations

from pathlib import Path

import pytest

from scheduler.settings import load_settings
from scheduler.settings.variables import VARIABLES
from scripts.docs import CHECKOUT, all_pages


@pytest.mark.parametrize(("path", "text"), [pytest.param(*page, id=page[0].name) for page in all_pages().items()])
def test_what_is_generated_is_current(path: Path, text: str) -> None:
    assert path.read_text() == text, "run `make docs`"


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in VARIABLES.items() if not field.description] == []


def test_the_example_environment_holds_the_defaults() -> None:
    lines = (CHECKOUT / "config" / "aftercare.example.env").read_text().splitlines()
    entries = dict(line.removeprefix("#").split("=", 1) for line in lines if line.startswith("#AFTERCARE_"))

    assert list(entries) == list(VARIABLES)
    assert load_settings(entries) == load_settings({})
