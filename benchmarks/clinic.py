"""A clinic with patients whose texts are due at one moment: what dispatch is measured on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from benchmarks.copies import multiply
from benchmarks.stores import Store
from scheduler.catalog.shipped import Catalog, load_catalog
from scheduler.domain.delivery.outcomes import Accepted
from scheduler.domain.delivery.senders import Posting, Sender
from scheduler.services import clinics, registering
from scheduler.services.drain import Drain
from scheduler.services.people import ConsentGiven, PersonGiven
from scheduler.settings.model import shipped_config
from scheduler.storage import claims, schema
from scheduler.storage.crypto import KeyRing, new_key_ring
from scheduler.storage.database import Database, Db
from scheduler.storage.tenancy import ALL_CLINICS

_ENDED = datetime(2026, 3, 3, 14, 30, tzinfo=UTC)
_LATER = timedelta(minutes=5)
KNOWN = _ENDED + _LATER
"""When all were registered, and nothing is due yet."""
DUE = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
"""10:00 in London on day 1: every patient is told what to leave out, with five dates each."""
_FACTS = {"needle_mm": 0.5, "modality": "pen", "areas": ["face"]}


class AtOnce:
    """A sender that has answered before one can wait."""

    def send(self, posting: Posting, *, timeout: timedelta) -> Accepted:  # noqa: ARG002  the port hands it over
        """Accepted."""
        return Accepted(f"at-once-{posting.attempt_id}", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A stored clinic, as it is at the moment `DUE` or, where nothing was sent yet, at `KNOWN`."""

    url: str
    keys: KeyRing
    clinic_id: str
    reminders: int
    """How many are due at `DUE`: one a patient."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """When and where the sessions of a clinic took place."""

    ended: datetime = _ENDED
    zone: str = "Europe/London"

    @property
    def known(self) -> datetime:
        """When all were registered, and nothing is due yet."""
        return self.ended + _LATER

    @property
    def after(self) -> datetime:
        """Ten the next morning, if they ended at half past two."""
        return self.ended + (DUE - _ENDED)


def fill(
    store: Store,
    *,
    patients: int,
    day_0_sent: bool = True,
    times: int = 1,
    keys: KeyRing | None = None,
    day: Day | None = None,
) -> Due:
    """A database with patients, registered one by one, whose day 0 is over, or else just begins; each `times` over."""
    url, keys, day = store.new(), keys or new_key_ring(), day or Day()
    schema.migrate(url)
    database = Database(url, keys)
    catalog = load_catalog(shipped_config())
    clinic = clinics.new_clinic("Willow Skin", zone=day.zone, country="GB", phone="020 7946 0018")
    with database.write(clinic.id) as db:
        clinics.open_clinic(db, clinic, catalog=catalog, by="benchmark", now=day.known)
        for number in range(patients):
            _register(db, number, catalog, day)
    if day_0_sent:
        _send_day_0(database, before=day.after)
    database.close()
    if times > 1:
        multiply(url, times)
    return Due(url=url, keys=keys, clinic_id=clinic.id, reminders=patients * times)


def new_drain(database: Database, *, at: datetime, threads: int, sender: Sender | None = None) -> Drain:
    """A drain at a moment that stands still. The database is asked for its clock all the same, as in service."""
    way = sender or AtOnce()

    def clock(db: Db) -> datetime:
        db.server_now()
        return at

    return Drain(database=database, find_sender=lambda _: way, clock=clock, lease=timedelta(minutes=1), threads=threads)


def _register(db: Db, number: int, catalog: Catalog, day: Day) -> None:
    person = PersonGiven(name=f"Amira Khan {number}", phone=phone(number), consent=ConsentGiven(sms=True))
    given = registering.Given(procedure="microneedling", ended_at=day.ended, facts=_FACTS, patient=person)
    registering.register(db, given, flags=catalog.flags, by="benchmark", now=day.known)


def phone(number: int) -> str:
    """A British mobile number of its own for each of a hundred thousand patients; nothing is sent to it."""
    return f"+4479111{number:05}"


def _send_day_0(database: Database, *, before: datetime) -> None:
    while (due := _next_due(database)) is not None and due < before:
        drain = new_drain(database, at=due, threads=16)
        drain.run(until=lambda: False)
        drain.stop()


def _next_due(database: Database) -> datetime | None:
    with database.read(ALL_CLINICS) as db:
        return claims.next_due(db)


def handed_over(url: str, keys: KeyRing) -> int:
    """How many of those due at `DUE` are sent, with their attempts and their told dates stored."""
    sent = text(
        "SELECT count(*) FROM reminders WHERE rule = 'no-actives' AND status = 'sent'"
        " AND EXISTS (SELECT 1 FROM attempts WHERE reminder_id = reminders.id AND ending = 'accepted')"
        " AND EXISTS (SELECT 1 FROM told_dates WHERE reminder_id = reminders.id)"
    )
    database = Database(url, keys, pool_size=1)
    with database.engine.connect() as connection:
        found: int = connection.execute(sent).scalar_one()
    database.close()
    return found
