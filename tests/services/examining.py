"""Letting the doctor look at a store, and taking what it found apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from scheduler.domain.delivery.senders import SenderInfo
from scheduler.domain.findings import Finding, Severity
from scheduler.services import doctor
from scheduler.services.doctor import Surgery
from scheduler.storage.database import Database
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import NOW, StoppedClock


def all_well(sender: SenderInfo) -> Sequence[Finding]:
    del sender
    return ()


def examined(
    database: Database,
    *,
    now: datetime = NOW,
    check_sender: Callable[[SenderInfo], Sequence[Finding]] = all_well,
    zone_data: str | None = "2026.1",
    ahead: timedelta = timedelta(),
) -> list[Finding]:
    """What is found; `ahead` is how far this machine's clock is from the database's."""

    def utc_now() -> datetime:
        with database.read(ALL_CLINICS) as db:
            return (db.server_now() or now) + ahead

    surgery = Surgery(clock=StoppedClock(now), utc_now=utc_now, check_sender=check_sender, zone_data=zone_data)
    return doctor.examine(database, surgery)


def the_one(found: list[Finding], severity: Severity = Severity.FAULT) -> tuple[str, str]:
    assert [one.severity for one in found] == [severity], found
    return found[0].fault, found[0].mend
