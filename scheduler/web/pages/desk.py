"""Who is signed in, and the doors to their clinic's data. Every page but the sign-in begins here."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.errors import NotAllowed
from scheduler.domain.people import roles
from scheduler.domain.people.roles import Act
from scheduler.services.finding import Card, note_seen
from scheduler.services.signing_in import SignIn, find_sign_in
from scheduler.storage.clinics import get_clinic
from scheduler.storage.crypto import KeyRing
from scheduler.storage.database import Db
from scheduler.storage.tenancy import ALL_CLINICS
from scheduler.web.pages import cookies
from scheduler.web.pages.forms import READING, Form, PostedForm, forged, has_token, is_from_here
from scheduler.web.pages.kept_forms import keep_form, page_of, safe_page, stamped
from scheduler.web.parts import WebParts

_SEE_OTHER = 303


class SignInNeeded(Exception):
    """Nobody is signed in, or somebody else than when the form was shown; `form` is what they had typed."""

    def __init__(self, form: Form, *, back_to: str, signed_in: bool = False, by_password: bool = False) -> None:
        """Say where to go on afterwards; `signed_in`: only the form is out of date; `by_password`: a PIN won't do."""
        super().__init__()
        self.form = form
        self.back_to = back_to
        self.signed_in = signed_in
        self.by_password = by_password


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The person who is signed in, their clinic, and the doors to its data."""

    parts: WebParts
    sign_in: SignIn
    clinic: Clinic
    now: datetime
    """When the request came in."""

    @property
    def by(self) -> str:
        """Who does what this request does, as the audit names them."""
        return self.sign_in.person.name

    @property
    def keys(self) -> KeyRing:
        """What seals."""
        return self.parts.database.keys

    @contextmanager
    def reading(self) -> Iterator[tuple[Db, datetime]]:
        """A handle on the clinic's data that stores nothing, and the present."""
        with self.parts.database.read(self.clinic.id) as db:
            yield db, self.parts.clock(db)

    @contextmanager
    def writing(self) -> Iterator[tuple[Db, datetime]]:
        """A handle on the clinic's data whose work is stored together at the end of the block, and the present."""
        with self.parts.database.write(self.clinic.id) as db:
            yield db, self.parts.clock(db)

    def saw(self, cards: Collection[Card]) -> None:
        """Keep in the audit whom this person was shown in a list."""
        if cards:
            with self.writing() as (db, now):
                note_seen(db, cards, by=self.by, now=now)

    def may(self, act: Act) -> bool:
        """Whether this person's role lets them."""
        return roles.may(self.sign_in.person.role, act)

    def check(self, act: Act) -> None:
        """Nothing, if they may. Raises NotAllowed, with whom to ask."""
        if not self.may(act):
            raise NotAllowed(roles.refusal(self.sign_in.person.role, act))


def at_desk(request: Request, form: PostedForm) -> Desk:
    """Who is at the desk. Raises SignInNeeded, or NotAllowed for a form that another site made."""
    if any("\0" in str(value) for value in request.path_params.values()):
        raise HTTPException(404)  # PostgreSQL takes no such text, and nothing has such an id
    desk = find_desk(request)
    if request.method in READING:
        if desk is None:
            raise SignInNeeded(form, back_to=page_of(request))
        return _noted(request, desk)
    if not is_from_here(request, otherwise=True):
        raise forged()
    if desk is not None and has_token(request, form, desk.sign_in.csrf):
        return _noted(request, desk)
    made_here = stamped(request.app.state.parts.database.keys, form)
    if desk is None:
        raise SignInNeeded(form, back_to=made_here[1] if made_here else page_before(request))
    if made_here is None or made_here[0] != desk.clinic.id:
        raise forged()
    raise SignInNeeded(form, back_to=made_here[1], signed_in=True)


SignedIn = Annotated[Desk, Depends(at_desk)]


def at_desk_lately(request: Request, form: PostedForm) -> Desk:
    """Who is at the desk and gave their password within minutes: for what a PIN is not enough for, such as exports.

    Raises as `at_desk` does, and SignInNeeded for whoever must give it again.
    """
    desk = at_desk(request, form)
    if not desk.sign_in.full:
        made_here = stamped(desk.keys, form)
        page = page_of(request) if request.method in READING else made_here[1] if made_here else page_before(request)
        raise SignInNeeded(form, back_to=page, by_password=True)
    return desk


SignedInLately = Annotated[Desk, Depends(at_desk_lately)]


def find_desk(request: Request) -> Desk | None:
    """The desk of whoever is signed in at this browser; None if nobody is."""
    secret = cookies.get_cookie(request, cookies.SIGN_IN)
    if not secret:
        return None
    parts: WebParts = request.app.state.parts
    with parts.database.read(ALL_CLINICS) as db:
        now = parts.clock(db)
    sign_in = find_sign_in(parts.database, secret, now=now, used=not is_poll(request))
    if sign_in is None:
        return None
    with parts.database.read(sign_in.clinic_id) as db:
        return Desk(parts=parts, sign_in=sign_in, clinic=get_clinic(db), now=now)


def ask_to_sign_in(request: Request, error: Exception) -> Response:
    """The answer to SignInNeeded: the way to the sign-in page and back, what was typed kept until then."""
    if not isinstance(error, SignInNeeded):
        raise error
    way = "way=password&" if error.by_password else ""
    address = error.back_to if error.signed_in else f"/sign-in?{way}next={quote(error.back_to, safe='/')}"
    if request.headers.get("hx-request"):
        answer = Response(status_code=204, headers={"HX-Redirect": address})
    else:
        answer = RedirectResponse(address, _SEE_OTHER)
    keep_form(answer, request, error.form, keys=request.app.state.parts.database.keys)
    return answer


def desk_of(request: Request) -> Desk | None:
    """The desk that `at_desk` found for this request."""
    found: Desk | None = getattr(request.state, "desk", None)
    return found


def is_poll(request: Request) -> bool:
    """Whether a page asks by itself, without anybody having done something: nobody's sign-in lasts longer by it."""
    return request.headers.get("desk-poll") == "true"


def page_before(request: Request) -> str:
    """The page that the browser says it was on."""
    parts = urlsplit(request.headers.get("referer", ""))
    if parts.netloc != request.headers.get("host"):
        return "/"
    return safe_page(f"{parts.path}?{parts.query}" if parts.query else parts.path)


def _noted(request: Request, desk: Desk) -> Desk:
    request.state.desk = desk
    return desk
