"""Very many reminders that are due at one moment, at a sender that is held at first; and a few at another one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import update

from scheduler.domain.delivery.reminders import Status
from scheduler.services import senders
from scheduler.services.doctor import Surgery, examine
from scheduler.storage.database import Database
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import BY, NOW, StoppedClock, a_drain
from tests.torture.checker import Verdict
from tests.torture.counting import count
from tests.torture.filling import fill, targets
from tests.torture.recording import RecordingSender, judge

OTHERS = 20
"""Due at the other sender."""
_THREADS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Rush:
    """What came of it."""

    beside: int
    """Sent by the other sender, while the first was held."""
    untouched: int
    """Still waiting then."""
    told: str
    """What the doctor said then."""
    taken: int
    """In all, when the sender was released and nothing was due any more."""
    seconds: float
    """From the release on."""
    verdict: Verdict

    def lines(self) -> Iterator[str]:
        """What is printed."""
        rate = self.untouched / self.seconds
        yield f"rush      {self.untouched} due at one moment, sent in {self.seconds:.0f} s ({rate:.0f} a second)"
        yield from self.verdict.lines()


def rush(database: Database, many: int) -> Rush:
    """Let them be due in an empty store, hold their sender for a while, and then send them all."""
    filled = fill(database, [NOW] * (many + OTHERS), now=NOW - timedelta(hours=1))
    others = [one.id for one in targets(database, filled, late_after=timedelta())][:OTHERS]
    with database.write(ALL_CLINICS) as db:
        db.execute(update(ReminderRow).where(ReminderRow.id.in_(others)).values(sender_id="sandbox-sms"))
        senders.hold(db, "settings-sms", reason="unpaid bill", by=BY, now=NOW)
    now = StoppedClock(NOW)
    sender = RecordingSender(lambda: now.now)
    drain = a_drain(database, sender, now, threads=_THREADS)
    drain.run(until=lambda: False)
    beside, told = len(sender.taken), doctor(database, now)
    with database.write(ALL_CLINICS) as db:
        untouched = count(db, Status.SCHEDULED)
        senders.release(db, "settings-sms", by=BY, now=NOW)
    began = time.monotonic()
    drain.run(until=lambda: False)
    seconds = time.monotonic() - began
    drain.stop()
    return Rush(
        beside=beside,
        untouched=untouched,
        told=told,
        taken=len(sender.taken),
        seconds=seconds,
        verdict=judge(database, filled, sender, late_after=timedelta(minutes=1)),
    )


def doctor(database: Database, now: StoppedClock) -> str:
    """What an operator is told to be wrong, in one text."""
    surgery = Surgery(clock=now, utc_now=now, check_sender=lambda _: [], zone_data=None)
    return " ".join(finding.fault for finding in examine(database, surgery))
