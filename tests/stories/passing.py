"""A clinic whose days pass in a story: what staff register goes out in its time, until the day that a test names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from scheduler.domain.care.protocols import Advice, ToldBy
from scheduler.domain.clinics.clinics import Clinic
from scheduler.services import outbox, registering, reminders, todos
from scheduler.services.outbox import OutboxEntry
from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from scheduler.storage.outbox import Record
from scheduler.storage.todos import TodoState, WantedTodos
from tests.builders import BY, CATALOG, NOW, StoppedClock, a_clinic, a_session, drain_at, let_pass, register, stored
from tests.fakes import AcceptingSender

LONDON = ZoneInfo("Europe/London")


class Passing:
    """A clinic whose days pass: whoever registers something does so at `clock.now`."""

    def __init__(self, database: Database, *, start: datetime = NOW, settings: Mapping[str, str] | None = None) -> None:
        self.database = database
        self.clinic: Clinic = a_clinic(database, settings=settings)
        self.clock = StoppedClock(start)
        self.sender = AcceptingSender()

    def register(self, given: registering.Given) -> SessionView:
        view = register(self.database, self.clinic, given, now=self.clock.now)
        drain_at(self.database, self.sender, self.clock.now)
        return view

    def pass_until(self, end: datetime) -> None:
        let_pass(self.database, self.sender, self.clock, end)

    def void(self, view: SessionView) -> None:
        with self.database.write(self.clinic.id) as db:
            reminders.void(db, str(view.id), by=BY, now=self.clock.now)

    @property
    def sent(self) -> list[Record]:
        return [record for record in stored(self.database, self.clinic) if record.sent_at is not None]

    def days_of(self, rule: str) -> list[date]:
        """The local days on which a rule's messages went."""
        return [local(record).date() for record in self.sent if record.rule == rule]

    def entry(self, rule: str) -> OutboxEntry:
        with self.database.read(self.clinic.id) as db:
            return next(entry for entry in outbox.entries(db) if entry.rule == rule)

    @property
    def todos(self) -> list[str]:
        with self.database.read(self.clinic.id) as db:
            page = todos.todos_page(db, WantedTodos(state=TodoState.OPEN), after=None, limit=200)
        return [todo.sentence for todo in page.items]


def local(record: Record) -> datetime:
    assert record.sent_at is not None
    return record.sent_at.astimezone(LONDON)


def a_peel(ended_at: datetime, *, depth: str = "superficial") -> registering.Given:
    return a_session(procedure="chemical_peel", facts={"depth": depth, "areas": ["face"]}, ended_at=ended_at)


def told_by_text(view: SessionView) -> set[str]:
    """The topics to avoid of a session that a text must name."""
    topics = CATALOG.topics
    return {
        window.topic
        for window in view.windows
        if topics[window.topic].advice is Advice.AVOID and topics[window.topic].told_by is ToldBy.TEXT
    }
