"""What a person may still do with a reminder, by where it is. Who may do it is decided by roles, not here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from scheduler.domain.delivery.reminders import OPEN, Kind, Status

HOLD = timedelta(seconds=10)
"""What is sent by hand waits so long, in which whoever sent it can still stop it."""
BY_A_PERSON = "person"
"""Why a reminder is in its status, where somebody of the clinic put it there."""
SENDABLE = frozenset(
    {Status.SCHEDULED, Status.CLAIMED, Status.FAILED, Status.EXPIRED, Status.UNKNOWN, Status.UNDELIVERED}
)
"""What a person can send at once: it waits, or it didn't arrive for all that is known."""
_LEFT_OUT = frozenset({Status.SKIPPED, Status.CANCELLED})


class Doing(StrEnum):
    """Something that a person does with one reminder."""

    SKIP = "skip"
    RESTORE = "restore"
    MOVE = "move"
    SEND_NOW = "send_now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A reminder as far as it decides what may be done with it."""

    kind: Kind
    status: Status
    status_reason: str | None
    useful_until: datetime
    voided: bool
    """Whether its session is."""


def doings(standing: Standing, now: datetime) -> frozenset[Doing]:
    """What may be done; nothing with one that a voided session had, nor with one that the patient has.

    Only what a person left out is offered again: what planning took away, or a stop did, is not wanted any more.
    """
    if standing.voided:
        return frozenset()
    if standing.useful_until <= now:
        return frozenset({Doing.SKIP}) if standing.status in OPEN else frozenset()
    found: set[Doing] = set()
    if standing.status in OPEN:
        found |= {Doing.SKIP, Doing.MOVE}
    if standing.status in SENDABLE and standing.useful_until > now + HOLD:
        found.add(Doing.SEND_NOW)
    if standing.status in _LEFT_OUT and standing.status_reason == BY_A_PERSON:
        found.add(Doing.RESTORE)
    return frozenset(found)
