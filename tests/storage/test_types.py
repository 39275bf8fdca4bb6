from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select, text
from sqlalchemy.exc import StatementError

from scheduler.domain.delivery.reminders import Status
from scheduler.storage.database import Database
from scheduler.storage.tenancy import ALL_CLINICS
from scheduler.storage.types import UtcDateTime, Words

THINGS = Table(
    "things", MetaData(), Column("id", Integer, primary_key=True), Column("at", UtcDateTime), Column("s", Words(Status))
)


@pytest.fixture(autouse=True)
def _things(database: Database) -> None:
    THINGS.create(database.engine)


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    naive = datetime(2026, 3, 3, 14, 30)  # noqa: DTZ001  what must not be stored

    with database.write(ALL_CLINICS) as db, pytest.raises(StatementError, match="without a zone"):
        db.execute(insert(THINGS), {"at": naive})


def test_a_time_comes_back_in_utc_to_the_microsecond(database: Database) -> None:
    tokyo = datetime(2026, 3, 3, 23, 30, 0, 123_456, tzinfo=ZoneInfo("Asia/Tokyo"))

    with database.write(ALL_CLINICS) as db:
        db.execute(insert(THINGS), {"at": tokyo})
        stored = db.execute(select(THINGS.c.at)).scalar_one()

    assert stored == tokyo
    assert stored.tzinfo is UTC
    assert stored == datetime(2026, 3, 3, 14, 30, 0, 123_456, tzinfo=UTC)


def test_the_zone_of_the_servers_connection_makes_no_difference(database: Database) -> None:
    at = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)

    with database.write(ALL_CLINICS) as db:
        if db.get_bind().dialect.name == "postgresql":
            db.execute(text("SET TIME ZONE 'Europe/London'"))
        db.execute(insert(THINGS), {"at": at})
        stored = db.execute(select(THINGS.c.at)).scalar_one()

    assert stored == at
    assert stored.tzinfo is UTC


def test_times_are_compared_as_instants(database: Database) -> None:
    earlier = datetime(2026, 3, 3, 23, 30, tzinfo=ZoneInfo("Asia/Tokyo"))
    later = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)

    with database.write(ALL_CLINICS) as db:
        db.execute(insert(THINGS), [{"at": later}, {"at": earlier}])
        found = list(db.scalars(select(THINGS.c.at).where(THINGS.c.at < later)))
        ordered = list(db.scalars(select(THINGS.c.at).order_by(THINGS.c.at)))

    assert found == [earlier]
    assert ordered == [earlier, later]


def test_words_come_back_as_members_and_none_as_none(database: Database) -> None:
    with database.write(ALL_CLINICS) as db:
        db.execute(insert(THINGS), [{"s": Status.IN_DOUBT, "at": None}, {"s": None, "at": None}])
        stored = list(db.scalars(select(THINGS.c.s).order_by(THINGS.c.id)))
        word = db.execute(text("SELECT s FROM things ORDER BY id")).scalars().first()

    assert stored == [Status.IN_DOUBT, None]
    assert stored[0] is Status.IN_DOUBT
    assert word == "in_doubt"


def test_a_word_that_is_none_of_them_is_refused(database: Database) -> None:
    with database.write(ALL_CLINICS) as db, pytest.raises(StatementError, match="posted"):
        db.execute(insert(THINGS), {"s": "posted"})
