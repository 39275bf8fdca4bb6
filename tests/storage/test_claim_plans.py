"""What a claim costs, read from the databases' own plans, with 20,000 reminders waiting for later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Status
from scheduler.storage import claims, intents, stale
from scheduler.storage.crypto import KeyRing
from scheduler.storage.database import Database, Db
from scheduler.storage.reminders import move
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import NOW, a_clinic, a_planned, a_quiet_session, add_reminders, copy_reminder

LATER, DUE = 20_000, 20


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that a claim ran, with its parameters, as the driver got them."""

    sql: str
    parameters: Any


def fill(database: Database) -> Clinic:
    """A clinic with some reminders due and many that wait for later days."""
    clinic = a_clinic(database)
    view = a_quiet_session(database, clinic)
    later = NOW + timedelta(days=30)
    planned = [a_planned(str(view.id), rule="later", due_at=later), a_planned(str(view.id), occurrence=1)]
    copied, _ = add_reminders(database, clinic, view, planned)
    copy_reminder(database, copied, LATER)
    due = [a_planned(str(view.id), occurrence=place) for place in range(2, DUE + 1)]
    add_reminders(database, clinic, view, due)
    return clinic


@pytest.fixture
def filled(request: pytest.FixtureRequest, key_ring: KeyRing) -> Iterator[Database]:
    database = Database(request.getfixturevalue(request.param), key_ring)
    fill(database)
    with database.engine.connect() as connection:
        if (
            database.engine.dialect.name == "postgresql"
        ):  # SQLite keeps the statistics that it was given with its tables
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
    yield database
    database.close()


def ran(database: Database, work: Callable[[Db], object]) -> list[Statement]:
    """The statements on reminders that some work runs; what it did is undone."""
    seen: list[Statement] = []

    def note(_: Connection, __: object, sql: str, parameters: Any, *___: object) -> None:  # noqa: ANN401  the driver's own
        if "reminders" in sql:
            seen.append(Statement(sql, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    with database.read(ALL_CLINICS) as db:
        work(db)
    event.remove(database.engine, "before_cursor_execute", note)
    return seen


def claim_ten(db: Db) -> list[claims.Claimed]:
    claimed = claims.claim(db, now=NOW, lease_until=NOW + timedelta(minutes=1), limit=10)
    assert len(claimed) == 10
    return claimed


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


def reads(database: Database, statement: Statement) -> list[dict[str, Any]]:
    """How PostgreSQL read reminders for a statement, which it runs and undoes."""
    with database.engine.connect() as connection:
        explained = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}", statement.parameters)
        (plan,) = explained.scalar_one()
    return [node for node in nodes(plan["Plan"]) if "Scan" in node["Node Type"] and on_reminders(node)]


def on_reminders(node: dict[str, Any]) -> bool:
    return node.get("Relation Name") == "reminders" or "reminders" in str(node.get("Index Name"))


def steps(database: Database, statement: Statement) -> list[str]:
    """How SQLite would go about a statement."""
    with database.engine.connect() as connection:
        return [
            str(row[3])
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement.sql}", statement.parameters)
        ]


@pytest.mark.parametrize("filled", ["fresh_postgresql_url"], indirect=True)
def test_on_postgresql_a_claim_reads_what_can_go_and_nothing_else(filled: Database) -> None:
    found = [node for statement in ran(filled, claim_ten) for node in reads(filled, statement)]

    assert {node.get("Index Name") for node in found} >= {"ix_reminders_waiting"}
    assert [node for node in found if node["Node Type"] == "Seq Scan"] == []
    assert [node for node in found if node.get("Rows Removed by Filter")] == []
    assert max(node["Actual Rows"] * node["Actual Loops"] for node in found) <= DUE


@pytest.mark.parametrize("filled", ["fresh_postgresql_url"], indirect=True)
def test_on_postgresql_no_step_of_sending_reads_the_whole_table(filled: Database) -> None:
    works: list[Callable[[Db], object]] = [
        lambda db: intents.start_sending(db, claim_ten(db), now=NOW),
        lambda db: stale.release_leases(db, NOW + timedelta(hours=1)),
        lambda db: stale.expire(db, NOW, limit=100),
        lambda db: move(db, {"copy-1"}, Status.SKIPPED, reason="person", now=NOW),
    ]

    for work in works:
        found = [node for statement in ran(filled, work) for node in reads(filled, statement)]

        assert found
        assert [node for node in found if node["Node Type"] == "Seq Scan"] == []
        assert max(node["Actual Rows"] * node["Actual Loops"] for node in found) <= DUE


@pytest.mark.parametrize("filled", ["fresh_sqlite_url"], indirect=True)
def test_on_sqlite_a_claim_walks_the_same_index_in_its_order(filled: Database) -> None:
    look, take = (steps(filled, statement) for statement in ran(filled, claim_ten))

    waiting = "SEARCH reminders USING INDEX ix_reminders_waiting (sender_id=? AND rank=? AND next_at<?)"
    assert [step for step in look if "reminders" in step] == [waiting]
    assert [step for step in take if "reminders" in step] == [
        "SEARCH reminders USING COVERING INDEX sqlite_autoindex_reminders_1 (id=?)",
        waiting,
        "SEARCH reminders USING INDEX ix_reminders_bundle (bundled_into=?)",
    ]
    assert "USE TEMP B-TREE FOR ORDER BY" not in take
