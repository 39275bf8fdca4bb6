"""The page behind an email's link for ending emails: looking changes nothing, posting ends them (RFC 8058)."""

from __future__ import annotations

from html import escape

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from scheduler.domain.errors import NotFound
from scheduler.services.unsubscribing import Emails, end_emails, find_emails
from scheduler.web.parts import WebParts

router = APIRouter(include_in_schema=False)
_LONGEST_TOKEN = 36
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
}
_FRAME = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">
<title>{title}</title>
</head>
<body><h1>{title}</h1>{body}</body>
</html>
"""


@router.get("/u/{token}")
def show_question(request: Request, token: str) -> HTMLResponse:
    """A button. Programs that open links to check them end nothing."""
    try:
        emails = _find(request, token)
    except NotFound:
        return _gone()
    button = '<form method="post"><button>Stop these emails</button></form>'
    return _page("Stop these emails?", f"<p>You will get no more emails from {escape(emails.clinic)}.</p>{button}")


@router.post("/u/{token}")
def stop(request: Request, token: str) -> HTMLResponse:
    """End the emails; as often as it is posted."""
    parts: WebParts = request.app.state.parts
    try:
        emails = _find(request, token)
        with parts.database.write(emails.clinic_id) as db:
            end_emails(db, emails, now=parts.clock(db))
    except NotFound:
        return _gone()
    told = f"<p>You will get no more emails from {escape(emails.clinic)}. To get them again, ask the clinic.</p>"
    return _page("Emails are stopped", told)


def _find(request: Request, token: str) -> Emails:
    """Raises NotFound."""
    if len(token) > _LONGEST_TOKEN or not token.isascii() or not token.isprintable():
        raise NotFound("link", "")
    parts: WebParts = request.app.state.parts
    return find_emails(parts.database, token)


def _gone() -> HTMLResponse:
    return _page("This link is not known", "<p>To stop emails, call the clinic or reply to its email.</p>", status=404)


def _page(title: str, body: str, *, status: int = 200) -> HTMLResponse:
    return HTMLResponse(_FRAME.format(title=title, body=body), status, headers=_HEADERS)
