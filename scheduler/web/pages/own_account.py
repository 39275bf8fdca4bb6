"""Pages on which people set their own password and PIN, by their link and at the desk, and end their sign-ins."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from scheduler.domain.errors import Invalid, NotFound, Problem
from scheduler.services import own_password, signing_in
from scheduler.services.own_password import Welcome
from scheduler.services.signing_in import Refused
from scheduler.storage.staff import get_colleague
from scheduler.web.pages import cookies
from scheduler.web.pages.desk import Desk, SignedIn
from scheduler.web.pages.forms import Form, OpenForm, PostedForm
from scheduler.web.pages.showing import go, show, show_open
from scheduler.web.pages.sign_in import BY_PASSWORD, enter, leave, now_of, told_refusal
from scheduler.web.parts import WebParts

router = APIRouter(include_in_schema=False)
_ADDRESS = "/account"
_NOT_THE_SAME = "This is not the same as above: type it again"
_TO_PIN = f"{BY_PASSWORD}&next={_ADDRESS}"


@router.get("/welcome/{token}")
def show_welcome(request: Request, token: str) -> Response:
    """The form of a link with which a person sets their password and PIN. Looking changes nothing."""
    parts: WebParts = request.app.state.parts
    found = own_password.find_welcome(parts.database, token, now=now_of(request))
    return _gone(request) if found is None else _welcome_page(request, found)


@router.post("/welcome/{token}")
def accept_welcome(request: Request, token: str, form: OpenForm) -> Response:
    """Set password and PIN, once, and sign in."""
    parts: WebParts = request.app.state.parts
    now = now_of(request)
    found = own_password.find_welcome(parts.database, token, now=now)
    if found is None:
        return _gone(request)
    password, pin = form.exact("password"), form.exact("pin").strip()
    if password != form.exact("password_again"):
        return _welcome_page(request, found, form=form, problems=(Problem("password_again", _NOT_THE_SAME),))
    try:
        own_password.accept_welcome(parts.database, token, password=password, pin=pin, now=now)
    except Invalid as error:
        return _welcome_page(request, found, form=form, problems=error.problems)
    except NotFound:  # used in another tab just now
        return _gone(request)
    device = cookies.get_cookie(request, cookies.DEVICE)
    done = signing_in.sign_in(
        parts.database, email=found.email, password=password, device=device, now=now, clinic_id=found.clinic_id
    )
    return go(request, BY_PASSWORD) if isinstance(done, Refused) else enter(request, done, "/")


@router.get(_ADDRESS)
def show_account(request: Request, desk: SignedIn) -> Response:
    """What a person may change of their own, and where they are signed in."""
    return _account_page(request, desk)


@router.post(f"{_ADDRESS}/password")
def change_password(request: Request, desk: SignedIn, form: PostedForm) -> Response:
    """Change the password: all other sign-ins of the person end, and this one begins anew."""
    new = form.exact("new_password")
    if new != form.exact("new_password_again"):
        return _account_page(request, desk, form=form, problems=(Problem("new_password_again", _NOT_THE_SAME),))
    try:
        done = own_password.set_password(
            desk.parts.database, desk.sign_in, old=form.exact("old_password"), new=new, now=desk.now
        )
    except Invalid as error:
        return _account_page(request, desk, form=form, problems=error.problems)
    if isinstance(done, Refused):
        told = Problem("old_password", told_refusal(request, done))
        return _account_page(request, desk, form=form, problems=(told,))
    return enter(request, done, _ADDRESS, said="Your password is changed. You are signed out everywhere else.")


@router.post(f"{_ADDRESS}/pin")
def change_pin(request: Request, desk: SignedIn, form: PostedForm) -> Response:
    """Change the PIN, where the password was given lately; else the way to giving it."""
    if not desk.sign_in.full:
        return go(request, _TO_PIN)
    try:
        own_password.set_pin(desk.parts.database, desk.sign_in, pin=form.exact("pin").strip(), now=desk.now)
    except Invalid as error:
        return _account_page(request, desk, form=form, problems=error.problems)
    return go(request, _ADDRESS, said="Your PIN is changed.")


@router.post(f"{_ADDRESS}/sign-out-everywhere")
def sign_out_everywhere(request: Request, desk: SignedIn) -> Response:
    """End all of the person's sign-ins, this one too."""
    signing_in.sign_out_everywhere(desk.parts.database, desk.sign_in, now=desk.now)
    return leave(request, forget=False)


def _gone(request: Request) -> Response:
    return show_open(request, "welcome_gone.html", status=404)


def _welcome_page(
    request: Request, found: Welcome, *, form: Form | None = None, problems: tuple[Problem, ...] = ()
) -> Response:
    return show_open(request, "welcome.html", form=form, problems=problems, welcome=found, action=request.url.path)


def _account_page(
    request: Request, desk: Desk, *, form: Form | None = None, problems: tuple[Problem, ...] = ()
) -> Response:
    with desk.reading() as (db, _):
        colleague = get_colleague(db, desk.sign_in.person.id)
    return show(
        request,
        desk,
        "account.html",
        form=form,
        problems=problems,
        email=colleague.email if colleague else "",
        has_pin=colleague is not None and colleague.has_pin,
        full=desk.sign_in.full,
        by_password=_TO_PIN,
        here=desk.sign_in.id,
        sign_ins=signing_in.sign_ins_of(desk.parts.database, desk.sign_in, now=desk.now),
    )
