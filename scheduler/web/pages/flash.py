"""What a page says once about what was just done, and the way back from it. It travels in a sealed, short cookie."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from scheduler.storage.crypto import KeyRing
from scheduler.web.pages import cookies

_SECONDS = 60
_LONGEST_SAID = 500


@dataclass(frozen=True, slots=True)
class UndoLink:
    """A button that takes back what was done, by a POST to its address."""

    action: str
    words: str = "Undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flash:
    """Words for the status region, and their undo."""

    said: str
    undo: UndoLink | None = None


def keep_flash(answer: Response, request: Request, flash: Flash, *, keys: KeyRing, sign_in_id: str) -> None:
    """Let the next page of this sign-in show it."""
    value = {"sign_in": sign_in_id, **asdict(flash), "said": flash.said[:_LONGEST_SAID]}
    cookies.set_cookie(answer, request, cookies.FLASH, cookies.sealed(keys, cookies.FLASH, value), seconds=_SECONDS)


def read_flash(request: Request, *, keys: KeyRing, sign_in_id: str) -> Flash | None:
    """What is to be shown; nothing that was said to another sign-in at this browser."""
    value: dict[str, Any] | None = cookies.unsealed(keys, request, cookies.FLASH)
    if value is None or value["sign_in"] != sign_in_id:
        return None
    return Flash(said=value["said"], undo=UndoLink(**value["undo"]) if value["undo"] else None)
