"""Two records that are one person, and one record that is two: each done after a page that says what moves."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, Request
from starlette.responses import Response

from scheduler.domain.errors import Invalid, NotNow, Problem
from scheduler.domain.people.names import listed_name
from scheduler.domain.people.roles import Act
from scheduler.services import finding, merge_numbers, same_patient
from scheduler.services.finding import Card
from scheduler.services.patient_page import PatientPage
from scheduler.services.people import PersonGiven
from scheduler.services.same_patient import Split
from scheduler.services.session_page import first_name
from scheduler.web.pages import patient
from scheduler.web.pages.desk import Desk, SignedIn
from scheduler.web.pages.forms import Form, PostedForm
from scheduler.web.pages.showing import go, show

router = APIRouter(prefix="/patients/{patient_id}", include_in_schema=False)
_MOST = 10
_LONGEST_EMAIL = 254
_ALONE = frozenset({"name", "phone", "email", "sessions"})


@router.get("/merge")
def choose(request: Request, desk: SignedIn, patient_id: str, q: str = "") -> Response:
    """Whom this record really is: those who share a number, and those who are looked for."""
    desk.check(Act.MERGE)
    page = patient.load(desk, patient_id)
    return show(
        request,
        desk,
        "patient_merge.html",
        page=page,
        first_name=first_name(page.view.name),
        listed=listed_name(page.view.name),
        q=q,
        found=_found(desk, q, patient_id),
        sharing=dict(other for contact in page.contacts for other in contact.also_of),
    )


@router.get("/merge/{into}")
def ask_to_merge(request: Request, desk: SignedIn, patient_id: str, into: str) -> Response:
    """What merging would move, with its numbers."""
    desk.check(Act.MERGE)
    try:
        with desk.reading() as (db, _):
            numbers = merge_numbers.merge_numbers(db, patient_id, into)
    except (Invalid, NotNow) as error:
        return patient.trouble(request, desk, patient_id, f"Not merged. {_said(error)}")
    return show(request, desk, "patient_merge_check.html", numbers=numbers, listed=listed_name(numbers.gone.name))


@router.post("/merge/{into}")
def merge(request: Request, desk: SignedIn, patient_id: str, into: str) -> Response:
    """Merge them."""
    desk.check(Act.MERGE)
    try:
        with desk.writing() as (db, now):
            same_patient.merge(db, patient_id, into, by=desk.by, now=now)
    except (Invalid, NotNow) as error:
        return patient.trouble(request, desk, patient_id, f"Not merged. {_said(error)}")
    return go(request, f"/patients/{into}", said="Merged: this record has all of it now.")


@router.get("/split")
def ask_to_split(request: Request, desk: SignedIn, patient_id: str) -> Response:
    """Which sessions are another person's, and who that is."""
    desk.check(Act.MERGE)
    return _split_page(request, desk, patient.load(desk, patient_id))


@router.post("/split")
def split(request: Request, desk: SignedIn, form: PostedForm, patient_id: str) -> Response:
    """What splitting would move; done once that was seen."""
    desk.check(Act.MERGE)
    page = patient.load(desk, patient_id)
    try:
        wanted = _read_split(form, page)
        if not form.ticked("confirmed"):
            return _split_page(request, desk, page, form=form, wanted=wanted)
        with desk.writing() as (db, now):
            flags = desk.parts.catalog.flags
            other = same_patient.split(db, patient_id, wanted, flags=flags, by=desk.by, now=now)
    except Invalid as error:
        return _split_page(request, desk, page, form=form, problems=error.problems)
    except NotNow as error:
        return patient.trouble(request, desk, patient_id, f"Not split. {error}")
    return go(request, f"/patients/{other}", said=f"Split: this is {first_name(wanted.person.name)} now.")


def _found(desk: Desk, q: str, patient_id: str) -> tuple[Card, ...] | None:
    """Who fits what was looked for; None where nothing that can be looked for was."""
    if not q.strip():
        return None
    with desk.reading() as (db, _):
        found = finding.find(db, q, most=_MOST)
    if isinstance(found, finding.Unclear):
        return None
    desk.saw(found.cards)
    return tuple(card for card in found.cards if card.id != patient_id)


def _read_split(form: Form, page: PatientPage) -> Split:
    """What was chosen and typed. Raises Invalid."""
    problems: list[Problem] = []
    chosen = form.all("sessions")
    if not chosen:
        problems.append(Problem("sessions", "choose the sessions that are the other person's"))
    elif not {line.id for line in page.sessions}.issuperset(chosen):
        problems.append(Problem("sessions", "one of these sessions is not here any more; choose anew"))
    name = form.text("name")
    if not name:
        problems.append(Problem("name", "enter the other person's name"))
    if problems:
        raise Invalid(*problems)
    person = PersonGiven(
        name=name, phone=form.text("phone") or None, email=form.text("email", longest=_LONGEST_EMAIL) or None
    )
    return Split(sessions=chosen, person=person, shares_contact=form.ticked("shares"))


def _split_page(
    request: Request,
    desk: Desk,
    page: PatientPage,
    *,
    form: Form | None = None,
    problems: Iterable[Problem] = (),
    wanted: Split | None = None,
) -> Response:
    left = sum(line.left for line in page.sessions if wanted and line.id in wanted.sessions)
    return show(
        request,
        desk,
        "patient_split.html",
        form=form,
        problems=[Problem(one.field if one.field in _ALONE else "name", one.message) for one in problems],
        page=page,
        first_name=first_name(page.view.name),
        listed=listed_name(page.view.name),
        wanted=wanted,
        left=left,
    )


def _said(error: Exception) -> str:
    return f"{error.problems[0].message}." if isinstance(error, Invalid) else str(error)
