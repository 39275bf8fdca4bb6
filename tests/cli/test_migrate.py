from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import CommandLine


def test_a_new_store_is_readable_by_its_owner_only(empty_cli: CommandLine) -> None:
    ended = empty_cli.well("migrate")

    assert {path.name: oct(path.stat().st_mode & 0o777) for path in empty_cli.folder.iterdir()} == {
        "aftercare.db": "0o600",
        "aftercare.key": "0o600",
    }
    assert ended.out == ""
    assert "Made the key file aftercare.key. Back it up, apart from the database" in ended.err


def test_migrating_again_keeps_data_and_key(empty_cli: CommandLine) -> None:
    empty_cli.well("migrate")
    key = Path("aftercare.key").read_bytes()
    clinic_id = empty_cli.clinic()

    ended = empty_cli.well("migrate")

    assert ended.err == "The database is ready.\n"
    assert Path("aftercare.key").read_bytes() == key
    assert empty_cli.well("clinic", "show", clinic_id, "--json").json["id"] == clinic_id


def test_a_store_on_postgresql_gets_its_key_file(cli: CommandLine) -> None:
    assert "Made the key file" in cli.well("migrate").err
    assert "Made the key file" not in cli.well("migrate").err
