"""The demo's clinic: four patients, and thirty days of real planning and sending under a clock that jumps.

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
from scheduler.storage.tenancy import ALL_CLINICS

START = datetime(2026, 3, 3, 14, 30, tzinfo=UTC)
"""When all four sessions end: a Tuesday, 2:30pm in London."""
DAYS = timedelta(days=30)
ZONE = "Europe/London"
_REGISTERED_AFTER = timedelta(minutes=5)
_THREADS = 4
_BY = "demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A patient and the session that the demo registers for them."""

    label: str
    patient: PersonGiven
    facts: Mapping[str, object]


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
            views = [self._register(db, sample) for sample in SAMPLES]
        self._let_pass(START + DAYS, on_progress)
        with self.database.read(clinic.id) as db:
            entries = outbox.entries(db)
        labels = {str(view.id): sample.label for sample, view in zip(SAMPLES, views, strict=True)}
        return Told(
            entries=tuple(entries),
            labels=labels,
            not_planned=tuple((labels[str(view.id)], left) for view in views for left in view.not_planned),
            end=START + DAYS,
            attempts=len(self.sandbox.sent),
        )

    def _register(self, db: Db, sample: Sample) -> SessionView:
        given = registering.Given(procedure="microneedling", ended_at=START, facts=sample.facts, patient=sample.patient)
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
