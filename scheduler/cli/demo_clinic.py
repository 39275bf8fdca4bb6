"""The demo's clinic: five patients, and thirty days of real planning and sending under a clock that jumps.

Nothing of the product is replaced: the planner, the store, the table of tasks and the sandbox sender are those
that a clinic runs. Only `now` is handed in faster than it passes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from scheduler.catalog.shipped import Catalog
from scheduler.engine.tasks import Task, tasks
from scheduler.senders.sandbox import Sandbox
from scheduler.services import clinics, outbox, registering
from scheduler.services.drain import Drain
from scheduler.services.people import ConsentGiven, PersonGiven
from scheduler.services.views import NotPlannedView, SessionView
from scheduler.storage import claims
from scheduler.storage.database import Database, Db
from scheduler.storage.outbox import Wanted, listed
from scheduler.storage.tenancy import ALL_CLINICS

START = datetime(2026, 3, 3, 14, 30, tzinfo=UTC)
"""When the first session of each patient ends: a Tuesday, 2:30pm in London."""
DAYS = timedelta(days=30)
ZONE = "Europe/London"
PEEL_AFTER = timedelta(days=4)
_REGISTERED_AFTER = timedelta(minutes=5)
_THREADS = 4
_BY = "demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A patient and the sessions that the demo registers for them."""

    label: str
    patient: PersonGiven
    facts: Mapping[str, object]
    """Of the needling at the start."""
    peel: Mapping[str, object] | None = None
    """Facts of a chemical peel on day 4, while the needling still forbids."""


SAMPLES = (
    Sample(
        label="Ada, 0.25 mm roller",
        patient=PersonGiven(name="Ada Byrne", phone="+447700900101", consent=ConsentGiven(sms=True)),
        facts={"needle_mm": 0.25, "modality": "roller", "areas": ["face"]},
    ),
    Sample(
        label="Amira, 0.5 mm pen",
        patient=PersonGiven(name="Amira Khan", phone="+447700900102", consent=ConsentGiven(sms=True)),
        facts={"needle_mm": 0.5, "modality": "pen", "areas": ["face"]},
    ),
    Sample(
        label="Bea, 1.5 mm pen, landline",
        patient=PersonGiven(
            name="Bea Okafor",
            phone="+441632960103",
            email="bea@example.com",
            flags=("fitzpatrick_4_6",),
            consent=ConsentGiven(sms=True, email=True),
        ),
        facts={"needle_mm": 1.5, "modality": "pen", "areas": ["face", "neck"], "adjuncts": ["prp"]},
    ),
    Sample(
        label="Cleo, RF",
        patient=PersonGiven(name="Cleo Marsh", phone="+447700900104", consent=ConsentGiven(sms=True)),
        facts={"modality": "rf", "needle_mm": 2.5, "areas": ["body"]},
    ),
    Sample(
        label="Dana, 1.0 mm pen, peel on day 4",
        patient=PersonGiven(name="Dana Reyes", phone="+447700900105", consent=ConsentGiven(sms=True)),
        facts={"needle_mm": 1.0, "modality": "pen", "areas": ["face"]},
        peel={"depth": "superficial", "areas": ["face"]},
    ),
)


@dataclass(slots=True)
class JumpingClock:
    """A clock that stands still until it is set."""

    now: datetime

    def __call__(self, db: Db) -> datetime:
        """The time that it was set to."""
        del db
        return self.now


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the demo has to show."""

    entries: tuple[outbox.OutboxEntry, ...]
    labels: Mapping[str, str]
    """Label of the sample by session id."""
    leads: Mapping[str, str]
    """Of reminders that went in another one's message: its id by theirs."""
    not_planned: tuple[tuple[str, NotPlannedView], ...]
    """(label, what was not planned)."""
    end: datetime
    attempts: int


@dataclass(slots=True)
class Demo:
    """A throw-away clinic on a store of its own."""

    database: Database
    catalog: Catalog
    clock: JumpingClock
    sandbox: Sandbox = field(default_factory=Sandbox)

    def run(self, *, on_progress: Callable[[datetime], None]) -> Told:
        """Register the samples, let thirty days pass, and give everything that was sent, or wasn't, and why."""
        self.clock.now = START + _REGISTERED_AFTER
        clinic = clinics.new_clinic("Willow Skin", zone=ZONE, country="GB", phone="020 7946 0018")
        with self.database.write(clinic.id) as db:
            clinics.open_clinic(db, clinic, catalog=self.catalog, by=_BY, now=self.clock.now)
            views = [self._needling(db, sample) for sample in SAMPLES]
        self._let_pass(START + PEEL_AFTER + _REGISTERED_AFTER, on_progress)
        first = list(zip(SAMPLES, views, strict=True))
        with self.database.write(clinic.id) as db:
            later = [(sample, self._peel(db, sample, view)) for sample, view in first if sample.peel is not None]
        self._let_pass(START + DAYS, on_progress)
        with self.database.read(clinic.id) as db:
            entries = outbox.entries(db)
            leads = {one.id: one.bundled_into for one in listed(db, Wanted()) if one.bundled_into is not None}
        return Told(
            entries=tuple(entries),
            labels={str(view.id): sample.label for sample, view in (*first, *later)},
            leads=leads,
            not_planned=tuple((sample.label, left) for sample, view in (*first, *later) for left in view.not_planned),
            end=START + DAYS,
            attempts=len(self.sandbox.sent),
        )

    def _needling(self, db: Db, sample: Sample) -> SessionView:
        given = registering.Given(procedure="microneedling", ended_at=START, facts=sample.facts, patient=sample.patient)
        return registering.register(db, given, flags=self.catalog.flags, by=_BY, now=self.clock.now)

    def _peel(self, db: Db, sample: Sample, before: SessionView) -> SessionView:
        given = registering.Given(
            procedure="chemical_peel",
            ended_at=START + PEEL_AFTER,
            facts=sample.peel or {},
            patient_id=before.patient_id,
        )
        return registering.register(db, given, flags=self.catalog.flags, by=_BY, now=self.clock.now)

    def _let_pass(self, end: datetime, on_progress: Callable[[datetime], None]) -> None:
        drain = Drain(
            database=self.database,
            find_sender=lambda _: self.sandbox,
            clock=self.clock,
            lease=timedelta(minutes=1),
            threads=_THREADS,
        )
        table = tasks(self.database, drain, self.clock, stopping=lambda: False)
        while (due := self._next_due()) is not None and due <= end:
            self.clock.now = max(self.clock.now, due)
            on_progress(self.clock.now)
            _run(table, drain)
        self.clock.now = end
        on_progress(end)
        drain.stop()

    def _next_due(self) -> datetime | None:
        with self.database.read(ALL_CLINICS) as db:
            return claims.next_due(db)


def _run(table: tuple[Task, ...], drain: Drain) -> None:
    """Every task once, and sending until nothing is under way."""
    for task in table:
        task.run()
    while drain.busy:
        drain.run(until=lambda: False)
