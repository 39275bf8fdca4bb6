"""What the demo's own pages are built from, handed in by the composition root; a real service has none of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from scheduler.domain.people.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPerson:
    """Somebody of the demo's staff, with what lets them in: shown on its page."""

    name: str
    role: Role
    email: str
    pin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoParts:
    """The demo's clinic, its people, and its clock that can be moved."""

    clinic_id: str
    zone: str
    clock: Callable[[], datetime]
    move_to: Callable[[datetime], None]
    """Lets all happen that is due up to a moment, each at its own time."""
    starts: datetime
    """What happened before was there when the demo began."""
    ends: datetime
    """As far as the clock can be moved."""
    people: tuple[DemoPerson, ...]
    password: str = field(repr=False)
    """Of all of them."""
    patient_id: str
    """Who comes again while somebody tries the demo."""
    patient_name: str
    """Their first name."""
    as_text: Callable[[str], str]
    """An email's words without its markup."""
