"""Overrides: a clinician lets a piece of advice end earlier for one session, and takes that back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from fastapi import APIRouter, Request
from starlette.responses import Response

from scheduler.domain.errors import Invalid, NotNow, Problem
from scheduler.domain.people.names import listed_name
from scheduler.domain.people.roles import Act
from scheduler.services import overriding
from scheduler.services.overriding import NewEnd
from scheduler.services.patient_page import OwnTopic, own_topics
from scheduler.services.session_page import first_name
from scheduler.web.pages import patient, times
from scheduler.web.pages.desk import Desk, SignedIn
from scheduler.web.pages.forms import Form, PostedForm
from scheduler.web.pages.showing import go, show

router = APIRouter(prefix="/patients/{patient_id}", include_in_schema=False)
_LONGEST = 500
_FIELDS = {"until_local": "day", "length": "day", "session_id": "what", "topic": "what"}


@router.get("/override")
def ask(request: Request, desk: SignedIn, patient_id: str) -> Response:
    """The advice that holds, of which one may end earlier."""
    desk.check(Act.OVERRIDE)
    return _show(request, desk, patient_id)


@router.post("/override")
def override(request: Request, desk: SignedIn, form: PostedForm, patient_id: str) -> Response:
    """Let it end earlier; the plan follows."""
    desk.check(Act.OVERRIDE)
    try:
        wanted = _read(form)
        with desk.writing() as (db, now):
            overriding.override(db, patient_id, wanted, person=desk.sign_in.person, now=now)
    except Invalid as error:
        problems = [Problem(_FIELDS.get(one.field, one.field), one.message) for one in error.problems]
        return _show(request, desk, patient_id, form=form, problems=problems)
    except NotNow as error:
        return patient.trouble(request, desk, patient_id, f"Not changed. {error}")
    return go(request, f"/patients/{patient_id}", said="Saved: it ends earlier, and the plan follows.")


@router.post("/overrides/{override_id}/withdraw")
def withdraw(request: Request, desk: SignedIn, patient_id: str, override_id: str) -> Response:
    """Let the rules' own end hold again."""
    desk.check(Act.OVERRIDE)
    try:
        with desk.writing() as (db, now):
            overriding.withdraw(db, patient_id, override_id, person=desk.sign_in.person, now=now)
    except NotNow as error:
        return patient.trouble(request, desk, patient_id, f"Not changed. {error}")
    return go(request, f"/patients/{patient_id}", said="Taken back: the rules' own end holds again.")


def _read(form: Form) -> NewEnd:
    """What was chosen. Raises Invalid."""
    session_id, _, topic = form.text("what").partition(" ")
    problems: list[Problem] = []
    if not topic:
        problems.append(Problem("what", "choose which advice ends earlier"))
    try:
        last_day = date.fromisoformat(form.text("day"))
    except ValueError:
        last_day = None
        problems.append(Problem("day", "enter the last day on which it holds"))
    if problems:
        raise Invalid(*problems)
    reason = form.text("reason", longest=_LONGEST, lines=True)
    return NewEnd(session_id=session_id, topic=topic, reason=reason, last_day=last_day)


def _show(
    request: Request, desk: Desk, patient_id: str, *, form: Form | None = None, problems: Iterable[Problem] = ()
) -> Response:
    page = patient.load(desk, patient_id)
    with desk.reading() as (db, now):
        topics = own_topics(db, patient_id, now=now)
    return show(
        request,
        desk,
        "patient_override.html",
        form=form,
        problems=problems,
        page=page,
        first_name=first_name(page.view.name),
        listed=listed_name(page.view.name),
        topics=[(f"{one.session_id} {one.topic}", _words(one, desk)) for one in topics],
    )


def _words(one: OwnTopic, desk: Desk) -> str:
    """`Retinol, microneedling of Tuesday 3 March: until after Sunday 8 March`."""
    today = times.local_day(desk.now, desk.clinic.zone)
    session = times.day_words(times.local_day(one.ended_at, desk.clinic.zone), today=today)
    name = f"{one.name[:1].upper()}{one.name[1:]}"
    return f"{name}, {one.title.lower()} of {session}: until after {times.day_words(one.until, today=today)}"
