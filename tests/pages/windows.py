"""The browser and its windows at a clinic, for tests and for the tour."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from scheduler.domain.people.roles import Role
from tests.pages.chromium import ARGUMENTS, NONE_FOUND, find_chromium
from tests.pages.willow import Willow
from tests.web.pages.desk_client import COOKIE

TABLET = (820, 1180)
TIMEOUT = 20_000
"""Milliseconds that a busy machine may take over what takes a few here."""
Enter = Callable[..., Page]
Theme = Literal["light", "dark"]


def launch(driver: Playwright) -> Browser:
    """Chromium, without a window yet."""
    program = find_chromium(os.environ)
    assert program is not None, NONE_FOUND
    return driver.chromium.launch(executable_path=program, args=list(ARGUMENTS))


def a_window(
    chromium: Browser,
    willow: Willow,
    role: Role | None,
    *,
    size: tuple[int, int] = TABLET,
    theme: Theme = "light",
    script: bool = True,
) -> BrowserContext:
    """A window of its own, with nothing in it yet; paths are addresses of the clinic."""
    context = chromium.new_context(
        base_url=willow.address,
        viewport={"width": size[0], "height": size[1]},
        color_scheme=theme,
        reduced_motion="reduce",
        java_script_enabled=script,
        locale="en-GB",
        timezone_id="America/New_York",  # pages show the clinic's time, wherever the browser is
    )
    context.set_default_timeout(TIMEOUT)
    if role is not None:
        let_in(context, willow, role)
    return context


def let_in(context: BrowserContext, willow: Willow, role: Role) -> None:
    """Give a window the cookies of somebody who signed in."""
    signed_in = willow.entered(role)
    secrets = {COOKIE: signed_in.secret, "aftercare-device": signed_in.device_secret}
    for name, value in secrets.items():
        context.add_cookies([{"name": name, "value": value, "url": willow.address}])
