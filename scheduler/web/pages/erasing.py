"""Erasing a patient from their page: asked for with a reason, done after a page that says what goes."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from scheduler.domain.errors import Invalid, NotNow, Problem
from scheduler.domain.people.names import listed_name
from scheduler.domain.people.roles import Act
from scheduler.services import erasing
from scheduler.web.pages import patient
from scheduler.web.pages.desk import SignedInLately
from scheduler.web.pages.forms import PostedForm
from scheduler.web.pages.showing import go, show

router = APIRouter(prefix="/patients/{patient_id}", include_in_schema=False)
_REASON = "erase_reason"
_LONGEST = 500


@router.post("/erase")
def erase(request: Request, desk: SignedInLately, form: PostedForm, patient_id: str) -> Response:
    """What erasing would take; done once that was seen."""
    desk.check(Act.ERASE)
    page = patient.load(desk, patient_id)
    try:
        reason = form.text(_REASON, longest=_LONGEST)
        if not form.ticked("confirmed"):
            with desk.reading() as (db, _):
                erasing.check_erasable(db, patient_id, reason)
            listed = listed_name(page.view.name)
            return show(request, desk, "patient_erase.html", page=page, listed=listed, reason=reason)
        with desk.writing() as (db, now):
            erasing.erase(db, patient_id, reason=reason, by=desk.by, now=now)
    except Invalid as error:
        problems = [Problem(_REASON, problem.message) for problem in error.problems]
        return patient.shown(request, desk, page, form=form, problems=problems)
    except NotNow as error:
        return patient.trouble(request, desk, patient_id, f"Not erased. {error}")
    desk.parts.database.settle_file()
    return go(request, f"/patients/{patient_id}", said="Erased.")
