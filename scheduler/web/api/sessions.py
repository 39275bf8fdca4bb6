"""Routes of sessions: register, look first, read, correct, void."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Security
from starlette.responses import Response

from scheduler.domain.people.roles import Act
from scheduler.services import correcting, registering, reminders, views
from scheduler.web.api.session_answers import PreviewAnswer, SessionAnswer, SessionDetail
from scheduler.web.api.session_bodies import PreviewBody, SessionBody, SessionPatch
from scheduler.web.openapi import OF_BODIES, problems, replayable
from scheduler.web.posts import Post, read_post
from scheduler.web.security import Caller, find_caller
from scheduler.web.strict_route import StrictRoute

router = APIRouter(prefix="/sessions", tags=["sessions"], route_class=StrictRoute)

RegisterPost = Annotated[Post, Security(read_post, scopes=["sessions:write"])]
PreviewPost = Annotated[Post, Security(read_post, scopes=["sessions:read"])]
Reader = Annotated[Caller, Security(find_caller, scopes=["sessions:read"])]
Writer = Annotated[Caller, Security(find_caller, scopes=["sessions:write"])]
SessionId = Annotated[str, Path(description="A session of the clinic.")]


@router.post(
    "",
    status_code=201,
    response_model=SessionAnswer,
    response_description="The session and what follows from it.",
    responses={**replayable(201), **problems(404, 409, *OF_BODIES)},
)
def register_session(body: SessionBody, post: RegisterPost) -> Response:
    """Store a session, and plan what the patient is told.

    The same session of the same person again is not stored twice: the answer is the stored one.
    """
    given, caller = body.given(), post.caller
    if given.patient is not None and given.patient.flags:
        caller.check(Act.FLAG)
    return post.answer(
        lambda db, now: SessionAnswer.model_validate(
            registering.register(db, given, flags=caller.flags, by=caller.by, now=now)
        ),
        status=201,
    )


@router.post(
    "/preview",
    response_model=PreviewAnswer,
    response_description="What would follow from it.",
    responses={**replayable(200), **problems(404, 409, *OF_BODIES)},
)
def preview_session(body: PreviewBody, post: PreviewPost) -> Response:
    """Show what registering a session would plan, and store nothing."""
    given, flags = body.given(), post.caller.flags
    return post.answer_only(
        lambda db, now: PreviewAnswer.model_validate(
            registering.preview(db, given, flags=flags, now=body.now or max(now, given.ended_at))
        )
    )


@router.get(
    "/{session_id}",
    response_model=SessionDetail,
    response_description="The session and what follows from it now.",
    responses=problems(404, 422),
)
def get_session(session_id: SessionId, caller: Reader) -> SessionDetail:
    """Show a session with its windows and reminders as they are now."""
    with caller.reading() as (db, now):
        view = views.session_view(db, session_id, now=now)
    return SessionDetail.model_validate(view)


@router.patch(
    "/{session_id}",
    response_model=SessionDetail,
    response_description="The session and what follows from it now.",
    responses=problems(404, 409, *OF_BODIES),
)
def correct_session(session_id: SessionId, body: SessionPatch, caller: Writer) -> SessionDetail:
    """Correct facts or the time of a session, and plan the patient's advice anew; what was sent stays.

    Facts that are given replace those recorded, and `null` removes one. It is checked as when registering.
    """
    with caller.writing() as (db, now):
        view = correcting.correct(db, session_id, body.given(), by=caller.by, now=now)
    return SessionDetail.model_validate(view)


@router.delete("/{session_id}", status_code=204, response_description="It is void.", responses=problems(404, 422))
def void_session(session_id: SessionId, caller: Writer) -> Response:
    """Void a session: what it still had to send is cancelled, and the patient's other advice is planned anew.

    The session stays readable. Voiding it again does nothing.
    """
    with caller.writing() as (db, now):
        reminders.void(db, session_id, by=caller.by, now=now)
    return Response(status_code=204)
