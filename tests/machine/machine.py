"""The machine: people, workers, the provider and time take their steps in any order; then time runs on to the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import cycle
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from scheduler.domain.delivery.outcomes import Fault
from scheduler.domain.delivery.receipts import Failure, Receipt, ReceiptRank
from scheduler.domain.delivery.reminders import Status
from scheduler.services import clinics, receipts
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import BY, CATALOG
from tests.machine import people
from tests.machine.clinic import NIGHT, SETTINGS
from tests.machine.ending import run_on
from tests.machine.promises import Who
from tests.machine.provider import Fate
from tests.machine.stores import Store
from tests.machine.workers import LEASE, Commit, Worker
from tests.machine.world import WORKERS, World

_COMMITS = st.sampled_from((Commit.WELL, Commit.WELL, Commit.WELL, *Commit))
_FATES = st.sampled_from((Fate.TAKEN, Fate.TAKEN, Fate.TAKEN_AND_TIMED_OUT, *Fate))
_SPANS = st.sampled_from(tuple(timedelta(seconds=one) for one in (1, 15, 59, 61, 90, 600, 3600, 8 * 3600, 86400)))
_LATE = st.sampled_from((timedelta(), timedelta(minutes=15), timedelta(hours=2)))
_FAILURES = st.sampled_from(
    (
        Failure(fault=Fault.TEMPORARY, code="30003", reason="off", resend_after=timedelta(minutes=15)),
        Failure(fault=Fault.PERMANENT, code="30005", reason="unknown number"),
        Failure(fault=Fault.OPTED_OUT, code="21610", reason="stopped"),
        Failure(fault=Fault.CONFIG, code="30034", reason="not registered"),
    )
)


ANY = st.integers(min_value=0, max_value=99)
"""Which one: counted around those that there are."""
_DEPTHS = st.sampled_from(("light", "deep"))
_MOST_SESSIONS = 4


class Reminders(RuleBasedStateMachine):
    """All that may happen to a clinic's reminders."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.world = World(store)

    @initialize(depth=_DEPTHS, night=st.booleans())
    def open(self, depth: str, night: bool) -> None:  # noqa: FBT001  drawn by name
        """The first session, at a clinic that sends all day, or not at night."""
        world, hours = self.world, (NIGHT if night else SETTINGS)["sending_hours"]
        world.person(lambda db: clinics.set_setting(db, "sending_hours", hours, catalog=CATALOG, by=BY, now=world.now))
        self.register(which=0, depth=depth, ago=timedelta(minutes=4))

    # People

    @precondition(lambda self: len(self.world.sessions) < _MOST_SESSIONS)
    @rule(which=st.integers(0, 1), depth=_DEPTHS, ago=st.sampled_from((timedelta(), timedelta(minutes=15))))
    def register(self, which: int, depth: str, ago: timedelta) -> None:
        self.world.person(lambda db: people.register(self.world, db, which=which, depth=depth, ago=ago))

    @rule(doing=st.sampled_from(tuple(people.WITH_A_REMINDER)), which=ANY)
    def change_a_reminder(self, doing: str, which: int) -> None:
        world, (do, wanted) = self.world, people.WITH_A_REMINDER[doing]
        found = [row for row in world.rows if row.status in wanted]
        if found:
            world.person(lambda db: do(world, db, found[which % len(found)]))

    @precondition(lambda self: self.world.sessions)
    @rule(doing=st.sampled_from(tuple(people.WITH_A_PATIENT)), which=ANY)
    def change_a_patient(self, doing: str, which: int) -> None:
        world = self.world
        session = world.sessions[which % len(world.sessions)]
        world.person(lambda db: people.WITH_A_PATIENT[doing](world, db, *session))

    @rule(doing=st.sampled_from(tuple(people.WITH_THE_CLINIC)))
    def change_the_clinic(self, doing: str) -> None:
        self.world.person(lambda db: people.WITH_THE_CLINIC[doing](self.world, db))

    @rule(doing=st.sampled_from(tuple(people.WITH_SENDERS)))
    def change_senders(self, doing: str) -> None:
        self.world.operator(lambda db: people.WITH_SENDERS[doing](self.world, db))
        if "bound" in doing:
            self.world.promises.new_budget()

    # Workers

    @rule(which=st.integers(0, WORKERS - 1), commit=_COMMITS, fate=_FATES, late=_LATE)
    def step(self, which: int, commit: Commit, fate: Fate, late: timedelta) -> None:
        """A worker takes its next step: hears, calls, stores, prepares, or waits until something is due and claims."""
        worker = self.world.workers[which]
        if worker.to_call:
            self._call(worker, fate)
        elif worker.on_the_line:
            worker.hear()
        elif worker.came_back or worker.ready:
            self._turn(worker, commit)
        elif worker.claimed:
            worker.prepare(commit)
        else:
            self._wait_for_the_next(late)
            worker.claim(commit)
        self.world.promises.look(Who.WORKER)

    @rule(which=st.integers(0, WORKERS - 1), commit=_COMMITS)
    def claim(self, which: int, commit: Commit) -> None:
        """A worker claims, whatever it is at."""
        self.world.workers[which].claim(commit)
        self.world.promises.look(Who.WORKER)

    @precondition(lambda self: self.those(lambda one: one.ready or one.came_back))
    @rule(which=ANY, commit=_COMMITS)
    def turn(self, which: int, commit: Commit) -> None:
        """A worker stores, whatever it still has to call."""
        self._turn(self.one_of(lambda one: one.ready or one.came_back, which), commit)

    @rule(which=st.integers(0, WORKERS - 1), fates=st.lists(_FATES, min_size=1, max_size=3), late=_LATE)
    def drain(self, which: int, fates: list[Fate], late: timedelta) -> None:
        """A worker waits until something is due and does all its steps; the calls have these fates in turn."""
        self._wait_for_the_next(late)
        self._drain(self.world.workers[which], fates)

    @rule(which=st.integers(0, WORKERS - 1), doing=st.sampled_from(tuple(people.MEANWHILE)), member=ANY, late=_LATE)
    def meet(self, which: int, doing: str, member: int, late: timedelta) -> None:
        """A person does something about a message just before a worker stores its intent."""
        world, worker = self.world, self._made_ready(which, late)
        if worker.ready:
            ids = worker.ready[0].posting.reminder_ids
            row = world.promises.rows[ids[member % len(ids)]]
            world.person(lambda db: people.MEANWHILE[doing](world, db, row))
            self._turn(worker, Commit.WELL)

    @rule(which=st.integers(0, WORKERS - 1), late=_LATE)
    def oversleep(self, which: int, late: timedelta) -> None:
        """A worker sleeps past its lease, and wakes up when another one has taken what it had."""
        world, sleeper = self.world, self._made_ready(which, late)
        world.wait(LEASE)
        world.keep_up()
        world.workers[which - 1].claim(Commit.WELL)
        world.promises.look(Who.WORKER)
        self._turn(sleeper, Commit.WELL)

    @rule(which=st.integers(0, WORKERS - 1), late=_LATE)
    def store_twice(self, which: int, late: timedelta) -> None:
        """A worker doesn't hear that its intents were stored, and stores them again."""
        worker = self._made_ready(which, late)
        self._turn(worker, Commit.UNHEARD)
        self._turn(worker, Commit.WELL)

    @rule(which=st.integers(0, WORKERS - 1), fate=_FATES, forgets=st.booleans(), late=_LATE)
    def lose(self, which: int, fate: Fate, forgets: bool, late: timedelta) -> None:  # noqa: FBT001  drawn by name
        """A worker calls, and the answers stay on the line until the provider was asked as often as it is."""
        worker = self._made_ready(which, late)
        self._turn(worker, Commit.WELL)
        while worker.to_call:
            self._call(worker, fate)
        self._ask_often(forgets=forgets)

    @rule(forgets=st.booleans())
    def ask_often(self, forgets: bool) -> None:  # noqa: FBT001  drawn by name
        self._ask_often(forgets=forgets)

    @precondition(lambda self: self.those(lambda one: one.busy))
    @rule(which=ANY)
    def die(self, which: int) -> None:
        self.one_of(lambda one: one.busy, which).die()

    @precondition(lambda self: self.those(lambda one: one.busy))
    @rule(which=ANY)
    def shut_down(self, which: int) -> None:
        self.one_of(lambda one: one.busy, which).stop()
        self.world.promises.look(Who.WORKER)

    # The provider's later word

    @precondition(lambda self: self.world.provider.ledger)
    @rule(which=ANY, rank=st.sampled_from(ReceiptRank), failure=_FAILURES, times=st.integers(1, 2))
    def report(self, which: int, rank: ReceiptRank, failure: Failure, times: int) -> None:
        ledger = self.world.provider.ledger
        undelivered = rank is ReceiptRank.UNDELIVERED
        taken = self.world.provider.report(which % len(ledger), rank, failure if undelivered else None)
        for _ in range(times):
            self._take(taken.posting.attempt_id, taken.provider_id, rank, failure)

    @rule(which=ANY, rank=st.sampled_from(ReceiptRank), failure=_FAILURES, known=st.booleans())
    def report_of_another(self, which: int, rank: ReceiptRank, failure: Failure, known: bool) -> None:  # noqa: FBT001  drawn by name
        """A receipt that isn't of this store: of an attempt unknown, or under another message's id."""
        ledger = self.world.provider.ledger
        attempt_id, provider_id = str(UUID(int=which)), "SM-foreign"
        if known and len(ledger) > 1:
            attempt_id = ledger[which % len(ledger)].posting.attempt_id
            provider_id = ledger[(which + 1) % len(ledger)].provider_id
        self._take(attempt_id, provider_id, rank, failure)

    @rule(silent=st.booleans(), forgets=st.booleans())
    def answer_questions(self, silent: bool, forgets: bool) -> None:  # noqa: FBT001  drawn by name
        self.world.provider.silent, self.world.provider.forgets = silent, forgets

    # Time

    @rule(span=_SPANS)
    def wait(self, span: timedelta) -> None:
        self.world.wait(span)

    @rule()
    def keep_up(self) -> None:
        self.world.keep_up()

    @rule()
    def ask(self) -> None:
        self.world.ask()

    def teardown(self) -> None:
        run_on(self.world, lambda worker: self._drain(worker, [Fate.TAKEN]))

    def those(self, chosen: Callable[[Worker], object]) -> list[Worker]:
        return [one for one in self.world.workers if chosen(one)]

    def one_of(self, chosen: Callable[[Worker], object], which: int) -> Worker:
        found = self.those(chosen)
        return found[which % len(found)]

    def _made_ready(self, which: int, late: timedelta) -> Worker:
        """A worker that has messages ready, if any are due when it has waited."""
        worker = self.world.workers[which]
        if not worker.ready:
            self._wait_for_the_next(late)
            worker.claim(Commit.WELL)
            worker.prepare(Commit.WELL)
            self.world.promises.look(Who.WORKER)
        return worker

    def _ask_often(self, *, forgets: bool) -> None:
        """Until doubts are decided, by a provider whose lists may lack what it took."""
        world = self.world
        before, world.provider.forgets = world.provider.forgets, forgets
        for _ in range(4):
            world.wait(timedelta(seconds=61))
            world.keep_up()
            world.ask()
        world.provider.forgets = before

    def _wait_for_the_next(self, late: timedelta) -> None:
        """Until something is due, and so much longer that more may be."""
        world = self.world
        waiting = [row.next_at for row in world.rows if row.status is Status.SCHEDULED]
        if waiting:
            world.clock.now = max(world.now, min(waiting) + late)

    def _drain(self, worker: Worker, fates: list[Fate]) -> None:
        coming = cycle(fates)
        worker.claim(Commit.WELL)
        worker.prepare(Commit.WELL)
        self.world.promises.look(Who.WORKER)
        while worker.busy:
            self._turn(worker, Commit.WELL)
            while worker.to_call:
                self._call(worker, next(coming))
            while worker.on_the_line:
                worker.hear()

    def _turn(self, worker: Worker, commit: Commit) -> None:
        claimed_at = worker.claimed_at
        self.world.promises.going(worker.turn(commit), claimed_at, self.world.now)

    def _call(self, worker: Worker, fate: Fate) -> None:
        ready = worker.call(fate)
        if ready is not None:
            self.world.promises.calling(ready)

    def _take(self, attempt_id: str, provider_id: str, rank: ReceiptRank, failure: Failure) -> None:
        world = self.world
        receipt = Receipt(
            attempt_id=attempt_id,
            provider_id=provider_id,
            provider_status=rank.name.lower(),
            rank=rank,
            failure=failure if rank is ReceiptRank.UNDELIVERED else None,
            at=world.now,
        )
        with world.database.write(ALL_CLINICS) as db:
            receipts.take(db, [receipt], now=world.now)
        world.promises.look(Who.PROVIDER)
