"""Keeping the store in order: leases that ran out, messages of no use any more, calls without an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.domain.delivery.waits import Waits
from scheduler.services import month_money
from scheduler.services.lost_messages import raise_lost
from scheduler.services.sending import WAITS, doubt_overdue
from scheduler.services.signing_in import IDLE
from scheduler.services.wrong_passwords import WAIT
from scheduler.storage import devices, heartbeats, holds, idempotency, orphans, sign_in_tries, sign_ins, stale
from scheduler.storage.database import Db

ANSWERS_KEPT = timedelta(hours=24)
NODES_KEPT = timedelta(days=7)
ORPHANS_KEPT = timedelta(days=90)
DEVICES_KEPT = timedelta(days=180)
"""So long after the last password on a device it is known, and its browser keeps the secret."""
_MOST_AT_ONCE = 5000
"""Rows ended in one transaction: enough to clear an outage in seconds, few enough not to hold others up."""
_MOST_RAISED = 250
"""To-dos made in one transaction, each of a few statements."""


@dataclass(frozen=True, slots=True)
class Mended:
    """How many of each were put in order."""

    released: int
    expired: int
    doubted: int
    raised: int
    """Messages that staff were asked to see to."""


def mend(db: Db, *, now: datetime, waits: Waits = WAITS) -> Mended:
    """Give back old claims, expire what is of no use, put unanswered calls in doubt, and raise what is lost."""
    month_money.tell(db, now=now)
    return Mended(
        released=stale.release_leases(db, now) + holds.release_unpaused(db, now),
        expired=stale.expire(db, now, limit=_MOST_AT_ONCE),
        doubted=doubt_overdue(db, now=now, waits=waits),
        raised=raise_lost(db, now=now, limit=_MOST_RAISED),
    )


def forget(db: Db, *, now: datetime) -> None:
    """Drop answers no longer kept for repeats, nodes that are long gone, sign-ins that ended, tries of a while ago."""
    idempotency.forget_answers(db, now - ANSWERS_KEPT)
    heartbeats.forget_beats(db, now - NODES_KEPT)
    sign_ins.forget_ended(db, now=now, idle=IDLE)
    sign_in_tries.forget_old_tries(db, within=WAIT, now=now)
    orphans.forget_orphans(db, now - ORPHANS_KEPT)
    devices.forget_unused(db, before=now - DEVICES_KEPT)
