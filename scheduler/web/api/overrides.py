"""Routes of overrides: a clinician lets a topic of a session end earlier, or takes that back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from scheduler.services import overriding
from scheduler.services.overriding import check_may_override
from scheduler.storage.database import Db
from scheduler.web.api.patient_answers import OverrideAnswer
from scheduler.web.api.patient_bodies import OverrideBody
from scheduler.web.api.patients import PatientId, PatientPost, Writer
from scheduler.web.openapi import OF_BODIES, problems, replayable
from scheduler.web.strict_route import StrictRoute

router = APIRouter(prefix="/patients/{patient_id}/overrides", tags=["patients"], route_class=StrictRoute)


@router.post(
    "",
    status_code=201,
    response_model=OverrideAnswer,
    response_description="The override; the plan is made anew.",
    responses={**replayable(201), **problems(404, 409, *OF_BODIES)},
)
def override_topic(patient_id: PatientId, body: OverrideBody, post: PatientPost) -> Response:
    """Let a topic of a session end earlier than the rules say, and plan anew; a later override replaces it.

    It needs the token of a person whose role is `treatment` or `approver`, whose name stands in the plan.
    """
    person, wanted = check_may_override(post.caller.token), body.new_end()

    def override(db: Db, now: datetime) -> OverrideAnswer:
        return OverrideAnswer.model_validate(overriding.override(db, patient_id, wanted, person=person, now=now))

    return post.answer(override, status=201)


@router.delete(
    "/{override_id}",
    status_code=204,
    response_description="The rules' own end holds again.",
    responses=problems(404, 409, 422),
)
def withdraw_override(
    patient_id: PatientId,
    override_id: Annotated[str, Path(description="An override, as the patient's plan lists it.")],
    caller: Writer,
) -> Response:
    """Take an override back, and plan anew. It needs the same person's token as overriding does."""
    person = check_may_override(caller.token)
    with caller.writing() as (db, now):
        overriding.withdraw(db, patient_id, override_id, person=person, now=now)
    return Response(status_code=204)
