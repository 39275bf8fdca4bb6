"""What must hold after every step, whatever happened: the promises of sending, held against the provider's ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, auto

from sqlalchemy import select

from scheduler.domain.delivery.reminders import MOVES, Kind, Status
from scheduler.domain.people.consent import Purpose, Word, latest
from scheduler.domain.people.patients import Channel
from scheduler.services.preparing import Ready
from scheduler.storage.attempts import AttemptRow
from scheduler.storage.clinics import get_clinic
from scheduler.storage.database import Db
from scheduler.storage.patients import patients_by_id
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.senders import SenderRow
from scheduler.storage.sessions import voided_among
from scheduler.storage.tenancy import ALL_CLINICS
from tests.machine.provider import Provider
from tests.machine.stores import Store

_S = Status
TOGETHER = frozenset({_S.CLAIMED, _S.SENDING, _S.IN_DOUBT})
"""Where a lead and what follows it are in the same place."""


class Who(Enum):
    """Who just did something."""

    PERSON = auto()
    WORKER = auto()
    PROVIDER = auto()
    UPKEEP = auto()


_ONLY_A_PERSON = {(_S.UNKNOWN, _S.SCHEDULED), (_S.SKIPPED, _S.SCHEDULED), (_S.CANCELLED, _S.SCHEDULED)}
"""Moves that nothing but a person's doing leads to, planning anew after it included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A reminder as it is stored."""

    id: str
    patient_id: str
    session_id: str
    rule: str
    occurrence: int
    kind: Kind
    channel: Channel
    sender_id: str
    status: Status
    status_reason: str | None
    due_at: datetime
    next_at: datetime
    useful_until: datetime
    bundled_into: str | None
    claim_token: str | None


_COLUMNS = tuple(getattr(ReminderRow, name) for name in Row.__dataclass_fields__)


class Promises:
    """Looks at the store and the ledger after each step, and remembers what a later look must not contradict."""

    def __init__(self, store: Store, provider: Provider) -> None:
        self.store, self.provider = store, provider
        self.rows: dict[str, Row] = {}
        self.seen: Counter[tuple[Status, Status]] = Counter()
        self.left_out: set[str] = set()
        """Reminders that a person skipped or cancelled, and nobody restored."""
        self.again: Counter[str] = Counter()
        """By reminder, how often it may go once more: a person, an undelivered one, a doubt that repeats."""
        self.charged: Counter[tuple[str, date]] = Counter()
        """By sender and day, the parts of what was claimed and called under the budget in force."""
        self._claimed: dict[str, date] = {}
        """By attempt, the day on which its budget was taken."""

    def look(self, who: Who) -> None:
        """Hold every promise against what is stored now. Raises AssertionError."""
        with self.store.database.read(ALL_CLINICS) as db:
            rows = [Row(**row._mapping) for row in db.execute(select(*_COLUMNS))]  # noqa: SLF001  its name has one
            self._budgets_kept(db)
        self.rows = {row.id: row for row in rows}
        for reminder_id, before, after in self.store.moves():
            self._allowed(reminder_id, Status(before), Status(after), who)
        self._at_most_once()
        self._bundles_whole()

    def going(self, ready: Iterable[Ready], claimed_at: datetime, now: datetime) -> None:
        """Hold what must be so of messages whose intent was just stored."""
        going = list(ready)
        self._claimed |= {one.posting.attempt_id: claimed_at.date() for one in going}
        self.look(Who.WORKER)
        with self.store.database.read(self.store.clinic.id) as db:
            for one in going:
                for row in (self.rows[reminder_id] for reminder_id in one.posting.reminder_ids):
                    self._may_go(db, row, now)
                    assert row.claim_token == one.claim.token, f"{self._name(row.id)} goes, and another worker has it"
                followers = {row.id for row in self.rows.values() if row.bundled_into == one.claim.id}
                assert followers <= set(one.posting.reminder_ids), "a follower was left behind"

    def calling(self, ready: Ready) -> None:
        """Hold what must be so when the provider is called."""
        assert self.provider.called.count(ready.posting.attempt_id) == 1, "an intent was called twice"
        with self.store.database.read(ALL_CLINICS) as db:
            stored = db.scalars(select(AttemptRow.id).where(AttemptRow.id == ready.posting.attempt_id)).first()
        assert stored, "a call without a stored intent"
        day = self._claimed.pop(ready.posting.attempt_id, None)
        if day == self.provider.clock.now.date():
            self.charged[ready.sender.id, day] += ready.taken

    def new_budget(self) -> None:
        """What was taken under another budget says nothing of the new one."""
        self.charged.clear()
        self._claimed.clear()

    def _allowed(self, reminder_id: str, before: Status, after: Status, who: Who) -> None:
        told = f"{self._name(reminder_id)}: {before.value} to {after.value} by {who.name}"
        assert after in MOVES[before], f"not in the table of moves: {told}"
        assert who is Who.PERSON or (before, after) not in _ONLY_A_PERSON, f"only a person's: {told}"
        self.seen[before, after] += 1
        row = self.rows[reminder_id]
        repeats = who is Who.UPKEEP and (row.kind.repeats_in_doubt or row.channel is Channel.EMAIL)
        if after is _S.SCHEDULED and (before in {_S.UNDELIVERED, _S.UNKNOWN} or (before is _S.IN_DOUBT and repeats)):
            self.again[reminder_id] += 1

    def _at_most_once(self) -> None:
        went = Counter(one for taken in self.provider.ledger for one in taken.posting.reminder_ids)
        for reminder_id, times in went.items():
            allowed = 1 + self.again[reminder_id]
            assert times <= allowed, f"{self._name(reminder_id)} went {times} times, and {allowed} were allowed"

    def _bundles_whole(self) -> None:
        for row in self.rows.values():
            lead = self.rows.get(row.bundled_into or "")
            if lead and TOGETHER & {row.status, lead.status}:
                same = (row.status, row.claim_token) == (lead.status, lead.claim_token)
                assert same, f"{self._name(row.id)} is {row.status}, and its lead {lead.status}"

    def _may_go(self, db: Db, row: Row, now: datetime) -> None:
        name = self._name(row.id)
        assert row.status is Status.SENDING, f"{name} goes, and is stored as {row.status}"
        assert row.due_at <= now, f"{name} goes at {now}, and is due at {row.due_at}"
        assert now < row.useful_until, f"{name} goes at {now}, and was of use until {row.useful_until}"
        assert row.id not in self.left_out, f"{name} goes, and a person left it out"
        assert not voided_among(db, {row.session_id}), f"{name} goes, and its session is voided"
        assert not get_clinic(db).paused, f"{name} goes, and the clinic is paused"
        patient = patients_by_id(db, {row.patient_id})[row.patient_id]
        assert not patient.paused, f"{name} goes, and the patient is paused"
        word = latest(patient.consents, channel=row.channel, purpose=Purpose.CARE)
        assert word is Word.GIVEN, f"{name} goes by {row.channel}, and the patient's last word is {word}"

    def _budgets_kept(self, db: Db) -> None:
        for row in db.scalars(select(SenderRow).where(SenderRow.parts_per_day.is_not(None))):
            took = self.charged[row.id, row.day] if row.day else 0
            assert (row.parts_today or 0) >= took, f"{row.id} gave {took} parts, and counts {row.parts_today}"

    def _name(self, reminder_id: str) -> str:
        row = self.rows[reminder_id]
        return f"{row.kind.value} {row.rule}/{row.occurrence} ({reminder_id[:4]})"
