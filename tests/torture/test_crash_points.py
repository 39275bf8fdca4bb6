"""A worker dies at a named point and another takes over: nothing is lost or goes twice, each doubt is settled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from scheduler.clock import utc_now
from scheduler.domain.delivery.reminders import Status
from scheduler.storage.database import Database
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.sessions import SessionRow
from scheduler.storage.tenancy import ALL_CLINICS
from tests.cli.test_serve import wait_for
from tests.torture.checker import Target, check
from tests.torture.crashing import CALLS, DIED, TRANSACTIONS, die_at
from tests.torture.filling import Filled, fill, taken, targets
from tests.torture.providing import ProviderProcess, providing
from tests.torture.sending import Place, work_until_ended

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
NOW = (timedelta(),)
REMINDERS = 12
MOST_CALLS = 3
"""1.5 a thread: what a crash may leave in doubt."""
MAYBE_GONE = {Status.SENDING, Status.IN_DOUBT, Status.UNKNOWN}
LATER = tuple(place * 65 * SECOND for place in range(1, 20))
"""Far enough apart that a lease, and the wait before a question, is over at the next."""
AFTER = tuple(LATER[-1] + place * MINUTE * 5 for place in range(1, 60))


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Where a worker dies, and what it leaves."""

    name: str
    first: str | None = None
    """Where another one died before, so that there is something to come upon."""


def points() -> Iterator[Point]:
    first = {"leases": "after claim", "found": "taken"} | dict.fromkeys(
        ("doubts", "question", "unknown", "again"), "call"
    )
    for side in ("before", "after"):
        yield from (Point(name=f"{side} {name}", first=first.get(name)) for name in TRANSACTIONS)
    yield from (Point(name=name) for name in CALLS)


@pytest.fixture(scope="module")
def provider_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderProcess]:
    with providing(tmp_path_factory.mktemp("provider")) as provider:
        yield provider


@pytest.fixture
def provider(provider_process: ProviderProcess, tmp_path: Path) -> ProviderProcess:
    provider_process.begin_anew(tmp_path / "ledger.jsonl")
    return provider_process


@pytest.fixture
def place(database_url: str, tmp_path: Path, provider: ProviderProcess) -> Place:
    return Place(
        database_url=database_url,
        key_file=tmp_path / "aftercare.key",
        provider_url=provider.url,
        start=utc_now(),
    )


@pytest.fixture
def store(place: Place) -> Iterator[Database]:
    database = place.open()
    yield database
    database.close()


@pytest.fixture
def filled(store: Database, place: Place) -> Filled:
    """Due reminders, the first of a voided session; and one that nobody looks at before its use is over."""
    filled = fill(store, [place.start] * REMINDERS, now=place.start)
    voided, stale = [target.id for target in find(store, filled) if not target.repeats][:2]
    with store.write(ALL_CLINICS) as db:
        session = update(ReminderRow).where(ReminderRow.id == voided).returning(ReminderRow.session_id)
        session_id = db.execute(session.values(rule="voided")).scalar_one()
        db.execute(update(SessionRow).where(SessionRow.id == session_id).values(voided_at=place.start))
        over = {"next_at": place.start + timedelta(days=1), "useful_until": place.start}
        db.execute(update(ReminderRow).where(ReminderRow.id == stale).values(over))
    return filled


def find(store: Database, filled: Filled) -> list[Target]:
    return targets(store, filled, late_after=timedelta(hours=1))


@pytest.mark.slow
@pytest.mark.parametrize("point", list(points()), ids=lambda point: point.name)
def test_after_a_crash_nothing_is_lost_and_nothing_goes_twice(
    point: Point, place: Place, store: Database, filled: Filled, provider: ProviderProcess
) -> None:
    if point.first:
        die(point.first, place, provider, NOW)
    die(point.name, place, provider, LATER if point.first else (*NOW, *LATER))
    doubts = [one for one in find(store, filled) if one.status in MAYBE_GONE]
    arrived = {one.number for one in taken(provider, filled)}

    work_until_ended(place, store, (*LATER, *AFTER))

    verdict = check(find(store, filled), taken(provider, filled))
    assert verdict.kept, list(verdict.lines())
    assert (verdict.late, len(verdict.expired), len(verdict.stopped)) == ((), 1, 1)
    assert len(doubts) <= MOST_CALLS * (2 if point.first else 1)
    assert set(verdict.unknown) == {one.id for one in doubts if one.number not in arrived and not one.repeats}


def die(point: str, place: Place, provider: ProviderProcess, moments: Sequence[timedelta]) -> None:
    """Let a worker die there; what it handed over before is in the ledger, or never will be."""
    provider.tell(mode="hang" if point == "taken" else "up")
    assert die_at(point, place, moments) == DIED
    provider.tell(mode="up")
    wait_for(lambda: provider.tell()["under_way"] == 0)
