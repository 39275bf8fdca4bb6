"""The page of a session: its timeline, the printed sheet, and the session as a whole voided or taken back."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from scheduler.domain.errors import NotNow
from scheduler.domain.people.names import listed_name
from scheduler.domain.people.pauses import PauseReason
from scheduler.domain.people.roles import Act
from scheduler.services import reminders, undoing
from scheduler.services.session_page import SessionPage, first_name, session_page
from scheduler.web.pages.desk import Desk, SignedIn
from scheduler.web.pages.looking import note_look
from scheduler.web.pages.showing import go, show
from scheduler.web.pages.timeline_rows import SKIP_REASONS, rows

router = APIRouter(prefix="/sessions/{session_id}", include_in_schema=False)
PAUSES = (
    (PauseReason.HOSPITAL.value, "In hospital"),
    (PauseReason.DEATH.value, "Died"),
    (PauseReason.OTHER.value, "Another reason"),
)
"""Why a patient's messages wait."""


@router.get("")
def show_session(request: Request, desk: SignedIn, session_id: str) -> Response:
    """The session with its messages past and coming."""
    desk.check(Act.READ)
    page = load(desk, session_id)
    note_look(desk, page.patient.id, session_id=session_id)
    return shown(request, desk, page)


@router.get("/print")
def print_session(request: Request, desk: SignedIn, session_id: str) -> Response:
    """The sheet for the patient: what to do and leave out until when, and whom to call."""
    desk.check(Act.READ)
    page = load(desk, session_id)
    note_look(desk, page.patient.id, session_id=session_id)
    return show(request, desk, "session_print.html", page=page, first_name=first_name(page.patient.name))


@router.get("/void")
def ask_to_void(request: Request, desk: SignedIn, session_id: str) -> Response:
    """What voiding would do, with the number of messages."""
    desk.check(Act.VOID)
    page = load(desk, session_id)
    if page.session.voided:
        return go(request, f"/sessions/{session_id}")
    return show(request, desk, "session_void.html", page=page, first_name=first_name(page.patient.name))


@router.post("/void")
def void(request: Request, desk: SignedIn, session_id: str) -> Response:
    """Void it."""
    desk.check(Act.VOID)
    with desk.writing() as (db, now):
        count = session_page(db, session_id, now=now).unsent_if_voided
        reminders.void(db, session_id, by=desk.by, now=now)
    return go(request, f"/sessions/{session_id}", said=f"Voided. {_unsent(count)}")


@router.post("/undo")
def undo(request: Request, desk: SignedIn, session_id: str) -> Response:
    """Take back a session that was just registered."""
    desk.check(Act.REGISTER)
    try:
        with desk.writing() as (db, now):
            count = session_page(db, session_id, now=now).unsent_if_voided
            undoing.undo_registering(db, session_id, by=desk.by, now=now)
    except NotNow as error:
        return trouble(request, desk, session_id, f"Not undone. {error}")
    return go(request, f"/sessions/{session_id}", said=f"Undone: the session is void. {_unsent(count)}")


def load(desk: Desk, session_id: str) -> SessionPage:
    """What the page shows. Raises NotFound."""
    with desk.reading() as (db, now):
        return session_page(db, session_id, now=now)


def trouble(request: Request, desk: Desk, session_id: str, said: str) -> Response:
    """The page as things stand, with what could not be done on top of it."""
    return shown(request, desk, load(desk, session_id), trouble=said, status=409)


def shown(request: Request, desk: Desk, page: SessionPage, *, trouble: str = "", status: int = 200) -> Response:
    """The page."""
    return show(
        request,
        desk,
        "session.html",
        status=status,
        page=page,
        rows=rows(page, desk.sign_in.person.role, desk.now),
        first_name=first_name(page.patient.name),
        listed=listed_name(page.patient.name),
        skip_reasons=SKIP_REASONS,
        pauses=PAUSES,
        trouble=trouble,
    )


def _unsent(count: int) -> str:
    if not count:
        return "No message was left to send."
    return "1 message will not be sent." if count == 1 else f"{count} messages will not be sent."
