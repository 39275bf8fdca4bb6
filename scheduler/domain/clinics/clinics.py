"""A clinic's own settings, with the defaults that a new clinic starts with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from scheduler.domain.clinics.hours import DEFAULT_SENDING_HOURS, WeekHours


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLines:
    """Whom a patient can call; safety texts name these."""

    phone: str
    """The clinic's own number, as patients read it."""
    out_of_hours: str
    """Who answers while the clinic is closed."""
    urgent: str
    emergency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many messages a patient gets; safety, correction and flagged rules are exempt (design 3.2)."""

    day_0: int = 2
    per_day: int = 1
    per_course: int = 9
    apart: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """What planning and the gate know of a tenant."""

    id: str
    name: str
    zone: str
    country: str
    """ISO 3166 code; numbers without a country code are read as this country's."""
    lines: ContactLines
    live: bool = False
    """False: in trial, nothing reaches patients."""
    paused: bool = False
    languages: tuple[str, ...] = ("en",)
    sending_hours: WeekHours = DEFAULT_SENDING_HOURS
    opening_hours: WeekHours | None = None
    """None: not recorded, so nothing is held back for it."""
    closed_days: frozenset[date] = frozenset()
    limits: Limits = field(default_factory=Limits)
    retention_months: int | None = None
    """So long after the last session or message a patient's data are kept; None: until somebody erases them."""
