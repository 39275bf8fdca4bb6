"""The page behind an email's link for ending emails: looking changes nothing, posting ends them (RFC 8058)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from scheduler.domain.errors import NotFound
from scheduler.services.unsubscribing import Emails, end_emails, find_emails
from scheduler.web.pages.showing import show_open
from scheduler.web.parts import WebParts

router = APIRouter(include_in_schema=False)
_LONGEST_TOKEN = 36


@router.get("/u/{token}")
def show_question(request: Request, token: str) -> HTMLResponse:
    """A button. Programs that open links to check them end nothing."""
    try:
        emails = _find(request, token)
    except NotFound:
        return _page(request, status=404)
    return _page(request, clinic=emails.clinic)


@router.post("/u/{token}")
def stop(request: Request, token: str) -> HTMLResponse:
    """End the emails; as often as it is posted."""
    parts: WebParts = request.app.state.parts
    try:
        emails = _find(request, token)
        with parts.database.write(emails.clinic_id) as db:
            end_emails(db, emails, now=parts.clock(db))
    except NotFound:
        return _page(request, status=404)
    return _page(request, clinic=emails.clinic, stopped=True)


def _find(request: Request, token: str) -> Emails:
    """Raises NotFound."""
    if len(token) > _LONGEST_TOKEN or not token.isascii() or not token.isprintable():
        raise NotFound("link", "")
    parts: WebParts = request.app.state.parts
    return find_emails(parts.database, token)


def _page(request: Request, *, clinic: str | None = None, stopped: bool = False, status: int = 200) -> HTMLResponse:
    answer = show_open(request, "stop_emails.html", status=status, clinic=clinic, stopped=stopped)
    answer.headers["Referrer-Policy"] = "no-referrer"  # whoever has the address can end the emails
    return answer
