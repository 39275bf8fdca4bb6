"""Today: what needs a person, what goes out and who was treated. The page looks for news by itself."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from scheduler.domain.errors import Invalid, NotNow
from scheduler.domain.people.roles import Act
from scheduler.services import todos
from scheduler.services.today import PlanState, Today, today
from scheduler.web.pages.desk import Desk, SignedIn
from scheduler.web.pages.forms import Form, PostedForm
from scheduler.web.pages.kept_forms import stamped
from scheduler.web.pages.message_rows import remedies_of
from scheduler.web.pages.showing import go, kept_form, part, show

router = APIRouter(include_in_schema=False)
_PLANS: dict[PlanState, tuple[str, str]] = {
    PlanState.ON: ("On", "ok"),
    PlanState.FINISHED: ("Finished", ""),
    PlanState.PAUSED: ("Paused", "warn"),
    PlanState.VOIDED: ("Voided", ""),
    PlanState.NO_NUMBER: ("No number", "bad"),
    PlanState.NO_MESSAGES: ("No messages", "bad"),
}
"""The tag of each state, and its tone."""


@router.get("/today")
def show_today(request: Request, desk: SignedIn) -> Response:
    """The page of the day."""
    return _show(request, desk, kept_form(request, desk))


@router.get("/today/board")
def show_board(request: Request, desk: SignedIn, needs: Annotated[int, Query(ge=0, le=1_000_000)] = 0) -> Response:
    """All of the page that changes by itself; it is spoken of if more needs a person than the `needs` shown before."""
    day = _load(desk)
    return part(request, desk, "today_part.html", **_shown(day), rose=day.needs > needs)


@router.post("/todos/{todo_id}/done")
def end_todo(request: Request, desk: SignedIn, form: PostedForm, todo_id: str) -> Response:
    """Note that a to-do is done."""
    desk.check(Act.TODO)
    try:
        with desk.writing() as (db, now):
            todos.do(db, todo_id, form.text("note", longest=500), by=desk.by, now=now)
    except Invalid as error:
        return _show(request, desk, form, error)
    except NotNow as error:
        return go(request, page_before(desk, form), said=str(error))
    return go(request, page_before(desk, form), said="Done. It is off the list.")


def page_before(desk: Desk, form: Form) -> str:
    """The page on which a form stood; Today where it says none."""
    made_here = stamped(desk.keys, form)
    return made_here[1] if made_here else "/today"


def show_with_error(request: Request, desk: Desk, form: Form, error: Invalid) -> Response:
    """The page with what is wrong in one of its forms."""
    return _show(request, desk, form, error)


def _show(request: Request, desk: Desk, form: Form | None, error: Invalid | None = None) -> Response:
    problems = error.problems if error else ()
    return show(request, desk, "today.html", form=form, problems=problems, rose=False, **_shown(_load(desk)))


def _load(desk: Desk) -> Today:
    with desk.reading() as (db, now):
        return today(db, now=now)


def _shown(day: Today) -> dict[str, Any]:
    lost = [(one, remedies_of(one.told.remedies, one, may_send_again=one.may_send_again)) for one in day.lost]
    return {"day": day, "lost": lost, "plans": _PLANS}
