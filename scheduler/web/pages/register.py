"""Registering a session: one page without a wizard, the second look where something may be a slip, and the undo."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from scheduler.domain.care.fact_words import facts_line
from scheduler.domain.care.sessions import read_facts
from scheduler.domain.errors import Invalid, NotNow, Problem
from scheduler.domain.people.consent import AT_DESK, WORDINGS
from scheduler.domain.people.roles import Act
from scheduler.services import at_desk
from scheduler.services.at_desk import Doubted, Saved, Sheet, UsedKey
from scheduler.services.consequence import Consequence, consequence
from scheduler.services.contact_points import example_mobile
from scheduler.services.registering import Given
from scheduler.storage.database import Db
from scheduler.web.pages.desk import Desk, SignedIn
from scheduler.web.pages.ended_field import twice_words
from scheduler.web.pages.fact_fields import fact_fields
from scheduler.web.pages.flash import UndoLink
from scheduler.web.pages.forms import KEY, Form, PostedForm
from scheduler.web.pages.register_form import (
    ADDRESS,
    Standing,
    asks_consent,
    at_fields,
    changed,
    content,
    kept_fields,
    looks_for,
    pressed,
    read_given,
    stand,
    with_fields,
    with_last_settings,
)
from scheduler.web.pages.register_words import (
    UNCLEAR,
    Sentence,
    ahead_lines,
    doubt_words,
    language_words,
    missing_words,
    save_words,
    saved_words,
    texts_words,
    undone_words,
)
from scheduler.web.pages.showing import go, kept_form, show
from scheduler.web.pages.times import clock_words

router = APIRouter(include_in_schema=False)
_FOCUS = {"choose": "found", "use": "treatment", "new": "name", "old": "q"}
"""Where the focus goes after a button that changes the page."""
_USED = "This form was saved before, with other details in it. Check it: saving now registers one more session."
_LONGEST_KEY = 100


@router.get(ADDRESS)
def show_register(request: Request, desk: SignedIn, patient: str = "") -> Response:
    """The empty form; with a patient's id, theirs."""
    desk.check(Act.REGISTER)
    kept = kept_form(request, desk)
    if kept is not None:
        return _page(request, desk, kept, is_kept=True)
    chosen = (("patient", patient), ("patient_q", "")) if patient else ()
    return _page(request, desk, Form(fields=chosen, action=ADDRESS), focus="found" if patient else "q")


@router.post(ADDRESS)
def post_register(request: Request, desk: SignedIn, form: PostedForm) -> Response:
    """Save, or the page with what another button changed; a change by itself only shows what saving would do."""
    desk.check(Act.REGISTER)
    act, about = pressed(form)
    if act == "save":
        return _save(request, desk, form)
    focus = _FOCUS.get(act, "found" if act == "show" and looks_for(form) else "")
    return _page(request, desk, changed(form, act, about), use_last=act == "use", focus=focus)


@router.post(f"{ADDRESS}/undo/{{session_id}}")
def undo_registering(request: Request, desk: SignedIn, session_id: str) -> Response:
    """Void what was just registered; its page shows what had gone by then."""
    desk.check(Act.REGISTER)
    try:
        with desk.writing() as (db, now):
            said = undone_words(at_desk.undo(db, session_id, by=desk.by, now=now))
    except NotNow as error:
        said = str(error)
    return go(request, f"/sessions/{session_id}", said=said)


def _save(request: Request, desk: Desk, form: Form) -> Response:
    try:
        key = form.text(KEY, longest=_LONGEST_KEY)
        if not (key and key.isascii() and key.isprintable()):
            return _page(request, desk, with_fields(form, {KEY: ()}), notice=_USED)
        with desk.writing() as (db, now):
            standing = stand(db, form, clinic=desk.clinic, now=now)
            given = read_given(standing, desk.clinic, now, to_save=True)
            sheet = Sheet(key=key, content=content(form), given=given, seen=frozenset(form.as_typed("seen")))
            done = at_desk.save(db, sheet, flags=desk.parts.catalog.flags, by=desk.by, now=now)
    except Invalid as error:
        return _page(request, desk, form, problems=at_fields(error.problems))
    match done:
        case Saved():
            undo = None if done.known else UndoLink(f"{ADDRESS}/undo/{done.session_id}")
            said = saved_words(done, zone=desk.clinic.zone, now=now)
            return go(request, f"/sessions/{done.session_id}", said=said, undo=undo)
        case Doubted():
            return _second_look(request, desk, standing, done, given)
        case UsedKey():
            return _page(request, desk, with_fields(form, {KEY: ()}), notice=_USED)


def _second_look(request: Request, desk: Desk, standing: Standing, doubted: Doubted, given: Given) -> Response:
    name, version = _first_name(standing), standing.version
    told = [(doubt, doubt_words(doubt, name, now=desk.now, zone=desk.clinic.zone)) for doubt in doubted.doubts]
    return show(
        request,
        desk,
        "register_check.html",
        form=standing.form,
        told=told,
        kept=kept_fields(standing.form),
        name=standing.who.card.name if standing.who.card else " ".join(standing.form.as_typed("name")),
        title=version.protocol.title if version else "",
        facts=facts_line(version.protocol, read_facts(version.protocol, given.facts)) if version else "",
        ended_at=given.ended_at,
    )


def _page(
    request: Request,
    desk: Desk,
    form: Form,
    *,
    problems: Iterable[Problem] = (),
    use_last: bool = False,
    is_kept: bool = False,
    focus: str = "",
    notice: str = "",
) -> Response:
    """The form as it stands, with what saving it would do; a form that was kept over a sign-in says so by itself."""
    with desk.reading() as (db, now):
        standing = stand(db, form, clinic=desk.clinic, now=now)
        if use_last:
            standing = with_last_settings(standing)
        found, missing = _ahead(db, desk, standing, now)
    desk.saw(standing.who.listed)
    wrong = tuple(problems)
    return show(
        request,
        desk,
        "register.html",
        form=None if is_kept else standing.form,
        problems=wrong,
        **_shown(desk, standing, now),
        found=found,
        lines=_lines(desk, standing, found, missing, now),
        save=save_words(found),
        focus="" if wrong else focus,
        notice=notice,
    )


def _ahead(db: Db, desk: Desk, standing: Standing, now: datetime) -> tuple[Consequence | None, tuple[str, ...]]:
    """What saving would do; where it can't be said yet, what is still to be filled in."""
    try:
        given = read_given(standing, desk.clinic, now)
        return consequence(db, given, flags=desk.parts.catalog.flags, now=now), ()
    except Invalid as error:
        return None, tuple(problem.message for problem in error.problems)


def _lines(
    desk: Desk, standing: Standing, found: Consequence | None, missing: tuple[str, ...], now: datetime
) -> list[Sentence]:
    twice = twice_words(standing.form, zone=desk.clinic.zone)
    told = [Sentence(twice, "warn")] if twice else []
    if found is None:
        return [Sentence(missing_words(missing)), *told]
    return [*ahead_lines(found, _first_name(standing), zone=desk.clinic.zone, now=now), *told]


def _shown(desk: Desk, standing: Standing, now: datetime) -> dict[str, Any]:
    """What the form's own fields are made of."""
    who, zone, version = standing.who, desk.clinic.zone, standing.version
    return {
        "who": who,
        "unclear": UNCLEAR[who.unclear] if who.unclear else "",
        "asks_consent": who.card is not None and asks_consent(who.card),
        "texts": lambda card: texts_words(card, zone),
        "flag_words": [desk.parts.catalog.flags[flag].label for flag in who.card.flags] if who.card else [],
        "wording": WORDINGS[AT_DESK],
        "by": desk.by,
        "example": example_mobile(desk.clinic.country),
        "treatments": [(one.protocol.procedure, one.protocol.title) for one in standing.versions],
        "facts": fact_fields(version.protocol, standing.form) if version else (),
        "now_shown": now.isoformat(),
        "ends": [("now", f"Just now, {clock_words(now, zone)}"), ("earlier", "Earlier")],
        "languages": desk.clinic.languages,
        "language_choices": [(code, language_words(code)) for code in desk.clinic.languages],
        "language": language_words,
    }


def _first_name(standing: Standing) -> str:
    if standing.who.card is not None:
        return standing.who.card.first_name
    return next(iter(" ".join(standing.form.as_typed("name")).split()), "The patient")
