"""What axe finds wrong with a page. Its source is evaluated, since the policy of the pages lets no script be added."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

_SOURCE = (Path(__file__).parent / "vendor" / "axe-4.14.1.min.js").read_text()
_RUN = """() => axe.run({
    resultTypes: ["violations"],
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
})"""


def load_axe(page: Page) -> None:
    """Bring axe into an open page."""
    page.evaluate(_SOURCE)


def violations(page: Page) -> dict[str, list[str]]:
    """By rule, the elements that break it."""
    found: dict[str, Any] = page.evaluate(_RUN)
    return {
        one["id"]: [f"{node['html']} {node['failureSummary']}" for node in one["nodes"]] for one in found["violations"]
    }
