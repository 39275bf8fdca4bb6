"""What is left behind when a process dies at the worst moment, and that no message goes twice for it."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Status
from scheduler.services import sending
from scheduler.services.preparing import prepare
from scheduler.services.views import SessionView
from scheduler.storage import claims
from scheduler.storage.crypto import KeyRing
from scheduler.storage.database import Database, DatabaseUnusable
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import (
    NOW,
    StoppedClock,
    a_clinic,
    a_drain,
    a_planned,
    a_quiet_session,
    add_reminders,
    drain_at,
    keep_up,
    statuses,
)
from tests.fakes import AcceptingSender, HangingSender

LEASE = timedelta(minutes=1)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return a_quiet_session(database, clinic)


def due(database: Database, clinic: Clinic, view: SessionView, count: int) -> list[str]:
    return add_reminders(database, clinic, view, [a_planned(str(view.id), occurrence=place) for place in range(count)])


def claim_and_die(database: Database) -> list[claims.Claimed]:
    with database.write(ALL_CLINICS) as db:
        return claims.claim(db, now=NOW, lease_until=NOW + LEASE, limit=100)


def intend_and_die(database: Database) -> None:
    """Store the intent of every call, and make none."""
    claimed = claim_and_die(database)
    with database.write(ALL_CLINICS) as db:
        ready = prepare(db, claimed, now=NOW)
    with database.write(ALL_CLINICS) as db:
        assert len(sending.start(db, ready, now=NOW)) == len(claimed)


def test_a_crash_after_the_claim_sends_it_later_and_once(database: Database, clinic: Clinic, view: SessionView) -> None:
    ids = due(database, clinic, view, 3)
    sender = AcceptingSender()

    claim_and_die(database)
    at_once = drain_at(database, sender, NOW)
    early = keep_up(database, NOW + LEASE - timedelta(microseconds=1)).released
    still = drain_at(database, sender, NOW + LEASE - timedelta(microseconds=1))
    released = keep_up(database, NOW + LEASE).released
    drain_at(database, sender, NOW + LEASE)
    drain_at(database, sender, NOW + timedelta(hours=1))

    assert (at_once, early, still, released) == (0, 0, 0, 3)
    assert sorted(posting.reminder_ids[0] for posting in sender.sent) == sorted(ids)
    assert set(statuses(database, clinic).values()) == {Status.SENT}


def test_a_crash_after_the_intent_leaves_it_in_doubt_and_never_calls_again(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    due(database, clinic, view, 3)
    sender = AcceptingSender()

    intend_and_die(database)
    before = keep_up(database, NOW + sending.WAITS.answer - timedelta(microseconds=1)).doubted
    between = set(statuses(database, clinic).values())
    doubted = keep_up(database, NOW + sending.WAITS.answer).doubted
    for hours in range(0, 24 * 20, 5):
        keep_up(database, NOW + timedelta(hours=hours))
        drain_at(database, sender, NOW + timedelta(hours=hours))

    assert (before, between, doubted) == (0, {Status.SENDING}, 3)
    assert sender.sent == []
    assert set(statuses(database, clinic).values()) == {Status.IN_DOUBT}


def test_a_crash_while_calls_hang_never_calls_again(database: Database, clinic: Clinic, view: SessionView) -> None:
    due(database, clinic, view, 2)
    dead, alive = HangingSender(), AcceptingSender()
    abandoned = a_drain(database, dead, StoppedClock(), threads=2)
    rounds = iter([False])
    abandoned.run(until=lambda: next(rounds, True))
    dead.wait_for_calls(2)

    keep_up(database, NOW + timedelta(hours=1))
    drain_at(database, alive, NOW + timedelta(hours=1))

    assert (len(dead.sent), alive.sent) == (2, [])
    assert set(statuses(database, clinic).values()) == {Status.IN_DOUBT}
    dead.release()
    abandoned.stop()


def test_a_process_that_lost_its_lease_while_it_slept_calls_nobody(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    due(database, clinic, view, 3)
    awake = AcceptingSender()
    claimed = claim_and_die(database)
    with database.write(ALL_CLINICS) as db:
        ready = prepare(db, claimed, now=NOW)
    keep_up(database, NOW + LEASE)
    drain_at(database, awake, NOW + LEASE)

    with database.write(ALL_CLINICS) as db:
        going = sending.start(db, ready, now=NOW + LEASE)

    assert going == []
    assert len(awake.sent) == 3


# A turn that can't be committed


class Breakable:
    """A store whose commits can be made to fail."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def break_commits(self) -> None:
        raise NotImplementedError

    def mend(self) -> None:
        raise NotImplementedError


class LockedFile(Breakable):
    """Another program holds the file's lock."""

    def break_commits(self) -> None:
        file = str(self.database.engine.url.database)
        self._other = sqlite3.connect(file, isolation_level=None)
        self._other.execute("BEGIN IMMEDIATE")

    def mend(self) -> None:
        self._other.close()


class RefusingServer(Breakable):
    """The server takes the work and refuses the commit itself."""

    def break_commits(self) -> None:
        self._run(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the disk is on fire'; END $$",
            "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT OR UPDATE ON attempts "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()",
        )

    def mend(self) -> None:
        self._run("DROP TRIGGER refuse ON attempts")

    def _run(self, *statements: str) -> None:
        with self.database.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))


@pytest.fixture(params=["sqlite", "postgresql"])
def breakable(request: pytest.FixtureRequest, key_ring: KeyRing) -> Breakable:
    url: str = request.getfixturevalue(f"fresh_{request.param}_url")
    if request.param == "sqlite":
        return LockedFile(Database(f"{url}?timeout=0", key_ring))
    return RefusingServer(Database(url, key_ring))


def test_a_turn_that_can_not_be_stored_calls_nobody_and_loses_no_answer(breakable: Breakable) -> None:
    database = breakable.database
    clinic = a_clinic(database)
    ids = due(database, clinic, a_quiet_session(database, clinic), 20)
    clock, sender = StoppedClock(), AcceptingSender()
    drain = a_drain(database, sender, clock, threads=4)
    rounds = iter([False])
    drain.run(until=lambda: next(rounds, True))
    called = len(sender.sent)

    breakable.break_commits()
    for _ in range(3):
        with pytest.raises((DatabaseUnusable, DBAPIError)):
            drain.run(until=lambda: False)
    while_broken = len(sender.sent)
    breakable.mend()
    drain.run(until=lambda: False)
    settled = list(statuses(database, clinic).values())
    clock.now = NOW + LEASE
    keep_up(database, clock.now)
    drain.run(until=lambda: False)
    drain.stop()

    assert 0 < called <= while_broken <= 6
    assert Status.IN_DOUBT not in settled
    assert Status.SENDING not in settled
    assert sorted(posting.reminder_ids[0] for posting in sender.sent) == sorted(ids)
    assert set(statuses(database, clinic).values()) == {Status.SENT}
    database.close()
