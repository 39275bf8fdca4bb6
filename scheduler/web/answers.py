"""What every answer has in common: its security headers, and that no exception gets past."""

from __future__ import annotations

import logging

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scheduler.web.errors import INTERNAL
from scheduler.web.telling import telling

_log = logging.getLogger(__name__)
_HEADERS = {
    "Cache-Control": "no-store",  # answers hold personal data
    "X-Content-Type-Options": "nosniff",
}


class SafeAnswers:
    """Middleware, the outermost: adds the headers, and turns what nobody expected into a 500 that tells nothing."""

    def __init__(self, app: ASGIApp) -> None:
        """Guard an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and its answer back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_safely(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_safely)
        except ClientDisconnect:
            return  # nobody is there to be answered
        except Exception:
            _log.exception("an unexpected error")
            if started:  # half an answer can't be mended; the server cuts the connection
                raise
            await telling(scope, INTERNAL)(scope, receive, send_safely)
