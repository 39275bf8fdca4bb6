"""The messages of a session as rows of its page: words, marks, and the buttons that this person gets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.domain.delivery.doings import Doing
from scheduler.domain.delivery.failures import Remedy
from scheduler.domain.delivery.moving import Movable, Offer, offers
from scheduler.domain.delivery.reminders import OPEN, Kind, Status
from scheduler.domain.delivery.state_words import Shape, State, Told, Tone, state_of, told
from scheduler.domain.people.patients import Channel
from scheduler.domain.people.roles import Act, Role, may, refusal
from scheduler.services.session_page import SessionPage
from scheduler.services.timeline import Part, TimelineMessage
from scheduler.web.pages import times

SKIP_REASONS = ("Told in person", "The patient asked", "Not needed", "It is wrong")
"""Why a message is left out, a tap each."""
_CHANNELS = {Channel.SMS: "Text", Channel.EMAIL: "Email"}
_MARKS = {Shape.PAUSED: "held", Shape.OPEN: ""}
"""The class of the mark where it isn't the shape's own name."""
_OFFERS = {Offer.LATER_TODAY: "Later today", Offer.TOMORROW: "Tomorrow"}
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    """One reminder of a message, with its buttons."""

    part: Part
    may_skip: bool
    may_restore: bool
    may_move: bool
    may_send: bool
    refused: str
    """What this person may not do, and whom to ask; empty where there is nothing of the kind."""
    moves: tuple[tuple[str, datetime], ...]
    """Words and time of each quick move."""
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A message of the timeline."""

    message: TimelineMessage
    state: State
    tag: str
    mark: str
    is_next: bool
    way: str
    """`Text to the number ending 0321`."""
    told: Told | None
    fix: bool
    """Whether the advice points at the patient's page."""
    contact: bool
    """And there at the numbers and addresses."""
    parts: tuple[PartRow, ...]
    why: str
    """The question that its reasons answer."""


def rows(page: SessionPage, role: Role, now: datetime) -> tuple[Row, ...]:
    """The page's messages in order of time."""
    return tuple(_row(page, message, role, now) for message in page.messages)


def _row(page: SessionPage, message: TimelineMessage, role: Role, now: datetime) -> Row:
    state = state_of(message.status, message.status_reason)
    is_next = message.id == page.next_id
    why = told(
        message.status,
        message.status_reason,
        late=message.status_at - message.due_at,
        until=times.moment_words(message.next_at, page.clinic.zone, now=now),
        note=message.note,
    )
    return Row(
        message=message,
        state=state,
        tag=_tag(message, state, now) if is_next else _by(message, state),
        mark="now" if is_next and state.shape is Shape.OPEN else _MARKS.get(state.shape, state.shape.value),
        is_next=is_next,
        way=_way(message),
        told=why,
        fix=why is not None and not {Remedy.FIX_CONTACT, Remedy.OPEN_PATIENT}.isdisjoint(why.remedies),
        contact=why is not None and Remedy.FIX_CONTACT in why.remedies,
        parts=tuple(_part(page, part, role, now) for part in message.parts),
        why=_question(message),
    )


def _tag(message: TimelineMessage, state: State, now: datetime) -> str:
    """What stands at the message that goes next."""
    if message.status is not Status.SCHEDULED or state.tone is Tone.WAITING:
        return state.label
    return f"Next, {times.ago_words(message.due_at, now)}" if message.due_at - now >= _MINUTE else "Next, now"


def _by(message: TimelineMessage, state: State) -> str:
    by_hand = message.status in {Status.SKIPPED, Status.CANCELLED} and message.status_reason == "person"
    return f"{state.label} by {message.touched_by}" if by_hand and message.touched_by else state.label


def _way(message: TimelineMessage) -> str:
    words = _CHANNELS[message.channel]
    if message.to is None:
        return words
    return (
        f"{words} to {message.to}" if message.channel is Channel.EMAIL else f"{words} to the number ending {message.to}"
    )


def _question(message: TimelineMessage) -> str:
    if message.sent_at is not None:
        return "Why was this sent?"
    return "Why is this planned?" if message.status in OPEN else "Why was this planned?"


def _part(page: SessionPage, part: Part, role: Role, now: datetime) -> PartRow:
    skip = Act.SKIP_SAFETY if part.kind is Kind.SAFETY else Act.SKIP
    movable = movable_of(page, part)
    return PartRow(
        part=part,
        may_skip=Doing.SKIP in part.doings and may(role, skip),
        may_restore=Doing.RESTORE in part.doings and may(role, Act.SKIP),
        may_move=Doing.MOVE in part.doings and may(role, Act.MOVE),
        may_send=Doing.SEND_NOW in part.doings and may(role, Act.SEND_NOW),
        refused=refusal(role, skip) if Doing.SKIP in part.doings and not may(role, skip) else "",
        moves=tuple(_moves(movable, now)) if Doing.MOVE in part.doings else (),
        address=f"/sessions/{page.session.id}/messages/{part.id}",
    )


def _moves(movable: Movable, now: datetime) -> Iterator[tuple[str, datetime]]:
    for offer, at in offers(movable, now):
        yield f"{_OFFERS[offer]}, {times.clock_words(at, movable.clinic.zone)}", at


def movable_of(page: SessionPage, part: Part) -> Movable:
    """One reminder of the page as what decides when it may go."""
    return Movable(
        clinic=page.clinic, zone=page.zone, kind=part.kind, due_at=part.due_at, useful_until=part.useful_until
    )
