"""Pages and parts of pages as answers: templates, what every page of the desk has, headers, and the way on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from starlette.responses import HTMLResponse, RedirectResponse, Response

from scheduler.domain.errors import Problem
from scheduler.domain.people.roles import Act, Role
from scheduler.web.demo_parts import DemoParts
from scheduler.web.pages import cookies, times
from scheduler.web.pages.desk import Desk, desk_of
from scheduler.web.pages.flash import Flash, UndoLink, keep_flash, read_flash
from scheduler.web.pages.forms import Form, Forms
from scheduler.web.pages.kept_forms import has_kept, page_of, read_kept, safe_page, stamp, stamped
from scheduler.web.pages.static_files import static_address

_SEE_OTHER = 303
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "same-origin",  # with none at all, browsers send no origin with a form either
    "Cross-Origin-Opener-Policy": "same-origin",
}
_KEPT = "You were signed out. What you typed is still here: check it, and save it."
_TOO_BIG = "You were signed out, and what you typed was too long to keep."


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the main navigation."""

    words: str
    address: str


PLACES = (
    Place("Today", "/today"),
    Place("Register", "/register"),
    Place("Patients", "/patients"),
    Place("Outbox", "/outbox"),
)
_ROLES: Mapping[Role, str] = {role: role.value.replace("_", " ") for role in Role}


def show(
    request: Request,
    desk: Desk,
    template: str,
    *,
    status: int = 200,
    form: Form | None = None,
    problems: Iterable[Problem] = (),
    **context: object,
) -> HTMLResponse:
    """A whole page of the desk.

    With `form` and `problems` it is the page that says what is wrong, as it was typed; its status is then 422. A form
    that was kept over a sign-in is shown by the page on which it stood, without any work of that page.
    """
    wrong = tuple(problems)
    kept = read_kept(request, keys=desk.keys, clinic_id=desk.clinic.id) if form is None else None
    back = form or (kept if kept and kept.fields else None)
    flash = read_flash(request, keys=desk.keys, sign_in_id=desk.sign_in.id)
    if kept is not None and flash is None:
        flash = Flash(said=_KEPT if kept.fields else _TOO_BIG)
    page = _frame(request, desk, Forms(back=back, problems=wrong)) | {
        "flash": flash,
        "places": PLACES,
        "current": _current(request),
        "person": desk.sign_in.person,
        "role": _ROLES[desk.sign_in.person.role],
        "demo_time": demo_time(request),
    }
    answer = HTMLResponse(render(template, page | context), 422 if wrong else status, headers=HEADERS)
    if flash is not None:
        cookies.drop_cookie(answer, request, cookies.FLASH)
    if kept is not None:
        cookies.drop_cookie(answer, request, cookies.KEPT)
    return answer


def part(request: Request, desk: Desk, template: str, *, status: int = 200, **context: object) -> HTMLResponse:
    """A piece of a page, for a request of htmx; `said` in the context is spoken by the page's status region."""
    return HTMLResponse(render(template, _frame(request, desk, Forms()) | context), status, headers=HEADERS)


def show_open(
    request: Request,
    template: str,
    *,
    status: int = 200,
    form: Form | None = None,
    problems: Iterable[Problem] = (),
    **context: object,
) -> HTMLResponse:
    """A whole page that needs no sign-in; `kept` says whether a form waits for one."""
    wrong = tuple(problems)
    page = {
        "forms": Forms(back=form, problems=wrong),
        "csrf": "",
        "stamp": "",
        "kept": has_kept(request),
        "demo_time": demo_time(request),
    }
    return HTMLResponse(render(template, page | context), 422 if wrong else status, headers=HEADERS)


def wants_part(request: Request) -> bool:
    """Whether htmx asks for a piece of the page rather than for all of it."""
    return request.headers.get("hx-request") == "true" and request.headers.get("hx-request-type") != "full"


def go(request: Request, address: str, *, said: str | None = None, undo: UndoLink | None = None) -> Response:
    """The way to another page after something was done; with `said` that page says it once, beside its undo."""
    if request.headers.get("hx-request"):
        answer = Response(status_code=204, headers={"HX-Redirect": address})
    else:
        answer = RedirectResponse(address, _SEE_OTHER)
    desk = desk_of(request)
    if said is not None and desk is not None:
        keep_flash(answer, request, Flash(said=said, undo=undo), keys=desk.keys, sign_in_id=desk.sign_in.id)
    return answer


def kept_form(request: Request, desk: Desk) -> Form | None:
    """The form that was kept for this page, for a page that must know what was typed before it can be shown."""
    kept = read_kept(request, keys=desk.keys, clinic_id=desk.clinic.id)
    return kept if kept and kept.fields else None


def render(template: str, context: Mapping[str, object]) -> str:
    """A template of this package, filled in; a name that it uses and doesn't get is an error."""
    return TEMPLATES.get_template(template).render(context)


def demo_time(request: Request) -> str | None:
    """What the demo's movable clock shows, for its bar on every page; None everywhere else."""
    demo: DemoParts | None = request.app.state.parts.demo
    return times.moment_words(demo.clock(), demo.zone) if demo else None


def _frame(request: Request, desk: Desk, forms: Forms) -> dict[str, object]:
    """What pages and their parts have in common."""
    return {
        "clinic": desk.clinic,
        "zone": desk.clinic.zone,
        "now": desk.now,
        "may": desk.may,
        "forms": forms,
        "csrf": desk.sign_in.csrf,
        "stamp": stamp(desk.keys, desk.clinic.id, _standing_on(request, desk, forms)),
    }


def _standing_on(request: Request, desk: Desk, forms: Forms) -> str:
    """The page on which the forms stand: not a part's own address, nor that of a form that comes back with errors."""
    if forms.back is not None and (made_here := stamped(desk.keys, forms.back)):
        return made_here[1]
    if wants_part(request):
        parts = urlsplit(request.headers.get("hx-current-url", ""))
        return safe_page(f"{parts.path}?{parts.query}" if parts.query else parts.path)
    return page_of(request)


def _current(request: Request) -> str:
    path = request.url.path
    return next((place.address for place in PLACES if f"{path}/".startswith(f"{place.address}/")), "")


@pass_context
def _clock(context: Context, at: datetime) -> str:
    return times.clock_words(at, context["zone"])


@pass_context
def _moment(context: Context, at: datetime) -> str:
    return times.moment_words(at, context["zone"], now=context["now"])


@pass_context
def _day(context: Context, at: Any) -> str:  # noqa: ANN401  a date, or the moment whose day it is
    zone = context["zone"]
    day = times.local_day(at, zone) if isinstance(at, datetime) else at
    return times.day_words(day, today=times.local_day(context["now"], zone))


@pass_context
def _ago(context: Context, at: datetime) -> str:
    return times.ago_words(at, context["now"])


def _sentence(words: str) -> str:
    """The words of an error as a sentence, the same in the summary and at the field."""
    ended = words if words.endswith((".", "?", "!")) else f"{words}."
    return ended[:1].upper() + ended[1:]


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("scheduler.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {
        "clock": _clock,
        "moment": _moment,
        "day": _day,
        "ago": _ago,
        "zone": times.zone_words,
        "sentence": _sentence,
    }
    made.globals |= {"static": static_address, "new_key": lambda: str(uuid4()), "Act": Act}
    return made


TEMPLATES = _environment()
