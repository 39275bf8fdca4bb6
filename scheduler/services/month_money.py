"""Telling that the money of a sender's month is used up: once in the log, and at every reminder that waits for it."""

from __future__ import annotations

import logging
from datetime import datetime

from scheduler.storage import money_stops
from scheduler.storage.database import Db

_log = logging.getLogger(__name__)
_MOST_AT_ONCE = 5000


def tell(db: Db, *, now: datetime) -> int:
    """Log an error for each sender that ran out of money this month, and give its due reminders that as their reason.

    How many were given it, of a sender so many at once; the next round goes on. The handle crosses clinics.
    """
    stopped = money_stops.used_up(db, now)
    for stop in stopped:
        if money_stops.note_told(db, stop):
            _log.error("the month's money of a sender is used up: nothing goes by it", extra={"sender": stop.sender_id})
    return sum(money_stops.mark_waiting(db, stop, now, limit=_MOST_AT_ONCE) for stop in stopped)
