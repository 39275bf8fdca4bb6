"""When a message may go: inside the sending hours, and where it must be, while somebody answers the phone."""

from __future__ import annotations

from datetime import datetime

from scheduler.domain.clinics import zones
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.clinics.hours import next_open

_MOST_SHIFTS = 60


def first_allowed(clinic: Clinic, at: datetime, *, zone: str, staffed: bool) -> datetime | None:
    """The first instant at or after `at` when a message may go; None if there is none soon.

    Sending hours are the patient's wall clock, `zone`. Opening hours and closed days, kept to where the message
    asks for a call (`staffed`), are the clinic's.
    """
    for _ in range(_MOST_SHIFTS):
        allowed = next_open(clinic.sending_hours, at, zone)
        if allowed is None:
            return None
        answered = _first_answered(allowed, clinic) if staffed else allowed
        if answered is None or answered == allowed:
            return answered
        at = answered
    return None


def _first_answered(at: datetime, clinic: Clinic) -> datetime | None:
    for _ in range(_MOST_SHIFTS):
        opening = at if clinic.opening_hours is None else next_open(clinic.opening_hours, at, clinic.zone)
        if opening is None:
            return None
        day = zones.local(opening, clinic.zone).date()
        if day not in clinic.closed_days:
            return opening
        at = zones.midnight_after(day, clinic.zone)
    return None
