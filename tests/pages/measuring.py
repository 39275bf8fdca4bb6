"""What a browser tells of a page's measures: who has the focus and how it is shown, how high controls are."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

_STOPS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"
_FOCUSED = """() => {
    const focused = document.activeElement;
    if (!focused || focused === document.body) return null;
    const shown = focused.matches(".chip input") ? focused.nextElementSibling : focused;
    const style = getComputedStyle(shown);
    const box = shown.getBoundingClientRect();
    const bar = document.querySelector(".bar");
    const over = bar && getComputedStyle(bar).position === "sticky" ? bar.getBoundingClientRect() : {top: 0, bottom: 0};
    return {
        what: focused.outerHTML.slice(0, 120),
        ring: (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none",
        seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
        covered: !!bar && !bar.contains(focused) && box.bottom > over.top + 1 && box.top < over.bottom - 1,
        place: [...document.querySelectorAll("*")].indexOf(focused),
    };
}"""
_LOW = """() => {
    const shown = (one) => one.checkVisibility({visibilityProperty: true}) && one.getBoundingClientRect().height > 1;
    const high = (one) => one.matches("[type=radio], [type=checkbox]") ? one.closest("label") : one;
    const low = (least) => (one) => high(one).getBoundingClientRect().height < least - .5;
    const controls = [...document.querySelectorAll("button, .btn, input:not([type=hidden]), select, textarea, nav a")];
    const links = [...document.querySelectorAll("summary")];
    return [...controls.filter(shown).filter(low(44)), ...links.filter(shown).filter(low(24))]
        .map((one) => one.outerHTML.slice(0, 120));
}"""
_WIDE = """() => [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".scroll"))
    .map((one) => one.outerHTML.slice(0, 120))"""


def walk_by_keyboard(page: Page) -> list[dict[str, Any]]:
    """Every stop of the Tab key from the top of the page until the focus leaves it, as the page shows it."""
    most = page.locator(_STOPS).count() + 5
    page.evaluate("() => { document.activeElement.blur(); scrollTo(0, 0); }")
    page.mouse.move(0, 0)
    stops: list[dict[str, Any]] = []
    while len(stops) < most:
        page.keyboard.press("Tab")
        stop = page.evaluate(_FOCUSED)
        if stop is None or (stops and stop["place"] == stops[0]["place"]):
            return stops
        stops.append(stop)
    message = f"the focus never leaves the page; at last it was on {stops[-1]['what']}"
    raise AssertionError(message)


def low_controls(page: Page) -> list[str]:
    """Controls lower than 44 px, and summaries lower than 24."""
    found: list[str] = page.evaluate(_LOW)
    return found


def too_wide(page: Page) -> list[str]:
    """What reaches out of the page sideways, where the page can be scrolled sideways at all."""
    if page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"):
        return []
    found: list[str] = page.evaluate(_WIDE)
    return found or ["something"]
