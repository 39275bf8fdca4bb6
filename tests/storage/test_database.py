from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from scheduler.domain.clinics.clinics import Clinic
from scheduler.storage.clinics import ClinicRow, get_clinic, list_clinics
from scheduler.storage.crypto import KeyRing
from scheduler.storage.database import Database, DatabaseUnusable, Db, libpq_url, lock_name
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import a_clinic, register, stored_rows


def rename(db: Db, name: str) -> None:
    db.scalars(select(ClinicRow)).one().name = name
    db.flush()


def rename_and_fail(database: Database, clinic: Clinic) -> None:
    with database.write(clinic.id) as db:
        rename(db, "Birch")
        raise InterruptedError


def test_what_a_block_wrote_is_stored_together_or_not_at_all(database: Database) -> None:
    clinic = a_clinic(database)
    before = stored_rows(database)

    with pytest.raises(InterruptedError):
        rename_and_fail(database, clinic)

    with database.read(clinic.id) as db:
        assert get_clinic(db).name == "Willow Skin"
    assert stored_rows(database) == before


def test_a_handle_for_reading_stores_nothing(database: Database) -> None:
    clinic = a_clinic(database)

    with database.read(clinic.id) as db:
        rename(db, "Birch")

    with database.read(clinic.id) as db:
        assert get_clinic(db).name == "Willow Skin"


def test_a_handle_for_reading_sees_one_state(database: Database) -> None:
    clinic = a_clinic(database)

    with database.read(clinic.id) as reader:
        before = reader.execute(text("SELECT name FROM clinics")).scalar_one()
        with database.write(clinic.id) as db:
            rename(db, "Birch")
        after = reader.execute(text("SELECT name FROM clinics")).scalar_one()

    assert before == after == "Willow Skin"
    with database.read(clinic.id) as db:
        assert get_clinic(db).name == "Birch"


def test_whoever_reads_and_whoever_writes_do_not_wait_for_each_other(database: Database) -> None:
    clinic = a_clinic(database)

    with database.write(clinic.id) as writer:
        rename(writer, "Birch")
        with database.read(clinic.id) as db:
            seen = get_clinic(db).name

    assert seen == "Willow Skin"


def test_a_constraint_that_stops_a_write_stays_what_it_is(database: Database) -> None:
    clinic = a_clinic(database)

    with pytest.raises(IntegrityError), database.write(clinic.id) as db:
        db.execute(text("INSERT INTO senders (id, channel, provider) VALUES ('sandbox-sms', 'sms', 'x')"))


def test_the_servers_clock_is_asked_where_there_is_a_server(database: Database) -> None:
    with database.read(ALL_CLINICS) as db:
        first, second = db.server_now(), db.server_now()

    assert (first is None) == (database.engine.dialect.name == "sqlite")
    assert first == second


def test_a_locked_file_is_told_with_the_mend(fresh_sqlite_url: str, key_ring: KeyRing) -> None:
    database = Database(f"{fresh_sqlite_url}?timeout=0", key_ring)
    other = sqlite3.connect(fresh_sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(DatabaseUnusable, match="locked by another process"), database.write(ALL_CLINICS) as db:
        list_clinics(db)
    with database.read(ALL_CLINICS) as db:
        seen = list_clinics(db)

    other.close()
    database.close()
    assert seen == []


def test_a_file_that_is_no_database_is_told_with_the_mend(tmp_path: Path, key_ring: KeyRing) -> None:
    file = tmp_path / "letter.db"
    file.write_text("Dear patient, " * 100)
    database = Database(f"sqlite:///{file}", key_ring)

    with pytest.raises(DatabaseUnusable, match="not an SQLite database"), database.read(ALL_CLINICS) as db:
        list_clinics(db)

    database.close()


def test_a_damaged_file_is_told_with_the_mend(fresh_sqlite_url: str, key_ring: KeyRing) -> None:
    whole = Database(fresh_sqlite_url, key_ring)
    register(whole, a_clinic(whole))
    whole.close()
    file = Path(fresh_sqlite_url.removeprefix("sqlite:///"))
    pages = file.read_bytes()
    file.write_bytes(pages[:8192] + b"\xff" * (len(pages) - 8192))
    database = Database(fresh_sqlite_url, key_ring)

    with pytest.raises(DatabaseUnusable, match="damaged: restore your last backup"), database.read(ALL_CLINICS) as db:
        list_clinics(db)

    database.close()


def test_a_database_without_tables_is_told_with_the_mend(tmp_path: Path, key_ring: KeyRing) -> None:
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}", key_ring)

    with pytest.raises(DatabaseUnusable, match="run aftercare migrate"), database.read(ALL_CLINICS) as db:
        list_clinics(db)

    database.close()


@pytest.mark.parametrize("url", ["mysql://localhost/aftercare", "aftercare.db", "", "oracle+cx://x/y"])
def test_a_database_of_another_kind_is_refused(url: str, key_ring: KeyRing) -> None:
    with pytest.raises(DatabaseUnusable, match="AFTERCARE_DATABASE_URL"):
        Database(url, key_ring)


def test_a_server_that_does_not_answer_is_told_without_its_password(key_ring: KeyRing) -> None:
    database = Database("postgresql+psycopg://aftercare:secret@127.0.0.1:1/aftercare", key_ring)

    with pytest.raises(DatabaseUnusable, match="The database can't be used") as told, database.read(ALL_CLINICS) as db:
        list_clinics(db)

    assert "secret" not in str(told.value)
    assert "\n" not in str(told.value)


def test_a_name_is_held_until_the_transaction_ends(fresh_postgresql_url: str, key_ring: KeyRing) -> None:
    database = Database(fresh_postgresql_url, key_ring)
    clinic = a_clinic(database)
    free = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")

    def is_free(name: str) -> bool:
        with database.write(ALL_CLINICS) as db:
            return bool(db.execute(free, {"name": name}).scalar())

    with database.write(clinic.id) as db:
        lock_name(db, "amira")
        held, other_name, other_clinic = (
            is_free(name) for name in (f"{clinic.id}/amira", f"{clinic.id}/bea", "other/amira")
        )
    after = is_free(f"{clinic.id}/amira")

    database.close()
    assert (held, other_name, other_clinic, after) == (False, True, True, True)


@pytest.mark.parametrize(("word", "threshold"), [("none", None), ("3", 3)])
def test_a_pooler_that_shares_connections_gets_no_prepared_statements(
    word: str, threshold: int | None, fresh_postgresql_url: str, key_ring: KeyRing
) -> None:
    asked = f"{fresh_postgresql_url}?prepare_threshold={word}"
    database = Database(asked, key_ring)

    with database.read(ALL_CLINICS) as db:
        driver = db.connection().connection.driver_connection
        found = driver.prepare_threshold if driver is not None else "no connection"
    database.close()

    assert found == threshold
    assert libpq_url(asked) == fresh_postgresql_url.replace("+psycopg", "")


def test_a_word_for_prepared_statements_that_is_none_is_refused(key_ring: KeyRing) -> None:
    with pytest.raises(DatabaseUnusable, match="can't be read"):
        Database("postgresql://aftercare@localhost/aftercare?prepare_threshold=often", key_ring)
