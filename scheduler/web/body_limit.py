"""Refuses a body that is too big before anything is made of it.

The framework has such a limit, too, but its answer is plain text.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scheduler.web.errors import TooLarge, too_large
from scheduler.web.telling import telling

LONGEST_BODY = 64 * 1024
_DETAIL = f"A request may have {LONGEST_BODY // 1024} KiB at most; nothing of this one was used."


class BodyLimit:
    """Middleware: 413 for a body over 64 KiB, by what its header announces and by what arrives."""

    def __init__(self, app: ASGIApp) -> None:
        """Guard an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on with a body that is counted while it is read."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif _announced(scope) > LONGEST_BODY:
            await telling(scope, too_large(_DETAIL))(scope, receive, send)
        else:
            await self._app(scope, _counted(receive), send)


def _counted(receive: Receive) -> Receive:
    total = 0

    async def receive_counted() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > LONGEST_BODY:
            raise TooLarge(_DETAIL)
        return message

    return receive_counted


def _announced(scope: Scope) -> int:
    try:
        return int(Headers(scope=scope).get("content-length", "0"))
    except ValueError:
        return 0  # the server refuses such a header; if not, what arrives is counted
