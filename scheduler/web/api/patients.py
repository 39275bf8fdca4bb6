"""Routes of patients: find, add, read and change one, and their whole plan. What happens to one is in patient_acts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Security
from starlette.responses import Response

from scheduler.domain.people.roles import Act
from scheduler.services import patient_details, patient_search, patient_views
from scheduler.storage.database import Db
from scheduler.web.api.cursors import read_cursor
from scheduler.web.api.patient_answers import PatientAnswer, PatientList, PatientPlanAnswer
from scheduler.web.api.patient_bodies import PatientPatch, PatientQuery
from scheduler.web.api.session_bodies import PatientBody
from scheduler.web.openapi import OF_BODIES, problems, replayable
from scheduler.web.posts import Post, read_post
from scheduler.web.security import Caller, find_caller
from scheduler.web.strict_route import StrictRoute

router = APIRouter(prefix="/patients", tags=["patients"], route_class=StrictRoute)

PatientPost = Annotated[Post, Security(read_post, scopes=["patients:write"])]
Reader = Annotated[Caller, Security(find_caller, scopes=["patients:read"])]
Writer = Annotated[Caller, Security(find_caller, scopes=["patients:write"])]
PatientId = Annotated[str, Path(description="A patient of the clinic.")]
_AFTER = "The patient as they are now."


@router.get(
    "",
    response_model=PatientList,
    response_description="A page of them, and where the next one begins.",
    responses=problems(422),
)
def list_patients(query: Annotated[PatientQuery, Query()], caller: Reader) -> PatientList:
    """Find patients by a whole number, its last four digits or letters of the name; without any, list all.

    The audit keeps who saw whom.
    """
    place = read_cursor(query.after) if query.after is not None else None
    with caller.writing() as (db, now):
        wanted = patient_search.read_search(db, phone=query.phone, last4=query.last4, name=query.name)
        page = patient_views.find_patients(db, wanted, after=place, limit=query.limit, by=caller.by, now=now)
    return PatientList.of(page)


@router.post(
    "",
    status_code=201,
    response_model=PatientAnswer,
    response_description=_AFTER,
    responses={**replayable(201), **problems(*OF_BODIES)},
)
def add_patient(body: PatientBody, post: PatientPost) -> Response:
    """Add a patient without a session.

    With the number or address and the name of a known patient it is that one, to whom what is new is added.
    """
    given, caller = body.given(), post.caller
    if given.flags:
        caller.check(Act.FLAG)

    def add(db: Db, now: datetime) -> PatientAnswer:
        patient_id = patient_details.add(db, given, flags=caller.flags, by=caller.by, now=now)
        return shown(db, patient_id)

    return post.answer(add, status=201)


@router.get("/{patient_id}", response_model=PatientAnswer, response_description=_AFTER, responses=problems(404, 422))
def get_patient(patient_id: PatientId, caller: Reader) -> PatientAnswer:
    """Show a patient; the audit keeps who looked."""
    with caller.writing() as (db, now):
        view = patient_views.show_patient(db, patient_id, by=caller.by, now=now)
    return PatientAnswer.model_validate(view)


@router.get(
    "/{patient_id}/plan",
    response_model=PatientPlanAnswer,
    response_description="All that holds for the patient, and every message.",
    responses=problems(404, 422),
)
def get_plan(patient_id: PatientId, caller: Reader) -> PatientPlanAnswer:
    """Show all windows and reminders of a patient, over all sessions; the audit keeps who looked."""
    with caller.writing() as (db, now):
        view = patient_views.show_plan(db, patient_id, by=caller.by, now=now)
    return PatientPlanAnswer.model_validate(view)


@router.patch(
    "/{patient_id}",
    response_model=PatientAnswer,
    response_description=_AFTER,
    responses=problems(404, 409, *OF_BODIES),
)
def change_patient(patient_id: PatientId, body: PatientPatch, caller: Writer) -> PatientAnswer:
    """Change a patient's details, add or remove contact points, and plan anew; what was sent stays."""
    given = body.given()
    if given.flags is not None:
        caller.check(Act.FLAG)
    with caller.writing() as (db, now):
        patient_details.change(db, patient_id, given, flags=caller.flags, by=caller.by, now=now)
        return shown(db, patient_id)


def shown(db: Db, patient_id: str) -> PatientAnswer:
    """The answer that shows a patient after a change."""
    return PatientAnswer.model_validate(patient_views.patient_view(db, patient_id))
