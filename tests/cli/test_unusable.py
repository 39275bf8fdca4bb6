"""What can't be used is told in one line, with exit code 2 and no trace: databases, keys, settings."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine


@pytest.fixture
def file(sqlite_cli: CommandLine) -> Path:
    """The database of the command line, in use."""
    sqlite_cli.clinic()
    return sqlite_cli.folder / "aftercare.db"


@pytest.fixture
def holder(file: Path) -> Iterator[sqlite3.Connection]:
    """Another process's connection, as far as locks go."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        yield connection


def add(cli: CommandLine) -> str:
    """What a command that writes is refused with."""
    given = ("--name", "Other", "--zone", "Europe/Paris", "--country", "FR", "--phone", "01")
    return cli.refused("clinic", "add", *given)


def test_a_database_that_another_process_holds(
    sqlite_cli: CommandLine, holder: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERCARE_DATABASE_URL", "sqlite:///aftercare.db?timeout=0.1")
    holder.execute("BEGIN EXCLUSIVE")

    said = add(sqlite_cli)
    listed = sqlite_cli.well("clinic", "list", "--json").json

    assert said == "error: The database is locked by another process: stop it, or try again in a moment.\n"
    assert len(listed) == 1


def test_a_database_that_is_held_before_it_is_used_as_ours(
    sqlite_cli: CommandLine, holder: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERCARE_DATABASE_URL", "sqlite:///aftercare.db?timeout=0.1")
    holder.execute("PRAGMA journal_mode=DELETE")
    holder.execute("BEGIN EXCLUSIVE")

    for words in (("clinic", "list"), ("migrate",), ("backup", "copy.db")):
        assert sqlite_cli.refused(*words).startswith("error: The database is locked by another process")


def test_a_database_that_can_only_be_read(sqlite_cli: CommandLine, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERCARE_DATABASE_URL", f"sqlite:///file:{file}?mode=ro&uri=true")

    said = add(sqlite_cli)

    assert said == ("error: The database can't be written: give this user write access to the file and its folder.\n")


def test_a_database_that_is_missing_is_not_made_by_looking(empty_cli: CommandLine) -> None:
    said = empty_cli.refused("clinic", "list")

    assert said == "error: The database is not set up yet: run aftercare migrate.\n"
    assert list(empty_cli.folder.iterdir()) == []


def test_a_database_in_a_folder_that_is_missing(empty_cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERCARE_DATABASE_URL", "sqlite:///none/aftercare.db")

    said = empty_cli.refused("migrate")

    assert said == "error: The database file none/aftercare.db can't be made: No such file or directory.\n"


def test_a_database_of_a_newer_version(sqlite_cli: CommandLine, holder: sqlite3.Connection) -> None:
    holder.execute("UPDATE alembic_version SET version_num = '9999'")

    for words in (("clinic", "list"), ("migrate",), ("backup", "copy.db")):
        said = sqlite_cli.refused(*words)
        assert said == "error: The database is from a newer version of this program: install that version.\n"


def test_a_file_that_is_no_database(empty_cli: CommandLine) -> None:
    Path("aftercare.db").write_text("Dear diary, " * 1000)

    for words in (("clinic", "list"), ("migrate",), ("backup", "copy.db")):
        said = empty_cli.refused(*words)
        assert said == "error: The database file is not an SQLite database: check AFTERCARE_DATABASE_URL.\n"
    assert [path.name for path in empty_cli.folder.iterdir()] == ["aftercare.db"]


@pytest.mark.parametrize("versioned", [False, True])
def test_the_tables_of_another_program(empty_cli: CommandLine, *, versioned: bool) -> None:
    with closing(sqlite3.connect("aftercare.db", isolation_level=None)) as other:
        other.execute("CREATE TABLE invoices (id integer)")
        if versioned:
            other.execute("CREATE TABLE alembic_version (version_num varchar(32))")
            other.execute("INSERT INTO alembic_version VALUES ('4f0c')")

    for words in (("clinic", "list"), ("migrate",), ("backup", "copy.db")):
        said = empty_cli.refused(*words)
        assert said == "error: The database holds tables of another program: check AFTERCARE_DATABASE_URL.\n"


def test_a_server_that_is_out_of_reach(empty_cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERCARE_DATABASE_URL", "postgresql://nobody:s3cret@127.0.0.1:1/none")

    said = empty_cli.refused("clinic", "list")

    assert said.startswith("error: The database can't be used: ")
    assert said.count("\n") == 1
    assert "s3cret" not in said


def test_a_key_file_that_is_missing_is_not_replaced(sqlite_cli: CommandLine, file: Path) -> None:
    del file
    Path("aftercare.key").unlink()

    said = sqlite_cli.refused("clinic", "list")

    assert said == (
        "error: The key file aftercare.key is missing: restore it from your backup, "
        "or set AFTERCARE_KEY_FILE to where it is.\n"
    )
    assert not Path("aftercare.key").exists()


def test_a_key_file_of_another_database(sqlite_cli: CommandLine, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = Path("aftercare.key").read_bytes()
    monkeypatch.setenv("AFTERCARE_DATABASE_URL", "sqlite:///other.db")
    monkeypatch.setenv("AFTERCARE_KEY_FILE", "other.key")
    sqlite_cli.well("migrate")
    monkeypatch.setenv("AFTERCARE_DATABASE_URL", f"sqlite:///{file}")

    said = sqlite_cli.refused("clinic", "list")

    assert said == (
        "error: other.key is not the key that this database was sealed with: restore the right one from your backup.\n"
    )
    assert Path("aftercare.key").read_bytes() == key


def test_a_key_file_that_others_can_read(sqlite_cli: CommandLine, file: Path) -> None:
    del file
    Path("aftercare.key").chmod(0o640)

    said = sqlite_cli.refused("clinic", "list")

    assert said == "error: The key file aftercare.key can be read by others: run chmod 600 aftercare.key.\n"


@pytest.mark.parametrize("content", ["", "k1 short", "\udcff"])
def test_a_key_file_that_is_none(sqlite_cli: CommandLine, file: Path, content: str) -> None:
    del file
    Path("aftercare.key").write_text(content, errors="surrogateescape")

    said = sqlite_cli.refused("clinic", "list")

    assert "aftercare.key" in said
    assert said.count("\n") == 1


def test_settings_that_contradict_each_other_are_a_line_each(
    empty_cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERCARE_ENGINE", "cluster")
    monkeypatch.setenv("AFTERCARE_SMTP__USERNAME", "desk")
    monkeypatch.setenv("AFTERCARE_EMAIL", "smtp")

    lines = empty_cli.refused("serve").splitlines()

    assert "error: AFTERCARE_ENGINE=cluster needs PostgreSQL, but AFTERCARE_DATABASE_URL names SQLite." in lines
    assert "error: AFTERCARE_SMTP__USERNAME and AFTERCARE_SMTP__PASSWORD go together: set both or neither." in lines


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("AFTERCARE_SEND_THREAD", "4", "AFTERCARE_SEND_THREAD is not a setting. Did you mean AFTERCARE_SEND_THREADS?"),
        ("AFTERCARE_SEND_THREADS", "many", "AFTERCARE_SEND_THREADS must be a whole number from 1 to 64."),
        ("AFTERCARE_DATABASE_URL", "mysql://x", "AFTERCARE_DATABASE_URL must begin with sqlite:/// or postgresql://."),
        (
            "AFTERCARE_DATABASE_URL",
            "sqlite://",
            "AFTERCARE_DATABASE_URL must name a file, as in sqlite:///aftercare.db.",
        ),
    ],
)
def test_a_setting_that_is_none(
    empty_cli: CommandLine, monkeypatch: pytest.MonkeyPatch, name: str, value: str, line: str
) -> None:
    monkeypatch.setenv(name, value)

    for words in (("migrate",), ("clinic", "list"), ("worker",), ("restore", __file__)):
        assert empty_cli.refused(*words) == f"error: {line}\n"


def test_a_configuration_that_cannot_be_read_names_its_files(
    sqlite_cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERCARE_CONFIG_DIR", "none")

    said = sqlite_cli.refused("clinic", "list")

    assert "error: none/topics.toml: can't be read: No such file or directory\n" in said
