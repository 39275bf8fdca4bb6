"""The colours of the stylesheet against WCAG 2.2: 4.5 for text, 3 for borders of controls and the focus ring."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

CSS = (files("scheduler.web") / "static" / "app.css").read_text()
TEXT = [
    *((ink, paper) for ink in ("ink", "ink2", "link", "link-h", "bad") for paper in ("bg", "surface")),
    *((tone, f"{tone}-bg") for tone in ("ok", "warn", "bad", "info", "mute")),
    *(("ink", f"{tone}-bg") for tone in ("ok", "warn", "bad", "info", "mute")),
    *(("link", f"{tone}-bg") for tone in ("ok", "warn", "bad", "info")),
    ("on-primary", "primary"),
    ("on-bad", "bad"),
    ("on-focus", "focus"),
    ("warn", "surface"),
]
SHAPES = [*((edge, paper) for edge in ("input", "primary", "ink") for paper in ("bg", "surface")), ("ink", "focus")]


def tokens(theme: str) -> dict[str, str]:
    """The colours of a theme; the dark one has what the light one has, and differs."""
    blocks = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    assert len(blocks) == 2
    light, dark = (dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]+)", block)) for block in blocks)
    assert set(light) == set(dark)
    return light if theme == "light" else dark


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    channels = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_measured_as_wcag_does() -> None:
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_can_be_read(theme: str) -> None:
    colours = tokens(theme)

    faint = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in TEXT}

    assert {pair: ratio for pair, ratio in faint.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_control_and_the_focus_can_be_seen(theme: str) -> None:
    colours = tokens(theme)
    shapes = SHAPES if theme == "light" else [pair for pair in SHAPES if pair != ("ink", "focus")] + [("focus", "bg")]

    faint = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in shapes}

    assert {pair: ratio for pair, ratio in faint.items() if ratio < 3} == {}
