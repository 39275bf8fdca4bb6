from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.cli.conftest import CommandLine
from tests.databases.binaries import find_binaries


@pytest.fixture
def postgres_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump and pg_restore of the server that tests run on."""
    binaries = find_binaries(os.environ)
    assert binaries is not None
    monkeypatch.setenv("PATH", f"{binaries}:{os.environ['PATH']}")


@pytest.fixture
def writer(sqlite_cli: CommandLine) -> Iterator[sqlite3.Connection]:
    """A process that has the database open and is writing."""
    sqlite_cli.clinic()
    with closing(sqlite3.connect("aftercare.db", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE clinics SET name = 'Half written'")
        yield connection


def names(cli: CommandLine) -> list[str]:
    return [clinic["name"] for clinic in cli.well("clinic", "list", "--json").json]


def test_a_backup_is_private_and_says_that_the_key_is_not_in_it(sqlite_cli: CommandLine) -> None:
    sqlite_cli.clinic()

    ended = sqlite_cli.well("backup", "copy.db")

    assert ended.out == ""
    assert "The key file aftercare.key is not in it" in ended.err
    assert oct(Path("copy.db").stat().st_mode & 0o777) == "0o600"
    assert sorted(path.name for path in sqlite_cli.folder.iterdir()) == ["aftercare.db", "aftercare.key", "copy.db"]


def test_a_backup_is_consistent_while_somebody_writes(sqlite_cli: CommandLine, writer: sqlite3.Connection) -> None:
    sqlite_cli.well("backup", "copy.db")
    writer.execute("COMMIT")

    with closing(sqlite3.connect("copy.db")) as copy:
        assert copy.execute("SELECT name FROM clinics").fetchall() == [("Willow Skin",)]
    assert names(sqlite_cli) == ["Half written"]


def test_a_backup_is_one_file_that_needs_nothing_beside_it(sqlite_cli: CommandLine) -> None:
    sqlite_cli.well("backup", "copy.db")

    with closing(sqlite3.connect("copy.db")) as copy:
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_a_file_that_is_there_is_replaced_only_when_told(sqlite_cli: CommandLine) -> None:
    Path("copy.db").write_text("dear to somebody")

    said = sqlite_cli.refused("backup", "copy.db")
    kept = Path("copy.db").read_text()
    sqlite_cli.well("backup", "copy.db", "--force")

    assert said == "error: copy.db exists already: choose another name, or replace it with --force.\n"
    assert kept == "dear to somebody"
    assert Path("copy.db").read_bytes().startswith(b"SQLite format 3\0")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("aftercare.db", "aftercare.db is the database itself: choose another name."),
        ("aftercare.key", "aftercare.key is the key file: choose another name."),
    ],
)
def test_force_never_replaces_the_database_or_its_key(sqlite_cli: CommandLine, name: str, line: str) -> None:
    sqlite_cli.clinic()
    before = Path(name).read_bytes()

    assert sqlite_cli.refused("backup", name, "--force") == f"error: {line}\n"
    assert Path(name).read_bytes() == before


def test_a_backup_into_a_folder_that_is_missing(sqlite_cli: CommandLine) -> None:
    said = sqlite_cli.refused("backup", "none/copy.db")

    assert said.startswith("error: ")
    assert said.endswith("can't be used: No such file or directory.\n")


def test_a_damaged_database_does_not_replace_a_good_backup(sqlite_cli: CommandLine) -> None:
    sqlite_cli.clinic()
    sqlite_cli.well("backup", "copy.db")
    good = Path("copy.db").read_bytes()
    data = Path("aftercare.db").read_bytes()
    middle = len(data) // 2
    Path("aftercare.db").write_bytes(data[:middle] + b"\xff" * 8192 + data[middle + 8192 :])

    said = sqlite_cli.refused("backup", "copy.db", "--force")

    assert "damaged" in said
    assert Path("copy.db").read_bytes() == good


def test_a_restore_brings_back_what_was_and_keeps_what_is(sqlite_cli: CommandLine) -> None:
    clinic_id = sqlite_cli.clinic()
    sqlite_cli.well("backup", "copy.db")
    sqlite_cli.well("clinic", "set", clinic_id, "name", "Oak Skin")

    refused = sqlite_cli.refused("restore", "copy.db")
    ended = sqlite_cli.well("restore", "copy.db", "--force")
    restored = names(sqlite_cli)
    sqlite_cli.well("restore", "aftercare.db.before-restore", "--force")

    assert refused == "error: aftercare.db exists already: --force replaces it, and keeps it beside the new one.\n"
    assert "What was there is kept as aftercare.db.before-restore." in ended.err
    assert "Every clinic is paused" in ended.err
    assert restored == ["Willow Skin"]
    assert names(sqlite_cli) == ["Oak Skin"]
    assert Path("aftercare.db.before-restore-2").exists()
    assert oct(Path("aftercare.db").stat().st_mode & 0o777) == "0o600"


def test_a_restored_clinic_sends_nothing_until_a_person_ends_its_pause(sqlite_cli: CommandLine) -> None:
    clinic_id = sqlite_cli.clinic()
    sqlite_cli.well("backup", "copy.db")

    sqlite_cli.well("restore", "copy.db", "--force")

    assert json.loads(sqlite_cli.well("clinic", "show", clinic_id, "--json").out)["paused"] is True
    sqlite_cli.well("clinic", "resume", clinic_id)


def test_a_restore_needs_no_database_before(sqlite_cli: CommandLine) -> None:
    sqlite_cli.clinic()
    sqlite_cli.well("backup", "copy.db")
    for file in sqlite_cli.folder.glob("aftercare.db*"):
        file.unlink()

    sqlite_cli.well("restore", "copy.db")

    assert names(sqlite_cli) == ["Willow Skin"]


def test_a_restore_waits_for_nobody_who_uses_the_database(sqlite_cli: CommandLine, writer: sqlite3.Connection) -> None:
    sqlite_cli.well("backup", "copy.db")
    writer.execute("ROLLBACK")  # open, but idle, as a server is between two requests

    said = sqlite_cli.refused("restore", "copy.db", "--force")

    assert said == "error: The database is in use: stop aftercare serve and whatever else uses it, then restore.\n"
    assert not Path("aftercare.db.before-restore").exists()
    assert names(sqlite_cli) == ["Willow Skin"]


def test_a_damaged_database_can_be_replaced(sqlite_cli: CommandLine) -> None:
    sqlite_cli.clinic()
    sqlite_cli.well("backup", "copy.db")
    Path("aftercare.db").write_text("not a database any more " * 1000)

    sqlite_cli.well("restore", "copy.db", "--force")

    assert names(sqlite_cli) == ["Willow Skin"]
    assert Path("aftercare.db.before-restore").read_text().startswith("not a database")


def test_a_backup_of_an_older_version_is_restored_and_must_be_migrated(sqlite_cli: CommandLine) -> None:
    sqlite_cli.clinic()
    sqlite_cli.well("backup", "copy.db")
    with closing(sqlite3.connect("copy.db", isolation_level=None)) as copy:
        copy.execute("UPDATE alembic_version SET version_num = '0001'")

    ended = sqlite_cli.well("restore", "copy.db", "--force")

    assert "It is from an older version: run aftercare migrate." in ended.err
    assert sqlite_cli.refused("clinic", "list").endswith("run aftercare migrate.\n")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "is from a newer version of this program"),
        ("DROP TABLE alembic_version", "is not a backup of this program."),
    ],
)
def test_what_is_no_backup_of_this_version_is_not_restored(sqlite_cli: CommandLine, change: str, line: str) -> None:
    sqlite_cli.clinic()
    sqlite_cli.well("backup", "copy.db")
    with closing(sqlite3.connect("copy.db", isolation_level=None)) as copy:
        copy.execute(change)

    said = sqlite_cli.refused("restore", "copy.db", "--force")

    assert said.startswith(f"error: copy.db {line}")
    assert names(sqlite_cli) == ["Willow Skin"]
    assert not list(sqlite_cli.folder.glob(".aftercare-copy-*"))


def test_a_file_that_is_no_database_is_not_restored(sqlite_cli: CommandLine) -> None:
    Path("notes.txt").write_text("Dear diary, " * 1000)

    assert sqlite_cli.refused("restore", "notes.txt", "--force") == "error: notes.txt is not a database.\n"
    assert not list(sqlite_cli.folder.glob(".aftercare-copy-*"))


def test_a_backup_that_the_key_does_not_open_is_not_restored(
    sqlite_cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite_cli.clinic()
    sqlite_cli.well("backup", "copy.db")
    Path("aftercare.key").rename("safe.key")

    without = sqlite_cli.refused("restore", "copy.db", "--force")
    monkeypatch.setenv("AFTERCARE_DATABASE_URL", "sqlite:///other.db")
    sqlite_cli.well("migrate")
    wrong = sqlite_cli.refused("restore", "copy.db", "--force")

    assert without.startswith("error: The key file aftercare.key is missing")
    assert wrong.startswith("error: aftercare.key is not the key that this database was sealed with")
    assert names(sqlite_cli) == []


@pytest.fixture
def postgres_cli(empty_cli: CommandLine, fresh_postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """A command line on a migrated PostgreSQL database."""
    monkeypatch.setenv("AFTERCARE_DATABASE_URL", fresh_postgresql_url)
    return empty_cli


@pytest.mark.usefixtures("postgres_programs")
def test_a_postgresql_database_is_dumped_and_put_back(postgres_cli: CommandLine) -> None:
    clinic_id = postgres_cli.clinic()
    postgres_cli.well("backup", "copy.dump")
    postgres_cli.well("clinic", "set", clinic_id, "name", "Oak Skin")

    refused = postgres_cli.refused("restore", "copy.dump")
    postgres_cli.well("restore", "copy.dump", "--force")

    assert oct(Path("copy.dump").stat().st_mode & 0o777) == "0o600"
    assert refused == (
        "error: The database holds data already: --force replaces it, and keeps it in copy.dump.before-restore.\n"
    )
    assert names(postgres_cli) == ["Willow Skin"]
    postgres_cli.well("restore", "copy.dump.before-restore", "--force")
    assert names(postgres_cli) == ["Oak Skin"]


@pytest.mark.usefixtures("postgres_programs")
def test_what_is_no_dump_is_not_restored(postgres_cli: CommandLine) -> None:
    postgres_cli.clinic()
    Path("broken.dump").write_bytes(b"PGDMP and then nothing of use")
    Path("notes.txt").write_text("Dear diary")

    broken = postgres_cli.refused("restore", "broken.dump", "--force")
    other = postgres_cli.refused("restore", "notes.txt", "--force")

    assert broken.startswith("error: pg_restore failed: ")
    assert other == "error: notes.txt is not a backup of this program.\n"
    assert names(postgres_cli) == ["Willow Skin"]


def test_without_the_servers_programs_the_command_is_told_without_the_password(
    postgres_cli: CommandLine, fresh_postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(postgres_cli.folder))

    said = postgres_cli.refused("backup", "copy.dump")

    assert said.startswith("error: pg_dump is not installed here; where it is, run: pg_dump --dbname=postgresql://")
    assert f":{make_url(fresh_postgresql_url).password}" not in said
