from __future__ import annotations

from datetime import timedelta

from scheduler.domain.delivery.outcomes import Unknown
from scheduler.domain.delivery.reminders import Kind, Status
from scheduler.domain.people.patients import Channel
from scheduler.services.figures import KeptFigures, StoreFigures, read_figures
from scheduler.storage import heartbeats, senders
from scheduler.storage.backlog import AGES, Doubts
from scheduler.storage.database import Database, DatabaseUnusable
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import NOW, StoppedClock, a_clinic, a_planned, a_quiet_session, add_reminders, drain_at
from tests.fakes import AcceptingSender, AnsweringSender

MINUTE = timedelta(minutes=1)


def figures(database: Database, now: timedelta = timedelta()) -> StoreFigures:
    return read_figures(database, StoppedClock(NOW + now))


def test_an_empty_store_has_nothing_to_tell(database: Database) -> None:
    found = figures(database)

    assert (dict(found.backlog), dict(found.by_status), found.nodes, found.orphans) == ({}, {}, (), 0)
    assert found.doubts == Doubts(count=0, since=None)
    assert {sender.info.id for sender in found.senders} >= {"settings-sms", "sandbox-email"}


def test_what_is_due_and_has_not_gone_is_counted_by_sender_and_by_how_long_it_waits(database: Database) -> None:
    clinic = a_clinic(database)
    view = a_quiet_session(database, clinic)
    ages = (timedelta(days=-1), timedelta(), MINUTE, 10 * MINUTE, timedelta(days=2))
    planned = [
        a_planned(str(view.id), occurrence=place, due_at=NOW - age, useful_for=timedelta(days=9), kind=kind)
        for place, (age, kind) in enumerate(zip(ages, list(Kind), strict=False))
    ]
    add_reminders(database, clinic, view, planned)
    with database.write(ALL_CLINICS) as db:
        senders.hold_sender(db, "sandbox-sms", reason="under review", at=NOW)

    (sender_id, found), *others = figures(database).backlog.items()

    assert (sender_id, others) == ("sandbox-sms", [])
    assert found.since == NOW - timedelta(days=2)
    assert found.count == 4
    assert [found.older_than[age] for age in AGES] == [4, 3, 2, 1, 1, 1, 1]


def test_reminders_of_the_last_day_are_counted_by_where_they_stand(database: Database) -> None:
    clinic = a_clinic(database)
    view = a_quiet_session(database, clinic)
    add_reminders(database, clinic, view, [a_planned(str(view.id), occurrence=place) for place in range(3)])
    drain_at(database, AcceptingSender(), NOW)

    before, after, long_after = (figures(database, timedelta(hours=hours)).by_status for hours in (0, 1, 25))

    assert before == long_after == {}
    assert after == {(Status.SENT, Channel.SMS): 3}


def test_doubts_and_nodes_are_told(database: Database) -> None:
    clinic = a_clinic(database)
    add_reminders(database, clinic, view := a_quiet_session(database, clinic), [a_planned(str(view.id))])
    drain_at(database, AnsweringSender(Unknown("no answer")), NOW)
    with database.write(ALL_CLINICS) as db:
        heartbeats.beat(db, "node-1", now=NOW, late={"drain": NOW - MINUTE})

    found = figures(database, MINUTE)

    assert found.doubts == Doubts(count=1, since=NOW)
    assert [(node.node, node.at, dict(node.late)) for node in found.nodes] == [("node-1", NOW, {"drain": NOW - MINUTE})]


class Seconds:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_figures_are_kept_for_five_seconds_and_longer_where_they_take_long(database: Database) -> None:
    clock, reads = Seconds(), 0

    def read() -> StoreFigures:
        nonlocal reads
        reads += 1
        clock.at += 2 if reads == 2 else 0
        return figures(database)

    kept = KeptFigures(read, seconds=clock)
    told = []
    for at in (0, 4.9, 5, 46, 47):
        clock.at = max(clock.at, at)
        kept()
        told.append(reads)

    assert told == [1, 1, 2, 2, 3]  # the second took two seconds, so the third is forty after it


def test_without_the_database_there_are_no_figures() -> None:
    def read() -> StoreFigures:
        raise DatabaseUnusable("gone")

    assert KeptFigures(read)() is None
