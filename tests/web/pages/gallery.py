"""A page with every component of the frame, served beside the product's own pages: what they are made of is tried here.

The templates of the product find it under its own name; nothing of it is in the package.
"""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader
from starlette.responses import Response

from scheduler.domain.errors import Invalid, NotNow, Problem
from scheduler.domain.people.roles import Act
from scheduler.web.pages.desk import SignedIn
from scheduler.web.pages.flash import UndoLink
from scheduler.web.pages.forms import Form, OpenForm, PostedForm
from scheduler.web.pages.showing import TEMPLATES, go, part, show, show_open

router = APIRouter(include_in_schema=False)
_FOLDER = Path(__file__).with_name("templates")
NAME, BOARD, OPEN = "gallery.html", "gallery_board.html", "gallery_open.html"


class Counted:
    """How often the board was asked for, and after how often it ends."""

    def __init__(self) -> None:
        self.asked = 0
        self.ends_after = 1000


def add_gallery(app: FastAPI) -> Counted:
    """Serve the gallery beside the product's pages."""
    TEMPLATES.loader = ChoiceLoader([PackageLoader("scheduler.web"), FileSystemLoader(_FOLDER)])
    app.state.board = Counted()
    app.include_router(router)
    counted: Counted = app.state.board
    return counted


@router.get("/gallery")
def show_gallery(request: Request, desk: SignedIn) -> Response:
    return show(request, desk, NAME, count=0, more=True)


@router.get("/gallery/board")
def show_board(request: Request, desk: SignedIn) -> Response:
    board: Counted = request.app.state.board
    board.asked += 1
    return part(request, desk, BOARD, count=board.asked, more=board.asked < board.ends_after)


@router.post("/gallery/save")
def save(request: Request, desk: SignedIn, form: PostedForm) -> Response:
    try:
        name = _named(form)
    except Invalid as error:
        return show(request, desk, NAME, form=form, problems=error.problems, count=0, more=False)
    return go(request, "/gallery", said=f"Saved {name}.", undo=UndoLink("/gallery/undo"))


@router.post("/gallery/skip")
def skip(request: Request, desk: SignedIn) -> Response:
    desk.check(Act.SKIP_SAFETY)
    return go(request, "/gallery", said="Skipped.")


@router.post("/gallery/undo")
def undo(desk: SignedIn) -> Response:
    message = f"It went out already, {desk.by}."
    raise NotNow(message)


@router.get("/gallery/broken")
def break_down(desk: SignedIn) -> Response:
    raise ZeroDivisionError(desk.by)


@router.get("/gallery-open")
def show_open_page(request: Request) -> Response:
    return show_open(request, OPEN)


@router.post("/gallery-open")
def post_open_page(request: Request, form: OpenForm) -> Response:
    return show_open(request, OPEN, form=form, problems=[Problem("password", "Write your password")])


def _named(form: Form) -> str:
    name = form.text("name", longest=80)
    if not name:
        raise Invalid(Problem("name", "Write the patient's name"), Problem("phone", "Write a mobile number"))
    return name
