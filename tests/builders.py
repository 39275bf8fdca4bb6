"""What tests start from: an open clinic, a registered session, due reminders, a drain; through the services."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import String, cast, func, insert, literal, select, true

from scheduler.catalog.shipped import Catalog, load_catalog
from scheduler.domain.care.reasons import Reason, Why
from scheduler.domain.care.steps import PlannedReminder
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Identity, Kind, Status
from scheduler.domain.delivery.senders import Sender
from scheduler.domain.people.patients import Channel
from scheduler.services import clinics, registering
from scheduler.services.drain import Drain
from scheduler.services.people import ConsentGiven, PersonGiven
from scheduler.services.protocols import publish_source
from scheduler.services.upkeep import Mended, mend
from scheduler.services.views import SessionView
from scheduler.storage import claims, protocols, reminders, schema, senders
from scheduler.storage.database import Database, Db
from scheduler.storage.outbox import Record, Wanted, listed
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.tenancy import ALL_CLINICS

NOW = datetime(2026, 3, 3, 14, 35, tzinfo=UTC)
"""Tuesday afternoon, five minutes after the session of `a_session` ended."""
ENDED_AT = NOW - timedelta(minutes=5)
BY = "desk"
FACTS: Mapping[str, object] = {"needle_mm": 0.5, "modality": "pen", "areas": ["face"]}
CATALOG: Catalog = load_catalog(Path(__file__).parents[1] / "config")
QUIET = """\
format = 1
procedure = "quiet"
title = "Quiet"
"""
"""A protocol without a rule: a session of it has the reminders that a test adds, and no other."""


@dataclass(slots=True)
class StoppedClock:
    """A clock that stands still until the test sets it."""

    now: datetime = NOW

    def __call__(self, db: Db | None = None) -> datetime:
        """The time that it was set to."""
        del db
        return self.now


def a_clinic(
    database: Database,
    *,
    name: str = "Willow Skin",
    zone: str = "Europe/London",
    country: str = "GB",
    now: datetime = NOW,
    live: bool = False,
    settings: Mapping[str, str] | None = None,
) -> Clinic:
    """An open clinic with the shipped protocols; in trial, so that its messages go by the sandbox's sender."""
    clinic = clinics.new_clinic(name, zone=zone, country=country, phone="020 7946 0018")
    with database.write(clinic.id) as db:
        clinics.open_clinic(db, clinic, catalog=CATALOG, by=BY, now=now)
        for key, value in (settings or {}).items():
            clinic = clinics.set_setting(db, key, value, catalog=CATALOG, by=BY, now=now)
        if live:
            clinics.go_live(db, signed_by="Dr Osei", by=BY, now=now)
    return replace(clinic, live=live)


def a_person(
    name: str = "Amira Khan",
    *,
    phone: str | None = "+447700900123",
    email: str | None = None,
    sms: bool | None = True,
    mail: bool | None = None,
    language: str | None = None,
    zone: str | None = None,
    birth_date: date | None = None,
    flags: tuple[str, ...] = (),
    private: bool = False,
) -> PersonGiven:
    """A person at the desk who agrees to texts; `sms` and `mail` are what they said to each channel."""
    return PersonGiven(
        name=name,
        phone=phone,
        email=email,
        language=language,
        zone=zone,
        birth_date=birth_date,
        flags=flags,
        private=private,
        consent=ConsentGiven(sms=sms, email=mail),
    )


def a_session(
    patient: PersonGiven | None = None,
    *,
    patient_id: str | None = None,
    facts: Mapping[str, object] | None = None,
    ended_at: datetime = ENDED_AT,
    procedure: str = "microneedling",
) -> registering.Given:
    """A session of Amira's unless somebody else is named: 0.5 mm, pen, face."""
    if patient is None and patient_id is None:
        patient = a_person()
    return registering.Given(
        procedure=procedure,
        ended_at=ended_at,
        facts=FACTS if facts is None else facts,
        patient=patient,
        patient_id=patient_id,
    )


def register(
    database: Database, clinic: Clinic, given: registering.Given | None = None, *, now: datetime = NOW
) -> SessionView:
    """The session, registered in a transaction of its own."""
    with database.write(clinic.id) as db:
        return registering.register(db, given or a_session(), flags=CATALOG.flags, by=BY, now=now)


def a_quiet_session(database: Database, clinic: Clinic, patient: PersonGiven | None = None) -> SessionView:
    """A registered session that gives no reminder by itself."""
    with database.write(clinic.id) as db:
        if protocols.current_version(db, "quiet") is None:
            publish_source(db, QUIET, file="quiet.toml", catalog=CATALOG, by=BY, signed_by=None, now=NOW)
    return register(database, clinic, a_session(patient, procedure="quiet", facts={}))


def a_planned(
    session_id: str,
    *,
    rule: str = "due",
    occurrence: int = 0,
    kind: Kind = Kind.INSTRUCT,
    template: str = "no-actives",
    channel: Channel = Channel.SMS,
    channels: tuple[Channel, ...] | None = None,
    due_at: datetime = NOW,
    useful_for: timedelta = timedelta(days=2),
    topic_ends: Mapping[str, datetime] | None = None,
) -> PlannedReminder:
    """A planned reminder that no rule gave, for tests of what happens to it from then on."""
    return PlannedReminder(
        identity=Identity(session_id, rule, occurrence),
        kind=kind,
        template=template,
        topic_ends=topic_ends or {},
        channel=channel,
        channels=channels or (channel,),
        intent=None,
        intended_at=due_at,
        due_at=due_at,
        useful_until=due_at + useful_for,
        reasons=(Reason(Why.LATE),),
    )


def add_reminders(
    database: Database,
    clinic: Clinic,
    session: SessionView,
    planned: Iterable[PlannedReminder],
    *,
    sender_id: str | None = None,
) -> list[str]:
    """Store reminders of a registered session, with the words of the shipped protocol, and give their ids."""
    with database.write(clinic.id) as db:
        version = protocols.current_version(db, "microneedling")
        assert version is not None
        return [
            reminders.add_reminder(
                db,
                one,
                patient_id=str(session.patient_id),
                version_id=version.id,
                sender_id=sender_id or senders.shared_sender_id(one.channel, live=clinic.live),
                now=NOW,
            )
            for one in planned
        ]


def copy_reminder(database: Database, reminder_id: str, count: int) -> None:
    """Store so many copies of a reminder, `copy-1` and on, that differ in their occurrence alone."""
    names = [column.name for column in ReminderRow.__table__.columns if column.name not in {"id", "occurrence"}]
    numbers = select(literal(1).label("number")).cte(recursive=True)
    numbers = numbers.union_all(select(numbers.c.number + 1).where(numbers.c.number < count))
    copies = select(
        literal("copy-") + cast(numbers.c.number, String),
        numbers.c.number,
        *(getattr(ReminderRow, name) for name in names),
    )
    copies = copies.select_from(ReminderRow).join(numbers, true()).where(ReminderRow.id == reminder_id)
    with database.write(ALL_CLINICS) as db:
        db.execute(insert(ReminderRow).from_select(["id", "occurrence", *names], copies))


def a_drain(
    database: Database,
    sender: Sender,
    clock: StoppedClock,
    *,
    threads: int = 4,
    lease: timedelta = timedelta(minutes=1),
) -> Drain:
    """A process's sending, by this sender whatever a clinic uses."""
    return Drain(database=database, find_sender=lambda _: sender, clock=clock, lease=lease, threads=threads)


def drain_at(database: Database, sender: Sender, now: datetime) -> int:
    """Let a process send all that is due at this moment, and stop; how many calls it made."""
    drain = a_drain(database, sender, StoppedClock(now))
    calls = drain.run(until=lambda: False)
    drain.stop()
    return calls


def keep_up(database: Database, now: datetime) -> Mended:
    """Let upkeep run once."""
    with database.write(ALL_CLINICS) as db:
        return mend(db, now=now)


def let_pass(database: Database, sender: Sender, clock: StoppedClock, end: datetime) -> None:
    """Let time run on from one due reminder to the next until `end`, with a process that sends and keeps up."""
    drain = a_drain(database, sender, clock)
    while (due := next_due(database)) is not None:
        step = due if due > clock.now else clock.now + timedelta(hours=1)  # one that is overdue waits for a person
        if step > end:
            break
        clock.now = step
        keep_up(database, clock.now)
        drain.run(until=lambda: False)
    clock.now = end
    keep_up(database, end)
    drain.run(until=lambda: False)
    drain.stop()


def next_due(database: Database) -> datetime | None:
    """When the next reminder that waits is to be tried."""
    with database.read(ALL_CLINICS) as db:
        return claims.next_due(db)


def stored(database: Database, clinic: Clinic, wanted: Wanted | None = None) -> list[Record]:
    """The clinic's reminders by due time."""
    with database.read(clinic.id) as db:
        return listed(db, wanted or Wanted())


def the_reminder(database: Database, clinic: Clinic, reminder_id: str) -> Record:
    """One of them."""
    return next(record for record in stored(database, clinic) if record.id == reminder_id)


def statuses(database: Database, clinic: Clinic) -> dict[str, Status]:
    """By id, where each of the clinic's reminders is."""
    return {record.id: record.status for record in stored(database, clinic)}


def stored_rows(database: Database) -> dict[str, int]:
    """How many rows each table holds."""
    with database.read(ALL_CLINICS) as db:
        return {
            name: db.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in schema.metadata().tables.items()
        }
