"""The last look before a message goes: may it, now, and to where? Pure; whoever asks carries out the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.clinics.openings import first_allowed
from scheduler.domain.delivery.reminders import Kind, Status
from scheduler.domain.people.patients import Channel, ContactPoint, Patient
from scheduler.domain.people.reach import NoReach, first_reach


class Because(StrEnum):
    """Why the gate did not let a message go."""

    VOIDED = "voided"
    ERASED = "erased"
    STOPPED = "stopped"
    NO_CONSENT = "no_consent"
    NO_CONTACT = "no_contact"
    LANDLINE = "landline"
    CLINIC_PAUSED = "clinic_paused"
    PATIENT_PAUSED = "patient_paused"
    NOT_USEFUL = "not_useful"
    OUTSIDE_HOURS = "outside_hours"
    FORBIDDEN = "forbidden"
    """It would permit what a session of the patient still forbids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A claimed reminder with all that decides whether it may go."""

    kind: Kind
    channels: tuple[Channel, ...]
    useful_until: datetime
    voided: bool
    patient: Patient
    clinic: Clinic
    forbidden_until: datetime | None = None
    """For a text that permits: until when any session of the patient still forbids one of its topics."""

    @property
    def zone(self) -> str:
        """The patient's wall clock."""
        return self.patient.zone or self.clinic.zone


@dataclass(frozen=True, slots=True)
class Go:
    """It may go, to this contact point."""

    channel: Channel
    contact: ContactPoint


@dataclass(frozen=True, slots=True)
class Stay:
    """It does not go now: what the reminder becomes, and why."""

    status: Status
    because: Because
    next_at: datetime | None = None
    """When to ask again, for one that goes back to `scheduled`."""


_REFUSED = {
    NoReach.STOPPED: Stay(Status.CANCELLED, Because.STOPPED),
    NoReach.NO_CONSENT: Stay(Status.CANCELLED, Because.NO_CONSENT),
}
_UNREACHED = {
    NoReach.NO_CONTACT: Stay(Status.FAILED, Because.NO_CONTACT),
    NoReach.LANDLINE: Stay(Status.FAILED, Because.LANDLINE),
}


def judge(standing: Standing, now: datetime) -> Go | Stay:
    """Whether the message may go now; the first "no" of design 4.3 counts."""
    if standing.voided:
        return Stay(Status.CANCELLED, Because.VOIDED)
    if standing.patient.erased:
        return Stay(Status.CANCELLED, Because.ERASED)
    purpose = standing.kind.purpose
    found = first_reach(standing.patient, standing.channels, purpose)
    if found in _REFUSED:
        return _REFUSED[found]
    if standing.clinic.paused:
        return Stay(Status.HELD, Because.CLINIC_PAUSED)
    if standing.patient.paused:
        return Stay(Status.HELD, Because.PATIENT_PAUSED)
    untimely = _in_time(standing, now) or _permitted(standing, now)
    if untimely is not None:
        return untimely
    return _UNREACHED[found] if isinstance(found, NoReach) else Go(*found)


def _in_time(standing: Standing, now: datetime) -> Stay | None:
    if now >= standing.useful_until:
        return Stay(Status.EXPIRED, Because.NOT_USEFUL)
    staffed = standing.kind.keeps_opening_hours
    opening = first_allowed(standing.clinic, now, zone=standing.zone, staffed=staffed)
    if opening == now:
        return None
    if opening is None or opening >= standing.useful_until:
        return Stay(Status.EXPIRED, Because.OUTSIDE_HOURS)
    return Stay(Status.SCHEDULED, Because.OUTSIDE_HOURS, opening)


def _permitted(standing: Standing, now: datetime) -> Stay | None:
    """A text that permits waits for the end of what still forbids it, and is cancelled if that is too late."""
    until = standing.forbidden_until
    if until is None or until <= now:
        return None
    opening = first_allowed(standing.clinic, until, zone=standing.zone, staffed=False)
    if opening is None or opening >= standing.useful_until:
        return Stay(Status.CANCELLED, Because.FORBIDDEN)
    return Stay(Status.SCHEDULED, Because.FORBIDDEN, opening)
