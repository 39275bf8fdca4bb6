"""What the figures of a monitor cost, read from the databases' own plans, with 40,000 reminders in the store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, text, update

from scheduler.domain.delivery.reminders import Status
from scheduler.services.figures import read_figures
from scheduler.storage.crypto import KeyRing
from scheduler.storage.database import Database
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import NOW, StoppedClock, a_clinic, a_planned, a_quiet_session, add_reminders, copy_reminder

MANY, DUE = 20_000, 20


def fill(database: Database) -> None:
    """Some reminders due now, many that wait for later days, as many that went long ago."""
    clinic = a_clinic(database)
    view = a_quiet_session(database, clinic)
    month = timedelta(days=30)
    later = a_planned(str(view.id), rule="later", due_at=NOW + month)
    past = a_planned(str(view.id), rule="past", due_at=NOW - month)
    due = [a_planned(str(view.id), occurrence=place) for place in range(DUE)]
    copied, gone, *_ = add_reminders(database, clinic, view, [later, past, *due])
    with database.write(ALL_CLINICS) as db:
        db.execute(update(ReminderRow).where(ReminderRow.id == gone).values(status=Status.DELIVERED))
    copy_reminder(database, copied, MANY)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE reminders SET id = 'later-' || id WHERE id LIKE 'copy-%'"))
    copy_reminder(database, gone, MANY)


@pytest.fixture
def filled(request: pytest.FixtureRequest, key_ring: KeyRing) -> Iterator[Database]:
    database = Database(request.getfixturevalue(request.param), key_ring)
    fill(database)
    if database.engine.dialect.name == "postgresql":
        with database.engine.connect() as connection:
            # FULL: what earlier tests left in this database is no part of the store that is measured.
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM (FULL, ANALYZE)"))
    yield database
    database.close()


def ran(database: Database) -> list[tuple[str, Any]]:
    """The statements on reminders that reading all figures runs, with their parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_: Connection, __: object, sql: str, parameters: Any, *___: object) -> None:  # noqa: ANN401  the driver's own
        if "reminders" in sql:
            seen.append((sql, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    found = read_figures(database, StoppedClock(NOW + timedelta(minutes=1)))
    event.remove(database.engine, "before_cursor_execute", note)
    assert sum(theirs.count for theirs in found.backlog.values()) == DUE
    assert sum(found.by_status.values()) == DUE
    assert len(seen) == 4
    return seen


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


@pytest.mark.parametrize("filled", ["fresh_postgresql_url"], indirect=True)
def test_on_postgresql_the_figures_read_what_is_due_or_of_the_day_and_nothing_else(filled: Database) -> None:
    for sql, parameters in ran(filled):
        with filled.engine.connect() as connection:
            connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")  # as it is read
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            (plan,) = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", parameters).scalar_one()
        found = [
            node
            for node in nodes(plan["Plan"])
            if node.get("Relation Name") == "reminders" or "reminders" in str(node.get("Index Name"))
        ]

        assert found
        assert [node for node in found if node["Node Type"] == "Seq Scan"] == []
        # Rows are told as a whole number a loop, of which there is one for each sender and rank.
        assert max(node["Actual Rows"] * node["Actual Loops"] for node in found) <= 2 * DUE, (sql, found)
        assert [node for node in found if node.get("Rows Removed by Filter")] == []


@pytest.mark.parametrize("filled", ["fresh_sqlite_url"], indirect=True)
def test_on_sqlite_the_figures_walk_ranges_of_indexes_alone(filled: Database) -> None:
    statements = ran(filled)
    with filled.engine.connect() as connection:
        steps = [
            str(row[3])
            for sql, parameters in statements
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)
            if "reminders" in str(row[3])
        ]

    some, waiting, day, doubts = steps
    assert some == "SEARCH reminders USING INDEX ix_reminders_waiting (sender_id=? AND rank=? AND next_at<?)" == waiting
    assert day.startswith("SEARCH reminders USING COVERING INDEX ix_reminders_clinic (")
    assert day.endswith("(clinic_id) AND due_at>? AND due_at<?)")  # of each clinic in turn
    assert doubts == "SCAN reminders USING INDEX ix_reminders_in_doubt"
