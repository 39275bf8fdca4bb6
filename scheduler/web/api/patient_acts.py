"""Routes of what happens to a patient: consent, opt-out, pause and resume, merge and split."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from starlette.responses import Response

from scheduler.services import consenting, pausing, same_patient
from scheduler.storage.database import Db
from scheduler.web.api.patient_answers import PatientAnswer
from scheduler.web.api.patient_bodies import (
    GivenConsentBody,
    MergeBody,
    OptOutBody,
    PauseBody,
    ResumeBody,
    SplitBody,
)
from scheduler.web.api.patients import PatientId, PatientPost, shown
from scheduler.web.openapi import OF_BODIES, problems, replayable
from scheduler.web.strict_route import StrictRoute

router = APIRouter(prefix="/patients/{patient_id}", tags=["patients"], route_class=StrictRoute)

_AFTER = "The patient as they are now."
_ACTION = {**replayable(200), **problems(404, 409, *OF_BODIES)}


@router.post("/consent", response_model=PatientAnswer, response_description=_AFTER, responses=_ACTION)
def record_consent(patient_id: PatientId, body: GivenConsentBody, post: PatientPost) -> Response:
    """Record that a patient agreed to messages or refused them, and plan anew.

    After a stop agreeing needs `lifts_stop` with evidence, and refusing changes nothing.
    """

    def consent(db: Db, now: datetime) -> PatientAnswer:
        consenting.consent(db, patient_id, body.said(), by=post.caller.by, now=now)
        return shown(db, patient_id)

    return post.answer(consent)


@router.post("/opt-out", response_model=PatientAnswer, response_description=_AFTER, responses=_ACTION)
def opt_out(patient_id: PatientId, body: OptOutBody, post: PatientPost) -> Response:
    """Record that a patient stopped messages: at once what is open goes by another channel, or is cancelled."""
    stops = body.purposes()

    def stop(db: Db, now: datetime) -> PatientAnswer:
        told = {"source": body.source, "evidence": body.evidence, "by": post.caller.by}
        consenting.opt_out(db, patient_id, body.channel, stops, now=now, **told)
        return shown(db, patient_id)

    return post.answer(stop)


@router.post("/pause", response_model=PatientAnswer, response_description=_AFTER, responses=_ACTION)
def pause_patient(patient_id: PatientId, body: PauseBody, post: PatientPost) -> Response:
    """Hold all messages of a patient until they are resumed. What is on its way can't be called back."""

    def pause(db: Db, now: datetime) -> PatientAnswer:
        pausing.pause(db, patient_id, body.reason, body.note, by=post.caller.by, now=now)
        return shown(db, patient_id)

    return post.answer(pause)


@router.post("/resume", response_model=PatientAnswer, response_description=_AFTER, responses=_ACTION)
def resume_patient(patient_id: PatientId, post: PatientPost, body: ResumeBody | None = None) -> Response:
    """Let a paused patient's messages go on, those of use; after a death only with a reason."""
    reason = body.reason if body else ""

    def resume(db: Db, now: datetime) -> PatientAnswer:
        pausing.resume(db, patient_id, reason, by=post.caller.by, now=now)
        return shown(db, patient_id)

    return post.answer(resume)


@router.post("/merge", response_model=PatientAnswer, response_description="The patient who stays.", responses=_ACTION)
def merge_patients(patient_id: PatientId, body: MergeBody, post: PatientPost) -> Response:
    """Give all that a patient has to the patient who they really are, and plan that one anew.

    What either of them stopped stays stopped, and a session that both have is voided once.
    """

    def merge(db: Db, now: datetime) -> PatientAnswer:
        same_patient.merge(db, patient_id, body.into, by=post.caller.by, now=now)
        return shown(db, body.into)

    return post.answer(merge)


@router.post(
    "/split", response_model=PatientAnswer, response_description="The patient whose they are.", responses=_ACTION
)
def split_patient(patient_id: PatientId, body: SplitBody, post: PatientPost) -> Response:
    """Give sessions to the person whose they really are, and plan both patients anew.

    The number and address given go with them, and what was said on their channels; what was stopped stays so for both.
    """

    def split(db: Db, now: datetime) -> PatientAnswer:
        caller = post.caller
        other = same_patient.split(db, patient_id, body.split(), flags=caller.flags, by=caller.by, now=now)
        return shown(db, other)

    return post.answer(split)
