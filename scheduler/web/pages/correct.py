"""Correcting a session: what was wrong, what that changes, and only then saving it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from fastapi import APIRouter, Request
from starlette.responses import Response

from scheduler.domain.care.sessions import TreatmentSession
from scheduler.domain.clinics import zones
from scheduler.domain.errors import Invalid, NotNow, Problem
from scheduler.domain.people.roles import Act
from scheduler.services import correcting
from scheduler.services.correcting import Correction
from scheduler.services.correction_preview import CorrectionPreview, preview_correction
from scheduler.services.session_page import SessionPage, first_name
from scheduler.web.pages import session
from scheduler.web.pages.desk import Desk, SignedIn
from scheduler.web.pages.ended_field import came_twice, read_instant
from scheduler.web.pages.fact_fields import FactField, fact_fields, posted_facts, read_fact_fields
from scheduler.web.pages.forms import Form, PostedForm
from scheduler.web.pages.showing import go, show

router = APIRouter(prefix="/sessions/{session_id}/correct", include_in_schema=False)
_FACTS, _FACT = "facts.", "fact."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What stands on the page besides the form."""

    preview: CorrectionPreview | None = None
    seen: str = ""
    """What the preview was made of: saving something else shows it anew."""
    changed_since: bool = False
    """Whether the session is another than the one that the form was made of."""
    twice: str | None = None
    """What to know of a corrected time that the clocks showed twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chips:
    """A fact's field with its choices as the form's pieces take them."""

    field: FactField
    choices: list[tuple[str, str]]
    chosen: list[str]

    @classmethod
    def of(cls, one: FactField) -> _Chips:
        """The field so."""
        return cls(
            field=one,
            choices=[(option.value, option.words) for option in one.options],
            chosen=[option.value for option in one.options if option.chosen],
        )


@router.get("")
def ask(request: Request, desk: SignedIn, session_id: str) -> Response:
    """The session's facts and time, to be corrected."""
    desk.check(Act.CORRECT)
    page = session.load(desk, session_id)
    if page.session.voided:
        return session.trouble(request, desk, session_id, "A void session can't be changed.")
    return _show(request, desk, page)


@router.post("")
def correct(request: Request, desk: SignedIn, form: PostedForm, session_id: str) -> Response:
    """What it would change; saved once that was seen."""
    desk.check(Act.CORRECT)
    page = session.load(desk, session_id)
    try:
        correction = _read(form, page)
        if form.ticked("save"):
            if _saved(desk, session_id, correction, seen=form.text("seen")):
                return go(request, f"/sessions/{session_id}", said="Changed. The plan below is the new one.")
            page = session.load(desk, session_id)
            correction = _read(form, page)
        shown = _preview(desk, page, correction, was=form.text("was"))
    except Invalid as error:
        return _show(request, desk, page, form=form, problems=_named(error.problems))
    except NotNow as error:
        return session.trouble(request, desk, session_id, f"Not changed. {error}")
    return _show(request, desk, page, form=form, shown=shown)


def _saved(desk: Desk, session_id: str, correction: Correction, *, seen: str) -> bool:
    """Whether it is saved now; not where it, or the session, is another than at the preview."""
    with desk.writing() as (db, now):
        if seen != _seen(correction, correcting.locked_session(db, session_id)):
            return False
        correcting.correct(db, session_id, correction, by=desk.by, now=now)
    return True


def _preview(desk: Desk, page: SessionPage, correction: Correction, *, was: str) -> _Shown:
    with desk.reading() as (db, now):
        preview = preview_correction(db, page.session.id, correction, now=now)
    changed_since = was not in {"", _state(page.session)}
    seen, ended = _seen(correction, page.session), correction.ended_at
    twice = _twice(ended, page.clinic.zone) if ended else None
    return _Shown(preview=preview, seen=seen, changed_since=changed_since, twice=twice)


def _twice(ended_at: datetime, zone: str) -> str | None:
    shown = zones.local(ended_at, zone)
    return came_twice(shown.date(), shown.time(), zone=zone)


def _show(
    request: Request,
    desk: Desk,
    page: SessionPage,
    *,
    form: Form | None = None,
    problems: Iterable[Problem] = (),
    shown: _Shown | None = None,
) -> Response:
    ended = zones.local(page.session.ended_at, page.clinic.zone)
    facts = posted_facts(page.protocol, page.session.facts)
    stored = Form(fields=tuple((name, value) for name, values in facts.items() for value in values))
    return show(
        request,
        desk,
        "session_correct.html",
        form=form,
        problems=problems,
        page=page,
        first_name=first_name(page.patient.name),
        fields=[_Chips.of(one) for one in fact_fields(page.protocol, form or stored)],
        day=ended.date().isoformat(),
        clock=ended.time().isoformat("minutes"),
        was=_state(page.session),
        shown=shown or _Shown(),
    )


def _read(form: Form, page: SessionPage) -> Correction:
    """What was typed. Raises Invalid with every problem, by the names of the fields."""
    facts, found = read_fact_fields(page.protocol, form)
    problems = list(found)
    ended = zones.local(page.session.ended_at, page.clinic.zone)
    day, clock = ended.date(), ended.time().replace(second=0, microsecond=0)
    try:
        day = date.fromisoformat(form.text("day"))
        clock = time.fromisoformat(form.text("time")).replace(tzinfo=None)
    except ValueError:
        problems.append(Problem("day", "Enter the day and the time at which the session ended"))
    except Invalid as error:
        problems += error.problems
    if problems:
        raise Invalid(*problems)
    same = (day, clock) == (ended.date(), ended.time().replace(second=0, microsecond=0))
    return Correction(
        facts={name: facts.get(name) for name in page.protocol.facts},
        ended_at=None if same else _instant(day, clock, page.clinic.zone),
    )


def _instant(day: date, clock: time, zone: str) -> datetime:
    try:
        return read_instant(day, clock, zone=zone, name="time")
    except OverflowError:
        raise Invalid.of("day", "Enter the day and the time at which the session ended") from None


def _seen(correction: Correction, stored: TreatmentSession) -> str:
    """The same for the same correction of the same session as it stands."""
    return _fingerprint(sorted(correction.facts.items()), correction.ended_at, _state(stored))


def _state(stored: TreatmentSession) -> str:
    """The same as long as nobody corrects the session."""
    return _fingerprint(sorted(stored.facts.items()), stored.ended_at)


def _fingerprint(*said: object) -> str:
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def _named(problems: Iterable[Problem]) -> list[Problem]:
    """Problems by the names of this form's fields."""
    return [Problem(_field(problem.field), problem.message) for problem in problems]


def _field(name: str) -> str:
    if name == "ended_at":
        return "day"
    return f"{_FACT}{name.removeprefix(_FACTS)}" if name.startswith(_FACTS) else name
