"""The page of a patient, and all that happened with them as a list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from scheduler.domain.errors import Problem
from scheduler.domain.people.names import listed_name
from scheduler.domain.people.roles import Act
from scheduler.services import activity
from scheduler.services.activity import Happening, Sort
from scheduler.services.patient_page import PatientPage, patient_page
from scheduler.services.session_page import first_name
from scheduler.web.pages import times
from scheduler.web.pages.consent_words import consent_line, standing_tag, standing_words
from scheduler.web.pages.desk import Desk, SignedIn, SignedInLately
from scheduler.web.pages.forms import Form
from scheduler.web.pages.looking import note_look
from scheduler.web.pages.register_words import language_words
from scheduler.web.pages.session import PAUSES
from scheduler.web.pages.showing import HEADERS, show
from scheduler.web.pages.spreadsheet import BEGIN, spreadsheet_line

router = APIRouter(prefix="/patients/{patient_id}", include_in_schema=False)
_SHOWN = 10
_PAGE = 50
_SORTS = {
    Sort.CHANGES: "Changes",
    Sort.CONSENT: "Consent",
    Sort.MESSAGES: "Messages",
    Sort.VIEWS: "Looked at",
}
_HEADINGS = ("When", "Who", "About", "What")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?\+00:00")


@router.get("")
def show_patient(request: Request, desk: SignedIn, patient_id: str) -> Response:
    """The patient: how we may contact them, sessions, flags, overrides, and what happened last."""
    desk.check(Act.READ)
    page = load(desk, patient_id)
    note_look(desk, patient_id)
    return shown(request, desk, page)


@router.get("/activity")
def show_activity(
    request: Request,
    desk: SignedIn,
    patient_id: str,
    sort: str = "",
    number: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
) -> Response:
    """All that happened with the patient, newest first."""
    desk.check(Act.READ)
    page = load(desk, patient_id)
    note_look(desk, patient_id)
    found = [one for one in _happenings(desk, patient_id) if not sort or one.sort.value == sort]
    pages = max(-(-len(found) // _PAGE), 1)
    number = min(number, pages)
    first = (number - 1) * _PAGE
    return show(
        request,
        desk,
        "patient_activity.html",
        page=page,
        first_name=first_name(page.view.name),
        listed=listed_name(page.view.name),
        sorts=[("", "All"), *((known.value, words) for known, words in _SORTS.items())],
        sort=sort if sort in set(Sort) else "",
        lines=[(one, told(one, desk)) for one in found[first : first + _PAGE]],
        first=first + 1 if found else 0,
        total=len(found),
        number=number,
        page_count=pages,
    )


@router.get("/activity.csv")
def export_activity(desk: SignedInLately, patient_id: str, sort: str = "") -> Response:
    """The same for a spreadsheet, all of it."""
    desk.check(Act.EXPORT)
    load(desk, patient_id)
    with desk.writing() as (db, now):
        activity.note_export(db, patient_id, by=desk.by, now=now)
    found = [one for one in _happenings(desk, patient_id) if not sort or one.sort.value == sort]
    zone = desk.clinic.zone
    lines = (
        spreadsheet_line((times.written_moment(one.at, zone), one.by, _SORTS[one.sort], told(one, desk)))
        for one in found
    )
    day = times.local_day(desk.now, zone).isoformat()
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="activity-{day}.csv"'}
    content = BEGIN + spreadsheet_line(_HEADINGS) + "".join(lines)
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


def load(desk: Desk, patient_id: str) -> PatientPage:
    """What the page shows. Raises NotFound."""
    with desk.reading() as (db, _):
        return patient_page(db, patient_id)


def shown(
    request: Request,
    desk: Desk,
    page: PatientPage,
    *,
    form: Form | None = None,
    problems: Iterable[Problem] = (),
    trouble: str = "",
    status: int = 200,
) -> Response:
    """The page; with a form that comes back, or what could not be done on top of it."""
    view = page.view
    happened = _happenings(desk, view.id)
    labels = {flag.id: flag.label for flag in desk.parts.catalog.flags.values()}
    return show(
        request,
        desk,
        "patient.html",
        status=status,
        form=form,
        problems=problems,
        page=page,
        first_name=first_name(view.name),
        listed=listed_name(view.name),
        standings=[
            (one, standing_tag(one), standing_words(one, page.clinic.zone, now=desk.now)) for one in page.standings
        ],
        consents=[consent_line(one) for one in reversed(view.consents)],
        flags=[labels.get(flag, flag) for flag in view.flags],
        language=language_words(view.language),
        lines=[(one, told(one, desk)) for one in happened[:_SHOWN]],
        total=len(happened),
        pauses=PAUSES,
        trouble=trouble,
    )


def trouble(request: Request, desk: Desk, patient_id: str, said: str) -> Response:
    """The page as things stand, with what could not be done on top of it."""
    return shown(request, desk, load(desk, patient_id), trouble=said, status=409)


def told(one: Happening, desk: Desk) -> str:
    """What happened, with moments on the clinic's clock."""
    zone, now = desk.clinic.zone, desk.now
    return _INSTANT.sub(
        lambda found: times.moment_words(datetime.fromisoformat(found.group()), zone, now=now), one.sentence
    )


def _happenings(desk: Desk, patient_id: str) -> Sequence[Happening]:
    with desk.reading() as (db, _):
        return activity.happenings(db, patient_id)
