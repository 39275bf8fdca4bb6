"""The cookies of the pages: how they are named and guarded, and values that only this service can read or make."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from scheduler.storage.crypto import KeyRing, KeyUnusable
from scheduler.web.parts import WebParts

SIGN_IN = "sign-in"
"""The secret of who is signed in."""
DEVICE = "device"
"""The secret of a tablet on which people may switch by PIN."""
FLASH = "flash"
KEPT = "kept"
LONGEST_VALUE = 3900
"""Browsers take 4,096 bytes of name, value and attributes."""


def set_cookie(answer: Response, request: Request, name: str, value: str, *, seconds: int | None = None) -> None:
    """Give the browser a cookie that no script reads and no other site's form carries.

    Without `seconds` it ends with the browser.
    """
    answer.set_cookie(
        _named(request, name),
        value,
        max_age=seconds,
        path="/",
        secure=_is_secure(request),
        httponly=True,
        samesite="lax",
    )


def get_cookie(request: Request, name: str) -> str | None:
    """What the browser sent, if it sent one."""
    return request.cookies.get(_named(request, name))


def drop_cookie(answer: Response, request: Request, name: str) -> None:
    """Take a cookie back."""
    set_cookie(answer, request, name, "", seconds=0)


def sealed(keys: KeyRing, name: str, value: dict[str, Any]) -> str:
    """The value as a cookie that tells nothing to whoever holds it."""
    packed = base64.b64encode(zlib.compress(json.dumps(value).encode())).decode()
    return base64.urlsafe_b64encode(keys.seal(packed, f"cookie.{name}")).decode().rstrip("=")


def unsealed(keys: KeyRing, request: Request, name: str) -> dict[str, Any] | None:
    """The value of such a cookie; None where there is none, or not one that was made here for this name."""
    text = get_cookie(request, name)
    if not text:
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        value: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(keys.open(raw, f"cookie.{name}"))))
    except (ValueError, KeyUnusable):
        return None
    return value


def _named(request: Request, name: str) -> str:
    """With the prefix by which browsers refuse a cookie that another host or a page without TLS would set."""
    return f"__Host-aftercare-{name}" if _is_secure(request) else f"aftercare-{name}"


def _is_secure(request: Request) -> bool:
    parts: WebParts = request.app.state.parts
    return parts.secure_cookies or request.url.scheme == "https"
