"""What people do with a patient: details, numbers and addresses, flags, and the pause."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from scheduler.domain.errors import Invalid, NotNow, Problem
from scheduler.domain.people.names import listed_name
from scheduler.domain.people.pauses import PauseReason
from scheduler.domain.people.roles import Act
from scheduler.services import patient_details, pausing
from scheduler.services.patient_changes import open_patient
from scheduler.services.patient_details import PatientChange
from scheduler.services.patient_page import PatientPage
from scheduler.services.session_page import first_name
from scheduler.web.pages import patient
from scheduler.web.pages.desk import Desk, SignedIn
from scheduler.web.pages.flash import UndoLink
from scheduler.web.pages.forms import Form, PostedForm
from scheduler.web.pages.kept_forms import safe_page
from scheduler.web.pages.register_words import language_words
from scheduler.web.pages.showing import go, show

router = APIRouter(prefix="/patients/{patient_id}", include_in_schema=False)
_DETAILS = ("name", "language", "birth_date", "private")
_SHOWN = "was_"
"""Hidden: what the page showed in the field of the name that follows."""
_LONGEST = 500
_LONGEST_EMAIL = 254


@router.get("/details")
def ask_details(request: Request, desk: SignedIn, patient_id: str) -> Response:
    """The patient's details, to be changed."""
    desk.check(Act.CONTACT)
    return _details(request, desk, patient.load(desk, patient_id))


@router.post("/details")
def change_details(request: Request, desk: SignedIn, form: PostedForm, patient_id: str) -> Response:
    """Change them."""
    desk.check(Act.CONTACT)
    try:
        change = _read_details(form)
        with desk.writing() as (db, now):
            flags = desk.parts.catalog.flags
            patient_details.change(db, patient_id, change, flags=flags, by=desk.by, now=now)
    except Invalid as error:
        return _details(request, desk, patient.load(desk, patient_id), form=form, problems=error.problems)
    except NotNow as error:
        return patient.trouble(request, desk, patient_id, f"Not changed. {error}")
    return go(request, f"/patients/{patient_id}", said="Changed.")


@router.post("/contacts")
def add_contact(request: Request, desk: SignedIn, form: PostedForm, patient_id: str) -> Response:
    """Add a number or an address; it is the one in use then."""
    desk.check(Act.CONTACT)
    try:
        typed = form.text("contact", longest=_LONGEST_EMAIL)
        if not typed:
            raise Invalid.of("contact", "Enter a number or an email address")
        change = PatientChange(email=typed) if "@" in typed else PatientChange(phone=typed)
        return _change_contact(request, desk, patient_id, change, said="Added.")
    except Invalid as error:
        problems = [Problem("contact", problem.message) for problem in error.problems]
        return patient.shown(request, desk, patient.load(desk, patient_id), form=form, problems=problems)


@router.post("/contacts/{contact_id}/remove")
def remove_contact(request: Request, desk: SignedIn, patient_id: str, contact_id: str) -> Response:
    """Take a number or an address away."""
    desk.check(Act.CONTACT)
    if all(contact.point.id != contact_id for contact in patient.load(desk, patient_id).contacts):
        return patient.trouble(request, desk, patient_id, "It was removed already.")
    return _change_contact(request, desk, patient_id, PatientChange(removed=(contact_id,)), said="Removed.")


@router.get("/flags")
def ask_flags(request: Request, desk: SignedIn, patient_id: str) -> Response:
    """The flags that a clinician may record."""
    desk.check(Act.FLAG)
    return _flags(request, desk, patient.load(desk, patient_id))


@router.post("/flags")
def change_flags(request: Request, desk: SignedIn, form: PostedForm, patient_id: str) -> Response:
    """Record which of them are so; the plan follows."""
    desk.check(Act.FLAG)
    try:
        with desk.writing() as (db, now):
            stored = set(open_patient(db, patient_id).flags)
            change = PatientChange(flags=_read_flags(form, stored))
            flags = desk.parts.catalog.flags
            patient_details.change(db, patient_id, change, flags=flags, by=desk.by, now=now)
    except Invalid as error:
        return _flags(request, desk, patient.load(desk, patient_id), form=form, problems=error.problems)
    except NotNow as error:
        return patient.trouble(request, desk, patient_id, f"Not changed. {error}")
    return go(request, f"/patients/{patient_id}", said="Flags changed. The plan follows them.")


@router.post("/pause")
def pause(request: Request, desk: SignedIn, form: PostedForm, patient_id: str) -> Response:
    """Let nothing go to the patient until somebody resumes."""
    desk.check(Act.PAUSE)
    back = _back(form, patient_id)
    try:
        reason, note = form.text("reason"), form.text("note", longest=_LONGEST, lines=True)
        if reason not in set(PauseReason):
            raise Invalid.of("reason", "choose why")
        with desk.writing() as (db, now):
            paused = pausing.pause(db, patient_id, PauseReason(reason), note, by=desk.by, now=now)
    except Invalid as error:
        return patient.shown(request, desk, patient.load(desk, patient_id), form=form, problems=error.problems)
    except NotNow as error:
        return patient.trouble(request, desk, patient_id, f"Not paused. {error}")
    undo = None
    if paused.since == now and paused.reason is not PauseReason.DEATH:
        undo = UndoLink(f"/patients/{patient_id}/resume?back={back}&only={quote(pausing.mark(paused))}")
    return go(request, back, said="Paused: nothing is sent until somebody resumes.", undo=undo)


@router.post("/resume")
def resume(
    request: Request,
    desk: SignedIn,
    form: PostedForm,
    patient_id: str,
    back: str | None = None,
    only: str | None = None,
) -> Response:
    """Let messages go on, those of use; an Undo names the pause that it takes back."""
    desk.check(Act.PAUSE)
    try:
        reason = form.text("reason", longest=_LONGEST, lines=True)
        with desk.writing() as (db, now):
            pausing.resume(db, patient_id, reason, by=desk.by, now=now, only=only)
    except Invalid as error:
        return patient.shown(request, desk, patient.load(desk, patient_id), form=form, problems=error.problems)
    except NotNow as error:
        return patient.trouble(request, desk, patient_id, f"Not resumed. {error}")
    return go(request, _back(form, patient_id, back), said="Resumed: messages go on at their times.")


def _change_contact(request: Request, desk: Desk, patient_id: str, change: PatientChange, *, said: str) -> Response:
    try:
        with desk.writing() as (db, now):
            flags = desk.parts.catalog.flags
            patient_details.change(db, patient_id, change, flags=flags, by=desk.by, now=now)
    except NotNow as error:
        return patient.trouble(request, desk, patient_id, f"Not changed. {error}")
    return go(request, f"/patients/{patient_id}", said=said)


def _read_details(form: Form) -> PatientChange:
    """What was typed over what the page showed. Raises Invalid."""
    born, typed = None, form.text("birth_date")
    if typed:
        try:
            born = date.fromisoformat(typed)
        except ValueError:
            raise Invalid.of("birth_date", "Enter the date of birth, like 1991-05-14") from None
    touched = {name for name in _DETAILS if _is_touched(form, name)}
    return PatientChange(
        name=form.text("name") if "name" in touched else None,
        language=form.text("language") or None if "language" in touched else None,
        birth_date=born if "birth_date" in touched else None,
        private=form.ticked("private") if "private" in touched else None,
        emptied=frozenset() if typed else frozenset(touched & {"birth_date"}),
    )


def _is_touched(form: Form, name: str) -> bool:
    """Whether a field is another than the page showed it: what a colleague changed meanwhile stays where it isn't."""
    shown = f"{_SHOWN}{name}"
    return not form.ticked(shown) or form.text(name) != form.exact(shown)


def _read_flags(form: Form, stored: set[str]) -> tuple[str, ...]:
    """The flags with what was ticked and unticked: what a colleague changed meanwhile stays. Raises Invalid."""
    ticked, shown = set(form.all("flags")), f"{_SHOWN}flags"
    was = set(form.exact(shown).split()) if form.ticked(shown) else stored
    return tuple(sorted(stored - (was - ticked) | (ticked - was)))


def _details(
    request: Request,
    desk: Desk,
    page: PatientPage,
    *,
    form: Form | None = None,
    problems: Iterable[Problem] = (),
) -> Response:
    return show(
        request,
        desk,
        "patient_details.html",
        form=form,
        problems=problems,
        page=page,
        first_name=first_name(page.view.name),
        listed=listed_name(page.view.name),
        languages=[(code, language_words(code)) for code in page.clinic.languages],
    )


def _flags(
    request: Request,
    desk: Desk,
    page: PatientPage,
    *,
    form: Form | None = None,
    problems: Iterable[Problem] = (),
) -> Response:
    known = desk.parts.catalog.flags.values()
    return show(
        request,
        desk,
        "patient_flags.html",
        form=form,
        problems=problems,
        page=page,
        first_name=first_name(page.view.name),
        listed=listed_name(page.view.name),
        flags=[(flag.id, flag.label) for flag in known],
        whys=[(flag.label, flag.why) for flag in known if flag.why],
    )


def _back(form: Form, patient_id: str, given: str | None = None) -> str:
    """The page of ours to go back to: a session's, or the patient's own."""
    page = safe_page(given or next(iter(form.as_typed("back")), ""))
    return page if page.startswith("/sessions/") else f"/patients/{patient_id}"
