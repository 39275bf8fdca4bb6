"""Finds the Chromium that the pages are tested in. Starts none, and installs none: `scripts/chromium` does."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

VARIABLE = "AFTERCARE_TEST_CHROMIUM"
NONE_FOUND = (
    f"No Chromium to test the pages in. Run `scripts/chromium`, which installs Debian's where it may; or install "
    f"Chromium or Chrome; or set {VARIABLE} to its program."
)
ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
)
"""It asks nobody for anything, and draws the same everywhere."""
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_ON_MACS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


def find_chromium(environ: Mapping[str, str]) -> Path | None:
    """The first that is there: the named one, else the system's. None where there is none."""
    return next(_candidates(environ), None)


def _candidates(environ: Mapping[str, str]) -> Iterator[Path]:
    if named := environ.get(VARIABLE):
        if found := shutil.which(named):
            yield Path(found)
        return
    for name in (*_NAMES, *_ON_MACS):
        if found := shutil.which(name, path=environ.get("PATH")):
            yield Path(found)
