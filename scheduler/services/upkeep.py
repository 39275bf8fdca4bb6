"""Keeping the store in order: leases that ran out, messages of no use any more, calls without an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.services.sending import doubt_overdue
from scheduler.services.signing_in import IDLE
from scheduler.services.wrong_passwords import WAIT
from scheduler.storage import claims, devices, heartbeats, holds, idempotency, sign_in_tries, sign_ins
from scheduler.storage.database import Db

ANSWERS_KEPT = timedelta(hours=24)
NODES_KEPT = timedelta(days=7)
DEVICES_KEPT = timedelta(days=180)
"""So long after the last password on a device it is known, and its browser keeps the secret."""
_MOST_AT_ONCE = 5000
"""Rows ended in one transaction: enough to clear an outage in seconds, few enough not to hold others up."""


@dataclass(frozen=True, slots=True)
class Mended:
    """How many of each were put in order."""

    released: int
    expired: int
    doubted: int


def mend(db: Db, *, now: datetime) -> Mended:
    """Give back claims past their lease, expire what is of no use, put unanswered calls in doubt."""
    return Mended(
        released=claims.release_leases(db, now) + holds.release_unpaused(db, now),
        expired=claims.expire(db, now, limit=_MOST_AT_ONCE),
        doubted=doubt_overdue(db, now=now),
    )


def forget(db: Db, *, now: datetime) -> None:
    """Drop answers no longer kept for repeats, nodes that are long gone, sign-ins that ended, tries of a while ago."""
    idempotency.forget_answers(db, now - ANSWERS_KEPT)
    heartbeats.forget_beats(db, now - NODES_KEPT)
    sign_ins.forget_ended(db, now=now, idle=IDLE)
    sign_in_tries.forget_old_tries(db, within=WAIT, now=now)
    devices.forget_unused(db, before=now - DEVICES_KEPT)
