"""The list of patients, found by the same box as at registering. A patient's own page is elsewhere."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from scheduler.domain.people.names import listed_name
from scheduler.domain.people.roles import Act
from scheduler.services import finding
from scheduler.services.finding import Found, Unclear
from scheduler.web.pages.desk import SignedIn
from scheduler.web.pages.register_words import UNCLEAR, texts_words
from scheduler.web.pages.showing import show

router = APIRouter(include_in_schema=False)
_SHOWN = 50
_LAST_PAGE = 100_000


@router.get("/patients")
def show_patients(request: Request, desk: SignedIn, q: str = "", page: str = "1") -> Response:
    """Those who fit, or all, page by page."""
    desk.check(Act.READ)
    typed, number = (
        q.strip(),
        int(page) if page.isascii() and page.isdigit() and len(page) <= len(str(_LAST_PAGE)) else 1,
    )
    skip = (max(number, 1) - 1) * _SHOWN
    with desk.reading() as (db, _):
        if typed:
            found = finding.find(db, typed, skip=skip, most=_SHOWN)
        else:
            found = finding.list_all(db, skip=skip, most=_SHOWN)
    if isinstance(found, Found):
        desk.saw(found.cards)
    return show(request, desk, "patients.html", typed=_shown(typed), **_listed(found, desk.clinic.zone, typed, skip))


def _listed(found: Found | Unclear, zone: str, typed: str, skip: int) -> dict[str, Any]:
    if isinstance(found, Unclear):
        return {"rows": [], "unclear": UNCLEAR[found], "total": 0, "skip": 0, "before": None, "after": None}
    page = skip // _SHOWN + 1
    shown = skip + len(found.cards)
    return {
        "rows": [(card, listed_name(card.name), texts_words(card, zone)) for card in found.cards],
        "unclear": "",
        "total": found.total,
        "skip": skip,
        "before": _address(typed, page - 1) if page > 1 else None,
        "after": _address(typed, page + 1) if shown < found.total and found.cards else None,
    }


def _address(typed: str, page: int) -> str:
    wanted = {"q": typed} if typed else {}
    return f"/patients?{urlencode({**wanted, 'page': page})}"


def _shown(typed: str) -> str:
    return "".join(one for one in typed if one.isprintable())
