"""Checking a set-up: settings, store, clock, zones, clinics, senders, work left behind; each finding with its mend.

It opens nothing that is sealed and changes nothing, so it can look at a set-up that is broken in several places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfoNotFoundError

from scheduler.domain.clinics import zones
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.senders import Provider, SenderInfo
from scheduler.domain.errors import SchedulerError
from scheduler.domain.findings import Finding, Severity
from scheduler.services.cluster_findings import cluster_findings
from scheduler.services.work_findings import work_findings
from scheduler.storage import clinics, keys, protocols, schema, senders
from scheduler.storage.crypto import KeyUnusable
from scheduler.storage.database import Database, DatabaseUnusable, Db
from scheduler.storage.engine_schema import EngineSchema
from scheduler.storage.schema import State
from scheduler.storage.senders import StoredSender
from scheduler.storage.tenancy import ALL_CLINICS

CheckSender = Callable[[SenderInfo], Sequence[Finding]]
"""What keeps the way of a stored sender from sending, asked of its provider."""

_FARTHEST_CLOCK = timedelta(seconds=2)
_OLDEST_ZONES_YEARS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Surgery:
    """What the checks of a store that can be opened ask."""

    clock: Callable[[Db], datetime]
    utc_now: Callable[[], datetime]
    """This process's own clock."""
    check_sender: CheckSender
    zone_data: str | None
    """Version of the zone data that are installed; None if only the machine's are."""
    engine: EngineSchema | None = None
    """The tables of the engine of many machines; None where another engine works."""


def from_settings(problems: Iterable[str]) -> list[Finding]:
    """What is wrong with the settings, by their own lines."""
    return [
        Finding(line, "Set it right, or unset it for its default: docs/settings.md lists all.") for line in problems
    ]


def from_config(error: SchedulerError, folder: Path) -> list[Finding]:
    """What is wrong with the files that clinics author."""
    lines = str(error).split("; ")
    return [Finding(line, f"Mend the file in {folder}, or restore the one that ships.") for line in lines]


def check_store(url: str, key_file: Path) -> list[Finding]:
    """What keeps the database and its key file from being opened; empty if nothing."""
    try:
        state = schema.state(url)
        if state is not State.CURRENT:
            return [_STATES[state]]
        keys.prove_keys(url, key_file)
    except DatabaseUnusable as error:
        return [_split(error, "Check AFTERCARE_DATABASE_URL, and that the database runs and lets this login in.")]
    except KeyUnusable as error:
        return [_split(error, "Restore the key file of this database from your backup.")]
    return []


def examine(database: Database, surgery: Surgery) -> list[Finding]:
    """What is wrong in a store that can be opened, in the order in which it is best mended."""
    with database.read(ALL_CLINICS) as db:
        found = [*_clock(db, surgery)]
        now = surgery.clock(db)
        all_clinics, all_senders = clinics.list_clinics(db), senders.list_senders(db)
        found += _zones(all_clinics, surgery.zone_data, now)
        found += _hours(all_clinics)
        found += _unsigned(db, all_clinics)
        found += cluster_findings(db, surgery.engine, now) if surgery.engine else ()
        found += work_findings(db, all_senders, now)
    # The providers are asked with no transaction open: they may take their time.
    return [*found, *_providers(all_senders, surgery.check_sender)]


def _clock(db: Db, surgery: Surgery) -> Iterator[Finding]:
    before = surgery.utc_now()
    server = db.server_now()
    if server is None:
        return
    apart = abs(server - (before + (surgery.utc_now() - before) / 2))
    if apart > _FARTHEST_CLOCK:
        yield Finding(
            f"This machine's clock and the database's are {apart.total_seconds():.0f} seconds apart.",
            "Keep both machines in step with NTP.",
        )


def _zones(all_clinics: list[Clinic], zone_data: str | None, now: datetime) -> Iterator[Finding]:
    if zone_data is None:
        yield Finding(
            "The package tzdata is missing: nodes may know different clock changes.",
            "Install it again: make setup.",
            Severity.WARNING,
        )
    elif _year(zone_data) is not None and now.year - (_year(zone_data) or 0) > _OLDEST_ZONES_YEARS:
        yield Finding(
            f"The zone data are of {zone_data}: newer clock changes are not known.",
            "Install a newer version of the package tzdata.",
            Severity.WARNING,
        )
    for clinic in all_clinics:
        try:
            zones.zone(clinic.zone)
        except (ZoneInfoNotFoundError, ValueError):
            yield Finding(
                f"The zone {clinic.zone} of {clinic.name} is not in the zone data.",
                f"Install a newer tzdata, or run aftercare clinic set {clinic.id} zone ZONE.",
            )


def _year(zone_data: str) -> int | None:
    year = zone_data.partition(".")[0]
    return int(year) if year.isdecimal() else None


def _hours(all_clinics: list[Clinic]) -> Iterator[Finding]:
    for clinic in all_clinics:
        if not any(clinic.sending_hours.days):
            yield Finding(
                f"The sending hours of {clinic.name} are never open: nothing can go out.",
                f"Run aftercare clinic set {clinic.id} sending_hours 08:00-20:00.",
            )


def _unsigned(db: Db, all_clinics: list[Clinic]) -> Iterator[Finding]:
    names = {clinic.id: clinic.name for clinic in all_clinics}
    for clinic_id, procedure, number in protocols.unsigned_in_force(db):
        yield Finding(
            f"{names[clinic_id]} is live, but no clinician signed version {number} of {procedure}.",
            f"Let a clinician read it and run aftercare clinic live {clinic_id} --signed-by NAME.",
        )


def _providers(all_senders: list[StoredSender], check_sender: CheckSender) -> Iterator[Finding]:
    for sender in all_senders:
        if sender.in_use and sender.info.provider is not Provider.SANDBOX:
            for found in _asked(sender.info, check_sender):
                yield Finding(f"Sender {sender.name}: {found.fault}", found.mend, found.severity)


def _asked(info: SenderInfo, check_sender: CheckSender) -> Sequence[Finding]:
    try:
        return check_sender(info)
    except SchedulerError as error:
        return [_split(error, "Check the settings of its provider: docs/settings.md lists them.")]


_STATES = {
    State.MISSING: Finding("The database is not set up yet.", "Run aftercare migrate."),
    State.OLDER: Finding("The database is from an older version.", "Run aftercare migrate."),
    State.NEWER: Finding("The database is from a newer version of this program.", "Install that version."),
    State.FOREIGN: Finding("The database holds tables of another program.", "Check AFTERCARE_DATABASE_URL."),
}
_ORDERS = ("check", "free", "give", "grant", "restore", "run", "stop", "try", "use", "write")


def _split(error: SchedulerError, otherwise: str) -> Finding:
    """An error as a finding: most messages end in their mend, behind a colon."""
    fault, _, mend = str(error).partition(": ")
    if mend.startswith(_ORDERS):
        return Finding(f"{fault}.", mend[0].upper() + mend[1:])
    return Finding(str(error), otherwise)
