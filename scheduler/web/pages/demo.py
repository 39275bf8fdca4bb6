"""The demo's own pages: the phone on which texts arrive, the clock that can be moved, and being anybody of the staff.

They are served in a demo alone, so they need no sign-in; its messages go nowhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from scheduler.domain.clinics import zones
from scheduler.domain.errors import NotFound
from scheduler.domain.people.roles import Role
from scheduler.services import signing_in
from scheduler.services.phones import Arrived, Phone, Screen, phones, screen
from scheduler.services.signing_in import SignedIn
from scheduler.storage import moments, sessions
from scheduler.storage.clinics import get_clinic
from scheduler.storage.database import Db
from scheduler.web.demo_parts import DemoParts, DemoPerson
from scheduler.web.pages import cookies
from scheduler.web.pages.desk import find_desk
from scheduler.web.pages.forms import OpenForm
from scheduler.web.pages.showing import go, show_open
from scheduler.web.pages.sign_in import BY_PASSWORD, enter
from scheduler.web.pages.times import day_words, local_day
from scheduler.web.parts import WebParts

router = APIRouter(prefix="/demo", include_in_schema=False)
_MORNING = time(9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """How far a newcomer is in the three steps."""

    name: str
    """Who comes again, by first name."""
    session_id: str | None
    """Their session, once it is registered."""
    first: Arrived | None
    """The first message of it, once it came."""


@router.get("")
def show_demo(request: Request, phone: str = "") -> Response:
    """The phone, the clock and the steps; of the phones the one asked for, or that of who comes again."""
    parts, demo = _parts(request)
    with parts.database.read(demo.clinic_id) as db:
        clinic, now, every = get_clinic(db), demo.clock(), phones(db)
        chosen = _chosen(every, phone) if phone else _phone_of(every, demo.patient_id) or every[0]
        shown, steps = screen(db, chosen, now=now), _steps(db, demo, every)
    desk = find_desk(request)
    return show_open(
        request,
        "demo.html",
        zone=demo.zone,
        now=now,
        screen=shown,
        days=_days(demo, shown, now),
        as_text=demo.as_text,
        clinic=clinic,
        demo=demo,
        people=demo.people,
        treats=_person(demo, lambda one: one.role is Role.TREATMENT),
        roles={one: one.value.replace("_", " ") for one in Role},
        phones=every,
        steps=steps,
        signed_in=desk.sign_in.person if desk else None,
        at_end=now >= demo.ends,
    )


@router.get("/phone")
def show_phone(request: Request, phone: str = "") -> Response:
    """The screen of one phone, for the page that looks for news."""
    parts, demo = _parts(request)
    with parts.database.read(demo.clinic_id) as db:
        now = demo.clock()
        shown = screen(db, _chosen(phones(db), phone), now=now)
    return show_open(
        request,
        "demo_phone.html",
        zone=demo.zone,
        now=now,
        screen=shown,
        days=_days(demo, shown, now),
        as_text=demo.as_text,
    )


@router.get("/time")
def show_time(request: Request) -> Response:
    """The clock, for the page that looks for news."""
    return show_open(request, "demo_clock.html")


@router.get("/bar")
def show_bar(request: Request) -> Response:
    """The bar that stands on every page of the demo."""
    return show_open(request, "demo_bar.html")


@router.post("/clock")
def move_clock(request: Request, form: OpenForm) -> Response:
    """Move the clock, which lets all happen that is due until then; whoever is signed in stays so."""
    parts, demo = _parts(request)
    phone = form.text("phone")
    before, target = find_desk(request), _target(parts, demo, form.text("to"), phone)
    demo.move_to(min(target, demo.ends))
    back = f"/demo?phone={phone}" if phone else "/demo"
    # By the moved clock their sign-in may have been idle for days.
    who = before.sign_in.person.name if before else None
    known = next((one for one in demo.people if one.name == who), None)
    return (known and _let_in(request, known, back)) or go(request, back)


@router.post("/sign-in")
def sign_in(request: Request, form: OpenForm) -> Response:
    """Sign somebody of the demo's staff in, by the password that the page shows."""
    _, demo = _parts(request)
    email = form.text("email")
    person = _person(demo, lambda one: one.email == email)
    # Whoever set a password of their own meanwhile signs in as on any desk.
    return _let_in(request, person, form.text("next") or "/today") or go(request, BY_PASSWORD)


def _parts(request: Request) -> tuple[WebParts, DemoParts]:
    parts: WebParts = request.app.state.parts
    if parts.demo is None:
        raise NotFound("page", "")
    return parts, parts.demo


def _chosen(every: tuple[Phone, ...], patient_id: str) -> Phone:
    """The phone of a patient. Raises NotFound."""
    found = _phone_of(every, patient_id)
    if found is None:
        raise NotFound("phone", patient_id)
    return found


def _phone_of(every: tuple[Phone, ...], patient_id: str) -> Phone | None:
    """The phone of a patient; None for one who was merged meanwhile."""
    return next((one for one in every if patient_id in one.patient_ids), None)


def _person(demo: DemoParts, fits: Callable[[DemoPerson], bool]) -> DemoPerson:
    found = next((one for one in demo.people if fits(one)), None)
    if found is None:
        raise NotFound("person", "")
    return found


def _days(demo: DemoParts, shown: Screen, now: datetime) -> list[tuple[str, list[Arrived]]]:
    """Messages by their day, as a phone shows them."""
    found: dict[str, list[Arrived]] = {}
    for one in shown.arrived:
        day = day_words(local_day(one.at, demo.zone), today=local_day(now, demo.zone))
        found.setdefault(day, []).append(one)
    return list(found.items())


def _target(parts: WebParts, demo: DemoParts, to: str, patient_id: str) -> datetime:
    """Where a button moves the clock to. Raises NotFound for one that there is not."""
    now = demo.clock()
    match to:
        case "next":
            with parts.database.read(demo.clinic_id) as db:
                own = _chosen(phones(db), patient_id).patient_ids if patient_id else None
                return moments.next_try(db, own, after=now) or moments.next_try(db, after=now) or now
        case "hour":
            return now + timedelta(hours=1)
        case "morning":
            return zones.instant(local_day(now, demo.zone) + timedelta(days=1), _MORNING, demo.zone)
        case "week":
            return now + timedelta(days=7)
    raise NotFound("button", to)


def _steps(db: Db, demo: DemoParts, every: tuple[Phone, ...]) -> Steps:
    """How far they are, by what is stored."""
    phone = _phone_of(every, demo.patient_id)
    new = [one for one in sessions.sessions_of(db, demo.patient_id) if one.known_at >= demo.starts]
    standing = [one for one in new if not one.voided] or new
    session_id = standing[-1].id if standing else None
    came = screen(db, phone, now=demo.clock()).arrived if phone else ()
    first = next((one for one in came if one.session_id == session_id), None)
    return Steps(name=demo.patient_name, session_id=session_id, first=first)


def _let_in(request: Request, person: DemoPerson, going: str) -> Response | None:
    """The way on for a person who is signed in by it; None if the demo's password isn't theirs any more."""
    parts, demo = _parts(request)
    done = signing_in.sign_in(
        parts.database,
        email=person.email,
        password=demo.password,
        device=cookies.get_cookie(request, cookies.DEVICE),
        now=demo.clock(),
        clinic_id=demo.clinic_id,
    )
    return enter(request, done, going) if isinstance(done, SignedIn) else None
