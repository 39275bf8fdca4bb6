"""The pages before the desk: signing in by password, switching the person by PIN, signing out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from scheduler.domain.errors import Invalid, Problem
from scheduler.services import signing_in
from scheduler.services.signing_in import OnDevice, Refused
from scheduler.services.signing_in import SignedIn as NewSignIn
from scheduler.services.upkeep import DEVICES_KEPT
from scheduler.storage.clinics import list_clinics
from scheduler.storage.tenancy import ALL_CLINICS
from scheduler.web.pages import cookies
from scheduler.web.pages.desk import SignedIn, page_before
from scheduler.web.pages.flash import Flash, keep_flash
from scheduler.web.pages.forms import Form, OpenForm, PostedForm
from scheduler.web.pages.kept_forms import safe_page
from scheduler.web.pages.showing import go, show_open
from scheduler.web.pages.times import clock_words, zone_words
from scheduler.web.parts import WebParts

router = APIRouter(include_in_schema=False)

LONGEST_EMAIL = 254
BY_PASSWORD = "/sign-in?way=password"  # noqa: S105  an address
_OWN_PAGES = ("/sign-in", "/switch", "/sign-out", "/welcome")
_SEE_OTHER = 303

Going = Annotated[str | None, Query(alias="next")]


@router.get("/sign-in")
def show_sign_in(request: Request, going: Going = None, way: str = "", clinic: str = "") -> Response:
    """The form for email and password; on a tablet that is open for PINs, unless asked for this, the way to those."""
    here = on_this_device(request)
    if here is not None and here.people and way != "password" and not clinic:
        return RedirectResponse(f"/switch?next={quote(safe_page(going), safe='/')}", _SEE_OTHER)
    return _sign_in_page(request, here, going, clinic=clinic)


@router.post("/sign-in")
def sign_in(request: Request, form: OpenForm) -> Response:
    """Sign in, and go on to where the person wanted to be."""
    parts: WebParts = request.app.state.parts
    here, going, clinic = on_this_device(request), form.exact("next"), form.exact("clinic")
    problems = _missing(form, email="Write your email address", password="Write your password")  # noqa: S106  words
    email = ""
    try:
        email = form.text("email", longest=LONGEST_EMAIL)
    except Invalid as error:
        problems = error.problems
    if problems:
        return _sign_in_page(request, here, going, clinic=clinic, form=form, problems=problems)
    done = signing_in.sign_in(
        parts.database,
        email=email,
        password=form.exact("password"),
        device=cookies.get_cookie(request, cookies.DEVICE),
        now=now_of(request),
        clinic_id=clinic or None,
    )
    if isinstance(done, Refused):
        told = Problem("password", told_refusal(request, done))
        return _sign_in_page(request, here, going, clinic=clinic, form=form, problems=(told,))
    return enter(request, done, going)


@router.get("/switch")
def show_switch(request: Request, going: Going = None) -> Response:
    """Who is at this tablet now; where nobody's PIN works, the way to the form for a password."""
    here = on_this_device(request)
    going = safe_page(going) if going is not None else _worked_on(request)
    if here is None or not here.people:
        return RedirectResponse(f"{BY_PASSWORD}&next={quote(going, safe='/')}", _SEE_OTHER)
    return _switch_page(request, here, going)


@router.post("/switch")
def switch(request: Request, form: OpenForm) -> Response:
    """Sign another person in by their PIN, in the place of who was."""
    parts: WebParts = request.app.state.parts
    here, going = on_this_device(request), form.exact("next")
    device = cookies.get_cookie(request, cookies.DEVICE)
    if here is None or not here.people or device is None:
        return _sign_in_page(request, here, going, said="This tablet was not used for a while.")
    known = {person.id for person in here.people}
    nobody = () if form.exact("person") in known else (Problem("person", "Say who you are"),)
    problems = (*nobody, *_missing(form, pin="Write your PIN"))
    if problems:
        return _switch_page(request, here, going, form=form, problems=problems)
    done = signing_in.switch_person(
        parts.database,
        device_secret=device,
        staff_id=form.exact("person"),
        pin=form.exact("pin").strip(),
        now=now_of(request),
    )
    if isinstance(done, NewSignIn):
        return enter(request, done, going)
    if done.needs_password:
        return _sign_in_page(request, here, going, said=done.reason)
    return _switch_page(request, here, going, form=form, problems=(Problem("pin", done.reason),))


@router.post("/sign-out")
def sign_out(request: Request, desk: SignedIn, form: PostedForm) -> Response:
    """Sign out at this browser; PINs go on working here, unless the device is to be forgotten."""
    forget = form.ticked("forget")
    signing_in.sign_out(desk.parts.database, desk.sign_in, now=desk.now, forget=forget)
    return leave(request, forget=forget)


def on_this_device(request: Request) -> OnDevice | None:
    """Who may sign in by PIN at this browser; None where it isn't known."""
    secret = cookies.get_cookie(request, cookies.DEVICE)
    parts: WebParts = request.app.state.parts
    return signing_in.on_device(parts.database, secret, now=now_of(request)) if secret else None


def enter(request: Request, done: NewSignIn, going: str | None, *, said: str | None = None) -> Response:
    """The way on for somebody who was just signed in, with what their browser is to keep."""
    answer = go(request, safe_page(going))
    cookies.set_cookie(answer, request, cookies.SIGN_IN, done.secret)
    seconds = int(DEVICES_KEPT.total_seconds())
    cookies.set_cookie(answer, request, cookies.DEVICE, done.device_secret, seconds=seconds)
    if said is None:
        cookies.drop_cookie(answer, request, cookies.FLASH)
    else:
        keys = request.app.state.parts.database.keys
        keep_flash(answer, request, Flash(said=said), keys=keys, sign_in_id=done.sign_in.id)
    return answer


def leave(request: Request, *, forget: bool) -> Response:
    """The way out, with nothing left in the browser but, unless it is to `forget`, which device it is."""
    answer = go(request, "/sign-in")
    for name in (cookies.SIGN_IN, cookies.FLASH, cookies.KEPT, *((cookies.DEVICE,) if forget else ())):
        cookies.drop_cookie(answer, request, name)
    return answer


def told_refusal(request: Request, refused: Refused) -> str:
    """Why nobody was signed in, and from when on it is of use to try again."""
    if refused.wait_until is None:
        return refused.reason
    zone = _zone(request)
    at = clock_words(refused.wait_until, zone)
    return f"{refused.reason} Try again at {at} ({zone_words(zone)} time)"


def now_of(request: Request) -> datetime:
    """The present, where no page of the desk has asked for it yet."""
    parts: WebParts = request.app.state.parts
    with parts.database.read(ALL_CLINICS) as db:
        return parts.clock(db)


def _zone(request: Request) -> str:
    """The zone of this device's clinic; where the device isn't known, the one that all clinics here have, else UTC."""
    here = on_this_device(request)
    if here is not None:
        return here.zone
    parts: WebParts = request.app.state.parts
    with parts.database.read(ALL_CLINICS) as db:
        zones = {clinic.zone for clinic in list_clinics(db)}
    return zones.pop() if len(zones) == 1 else "UTC"


def _worked_on(request: Request) -> str:
    """The page from which somebody came here to switch, to go back to."""
    page = page_before(request)
    return "/" if page.startswith(_OWN_PAGES) else page


def _missing(form: Form, **told: str) -> tuple[Problem, ...]:
    return tuple(Problem(name, words) for name, words in told.items() if not form.exact(name).strip())


def _sign_in_page(
    request: Request,
    here: OnDevice | None,
    going: str | None,
    *,
    clinic: str = "",
    form: Form | None = None,
    problems: tuple[Problem, ...] = (),
    said: str = "",
) -> Response:
    return show_open(
        request,
        "sign_in.html",
        form=form,
        problems=problems,
        here=here,
        going=safe_page(going),
        clinic=clinic,
        said=said,
    )


def _switch_page(
    request: Request,
    here: OnDevice,
    going: str | None,
    *,
    form: Form | None = None,
    problems: tuple[Problem, ...] = (),
) -> Response:
    going = safe_page(going)
    by_password = f"{BY_PASSWORD}&next={quote(going, safe='/')}"
    return show_open(
        request, "switch.html", form=form, problems=problems, here=here, going=going, by_password=by_password
    )
