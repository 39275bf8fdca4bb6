"""What the page says while a message is about to be sent by hand: the seconds left, and what speaks against it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import ceil

from scheduler.domain.delivery.reminders import OPEN, Status
from scheduler.services.session_page import SessionPage
from scheduler.services.timeline import Part
from scheduler.services.undoing import Was
from scheduler.web.pages import times
from scheduler.web.pages.timeline_rows import movable_of

_WENT = frozenset({Status.SENT, Status.DELIVERED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """How it stands."""

    seconds: int
    """0 once it may go at any moment."""
    can_stop: bool
    said: str
    """What stands in the place of the seconds when they are over."""
    warnings: tuple[str, ...]


def hold_of(page: SessionPage, one: Part, was: Was, now: datetime) -> Hold:
    """Of a message that somebody sent now."""
    still = one.status in OPEN and one.due_at == was.became
    return Hold(
        seconds=max(ceil((was.became - now).total_seconds()), 0) if still else 0,
        can_stop=still,
        said=_said(page, one, now) if still else _over(one),
        warnings=tuple(_warnings(page, one, was, now)) if still else (),
    )


def _said(page: SessionPage, one: Part, now: datetime) -> str:
    waits = _waits(page, one, now)
    return f"It waits until {waits}." if waits else "It goes now."


def _waits(page: SessionPage, one: Part, now: datetime) -> str:
    """Until when it waits for hours, in words; empty where it goes at once."""
    goes = movable_of(page, one).goes(one.due_at)
    return times.moment_words(goes, page.clinic.zone, now=now) if goes is not None and goes != one.due_at else ""


def _over(one: Part) -> str:
    if one.status in _WENT:
        return "It was sent."
    return "It was stopped or changed." if one.status in OPEN or one.status is Status.SKIPPED else "It is on its way."


def _warnings(page: SessionPage, one: Part, was: Was, now: datetime) -> list[str]:
    found = []
    if waits := _waits(page, one, now):
        found.append(f"No message of this kind goes out at this hour, so it waits until {waits}.")
    before = [other.about for other in page.messages if other.is_open and other.at < was.due_at and other.id != one.id]
    if before:
        found.append(f"It goes before {before[0]}, which was to go first. That may be right: you decide.")
    return found
