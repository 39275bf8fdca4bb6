from __future__ import annotations

import pytest
from sqlalchemy import text

from scheduler.storage import schema
from scheduler.storage.crypto import KeyRing
from scheduler.storage.database import Database

SESSIONS = "EXPLAIN QUERY PLAN SELECT * FROM reminders WHERE clinic_id = 'c' AND session_id IN ('a', 'b', 'c')"
CONTACTS = "EXPLAIN QUERY PLAN SELECT * FROM contact_points WHERE clinic_id = 'c' AND patient_id IN ('a', 'b', 'c')"
PATIENT = "EXPLAIN QUERY PLAN SELECT * FROM reminders WHERE clinic_id = 'c' AND patient_id = 'p' ORDER BY due_at, id"
DAY = "EXPLAIN QUERY PLAN SELECT * FROM reminders WHERE clinic_id = 'c' AND due_at >= '1' AND due_at < '2'"


def plan(url: str, keys: KeyRing, statement: str) -> str:
    database = Database(url, keys)
    with database.engine.connect() as connection:
        steps = " | ".join(str(row[3]) for row in connection.execute(text(statement)))
    database.close()
    return steps


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (SESSIONS, "sqlite_autoindex_reminders_3 (session_id=?)"),
        (CONTACTS, "sqlite_autoindex_contact_points_2 (patient_id=?)"),
        (PATIENT, "ix_reminders_patient (patient_id=?)"),
        (DAY, "ix_reminders_clinic (clinic_id=? AND due_at>? AND due_at<?)"),
    ],
)
def test_sqlite_looks_few_patients_up_and_does_not_walk_all_that_a_clinic_has(
    fresh_sqlite_url: str, key_ring: KeyRing, statement: str, index: str
) -> None:
    assert index in plan(fresh_sqlite_url, key_ring, statement)


def test_migrating_again_leaves_the_same_statistics(fresh_sqlite_url: str, key_ring: KeyRing) -> None:
    told = "SELECT tbl, idx, stat FROM sqlite_stat1 WHERE tbl <> 'alembic_version' ORDER BY 1, 2"
    database = Database(fresh_sqlite_url, key_ring)
    with database.engine.connect() as connection:
        before = connection.execute(text(told)).all()
    database.close()

    schema.migrate(fresh_sqlite_url)

    with database.engine.connect() as connection:
        assert connection.execute(text(told)).all() == before
    database.close()
    assert len(before) > 10
