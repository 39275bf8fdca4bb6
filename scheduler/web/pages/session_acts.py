"""What people do with one message of a session: skip, restore, move, send now, and stop what is about to go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from scheduler.domain.clinics import zones
from scheduler.domain.delivery.doings import Doing
from scheduler.domain.delivery.moving import Movable, days
from scheduler.domain.delivery.reminders import Kind
from scheduler.domain.errors import Invalid, NotFound, NotNow, Problem
from scheduler.domain.people.roles import Act
from scheduler.services import reminders, undoing
from scheduler.services.idempotency import Answered, Asked, once
from scheduler.services.send_now import send_now
from scheduler.services.session_page import SessionPage, first_name, session_page
from scheduler.services.timeline import Part, TimelineMessage
from scheduler.services.undoing import Was
from scheduler.storage.database import Db
from scheduler.web.pages import session, times
from scheduler.web.pages.desk import Desk, SignedIn
from scheduler.web.pages.flash import UndoLink
from scheduler.web.pages.forms import Form, PostedForm
from scheduler.web.pages.sending_hold import hold_of
from scheduler.web.pages.showing import go, part, show, wants_part
from scheduler.web.pages.timeline_rows import movable_of

router = APIRouter(prefix="/sessions/{session_id}/messages/{reminder_id}", include_in_schema=False)
_TIMES = tuple(time(hour, minute) for hour in range(24) for minute in (0, 30))


@router.post("/skip")
def skip(request: Request, desk: SignedIn, form: PostedForm, session_id: str, reminder_id: str) -> Response:
    """Leave a message out; with `whole` all of its parts."""
    try:
        reason = form.text("reason")
        with desk.writing() as (db, now):
            message, one = _chosen(session_page(db, session_id, now=now), reminder_id)
            chosen = message.parts if form.ticked("whole") else (one,)
            for each in chosen:
                _leave_out(db, desk, each, reason, now=now)
    except Invalid as error:
        return session.trouble(request, desk, session_id, f"Not skipped: {error.problems[0].message}.")
    except NotNow as error:
        return session.trouble(request, desk, session_id, f"Not skipped. {error}")
    undo = UndoLink(f"{_at(session_id, one)}/restore?{_with(chosen)}")
    return go(request, f"/sessions/{session_id}", said=f"Skipped: {_about(chosen)}.", undo=undo)


@router.post("/restore")
def restore(
    request: Request,
    desk: SignedIn,
    session_id: str,
    reminder_id: str,
    with_: Annotated[list[str] | None, Query(alias="with", max_length=20)] = None,
) -> Response:
    """Let it wait for its time again, and with it the others that were skipped at once."""
    desk.check(Act.SKIP)
    try:
        with desk.writing() as (db, now):
            page = session_page(db, session_id, now=now)
            chosen = [_chosen(page, one)[1] for one in dict.fromkeys((reminder_id, *(with_ or ())))]
            _check_left_out(chosen)
            undoing.restore(db, [one.id for one in chosen], by=desk.by, now=now)
    except NotNow as error:
        return session.trouble(request, desk, session_id, f"Not restored. {error}")
    return go(request, f"/sessions/{session_id}", said=f"Restored: {_about(chosen)}.")


@router.get("/move")
def ask_when(request: Request, desk: SignedIn, session_id: str, reminder_id: str) -> Response:
    """The days and times to choose from."""
    desk.check(Act.MOVE)
    page = session.load(desk, session_id)
    return _when(request, desk, page, _chosen(page, reminder_id)[1])


@router.post("/move")
def move(request: Request, desk: SignedIn, form: PostedForm, session_id: str, reminder_id: str) -> Response:
    """Send it at another time: `to` of a quick button, or a day and a time."""
    desk.check(Act.MOVE)
    page = session.load(desk, session_id)
    one = _chosen(page, reminder_id)[1]
    try:
        to = _read_to(form, page, one, desk.now)
        if to == one.due_at:  # a double tap: the first one's Undo still stands
            return go(request, f"/sessions/{session_id}")
        with desk.writing() as (db, now):
            reminders.move(db, one.id, to=to, by=desk.by, now=now)
            was = undoing.seal_was(db, Was(reminder_id=one.id, status=one.status, due_at=one.due_at, became=to))
    except Invalid as error:
        return _when(request, desk, page, one, form=form, problems=error.problems)
    except NotNow as error:
        return session.trouble(request, desk, session_id, f"Not moved. {error}")
    words = times.moment_words(to, desk.clinic.zone, now=desk.now)
    undo = UndoLink(f"{_at(session_id, one)}/put-back?was={was}")
    return go(request, f"/sessions/{session_id}", said=f"Moved to {words}: {one.about}.", undo=undo)


@router.post("/put-back")
def put_back(request: Request, desk: SignedIn, session_id: str, reminder_id: str, was: str) -> Response:
    """Take back a move, or stop what is about to be sent."""
    desk.check(Act.MOVE)
    one = _chosen(session.load(desk, session_id), reminder_id)[1]
    with desk.reading() as (db, _):
        before = undoing.read_was(db, was)
    if before.reminder_id != one.id:
        raise NotFound("reminder", reminder_id)
    try:
        with desk.writing() as (db, now):
            waits = undoing.put_back(db, before, by=desk.by, now=now)
    except NotNow as error:
        return session.trouble(
            request, desk, session_id, f"Not {'stopped' if before.sent_now else 'put back'}. {error}"
        )
    return go(request, f"/sessions/{session_id}", said=f"{'Put back as it was' if waits else 'Stopped'}: {one.about}.")


@router.post("/send")
def send(request: Request, desk: SignedIn, form: PostedForm, session_id: str, reminder_id: str) -> Response:
    """Let it go in ten seconds, in which it can be stopped; a double tap is one."""
    desk.check(Act.SEND_NOW)
    try:
        with desk.writing() as (db, now):
            one = _chosen(session_page(db, session_id, now=now), reminder_id)[1]
            was = _once(db, desk, form, one, lambda: _sent_now(db, desk, one, now=now), now=now)
    except NotNow as error:
        return session.trouble(request, desk, session_id, f"Not sent. {error}")
    return go(request, f"{_at(session_id, one)}/sending?was={was}")


@router.get("/sending")
def hold(request: Request, desk: SignedIn, session_id: str, reminder_id: str, was: str) -> Response:
    """What goes in a moment, with its Stop button; asked for by itself, the seconds that are left."""
    desk.check(Act.SEND_NOW)
    page = session.load(desk, session_id)
    message, one = _chosen(page, reminder_id)
    with desk.reading() as (db, _):
        before = undoing.read_was(db, was)
    held = hold_of(page, one, before, desk.now)
    if wants_part(request):
        return part(request, desk, "session_sending_part.html", page=page, one=one, hold=held, was=was)
    return show(
        request,
        desk,
        "session_sending.html",
        page=page,
        message=message,
        one=one,
        hold=held,
        was=was,
        first_name=first_name(page.patient.name),
    )


def _check_left_out(chosen: Iterable[Part]) -> None:
    """Nothing, if all may be restored. Raises NotNow: what planning or a stop ended is not wanted any more."""
    if any(Doing.RESTORE not in one.doings for one in chosen):
        message = "Staff did not leave this out, or its time is over."
        raise NotNow(message)


def _once(db: Db, desk: Desk, form: Form, one: Part, work: Callable[[], str], *, now: datetime) -> str:
    """What the work gives, done once however often the form is sent."""
    if form.key is None:
        return work()
    asked = Asked(route=f"desk send {one.id}", key=form.key, body=desk.by.encode())
    return once(db, asked, lambda: Answered(status=303, body=work()), now=now).body


def _sent_now(db: Db, desk: Desk, one: Part, *, now: datetime) -> str:
    return undoing.seal_was(db, send_now(db, one.id, by=desk.by, now=now))


def _leave_out(db: Db, desk: Desk, one: Part, reason: str, *, now: datetime) -> None:
    """A safety text is cancelled, by those who may; any other is skipped."""
    if one.kind is not Kind.SAFETY:
        desk.check(Act.SKIP)
        reminders.skip(db, one.id, reason=reason, by=desk.by, now=now)
        return
    desk.check(Act.SKIP_SAFETY)
    if reminders.cancel(db, one.id, reason=reason, by=desk.by, now=now) != "cancelled":
        message = "It is on its way and can't be called back."
        raise NotNow(message)


def _read_to(form: Form, page: SessionPage, one: Part, now: datetime) -> datetime:
    """The moment that was chosen. Raises Invalid."""
    movable = movable_of(page, one)
    if to := form.text("to"):
        return _checked(movable, _read_instant(to), now, field="day")
    offered_days = {day.isoformat(): day for day in days(movable, now)}
    offered_times = {at.isoformat("minutes"): at for at in _TIMES}
    day, at = offered_days.get(form.text("day")), offered_times.get(form.text("time"))
    missing = [name for name, value in (("day", day), ("time", at)) if value is None]
    if day is None or at is None:
        raise Invalid(*(Problem(name, f"choose a {name}") for name in missing))
    return _checked(movable, zones.instant(day, at, movable.clinic.zone), now, field="time")


def _read_instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Invalid.of("day", "choose a day and a time")
    return at


def _checked(movable: Movable, chosen: datetime, now: datetime, *, field: str) -> datetime:
    if not movable.fits(chosen, now):
        raise Invalid.of(field, _does_not_fit(movable, chosen, now))
    return chosen


def _does_not_fit(movable: Movable, chosen: datetime, now: datetime) -> str:
    zone = movable.clinic.zone
    if chosen <= now:
        return "that time is over; choose a later one"
    if chosen >= movable.useful_until:
        return (
            f"it is of no use from {times.moment_words(movable.useful_until, zone, now=now)} on; choose an earlier time"
        )
    goes = movable.goes(chosen)
    hint = f"; the next is {times.moment_words(goes, zone, now=now)}" if goes else ""
    return f"at that hour no message of this kind goes out{hint}"


def _when(
    request: Request,
    desk: Desk,
    page: SessionPage,
    one: Part,
    *,
    form: Form | None = None,
    problems: Iterable[Problem] = (),
) -> Response:
    movable = movable_of(page, one)
    return show(
        request,
        desk,
        "session_move.html",
        form=form,
        problems=problems,
        page=page,
        one=one,
        first_name=first_name(page.patient.name),
        days=[(day.isoformat(), times.day_words(day)) for day in days(movable, desk.now)],
        clock_times=[(at.isoformat("minutes"), times.clock_words(_on_any_day(at), "UTC")) for at in _TIMES],
        address=f"{_at(page.session.id, one)}/move",
    )


def _on_any_day(at: time) -> datetime:
    return datetime.combine(date(2000, 1, 1), at, UTC)


def _chosen(page: SessionPage, reminder_id: str) -> tuple[TimelineMessage, Part]:
    """The message of the page that has this reminder, and its part. Raises NotFound."""
    for message in page.messages:
        for one in message.parts:
            if one.id == reminder_id:
                return message, one
    raise NotFound("reminder", reminder_id)


def _at(session_id: str, one: Part) -> str:
    return f"/sessions/{session_id}/messages/{one.id}"


def _with(chosen: Sequence[Part]) -> str:
    return "&".join(f"with={one.id}" for one in chosen)


def _about(chosen: Sequence[Part]) -> str:
    return " and ".join(one.about for one in chosen)
