from __future__ import annotations

import pytest

from tests.cli.conftest import CommandLine


def findings(cli: CommandLine, code: int) -> list[dict[str, str]]:
    ended = cli("doctor", "--json")
    assert ended.code == code, ended.out
    found: list[dict[str, str]] = ended.json
    assert all(set(one) == {"severity", "what", "mend"} and all(one.values()) for one in found)
    return found


def test_a_new_set_up_has_only_a_warning_that_nothing_sends_yet(cli: CommandLine) -> None:
    cli.clinic()

    [found] = findings(cli, 0)

    assert (found["severity"], found["what"]) == ("warning", "No process that sends has been seen yet.")


def test_a_table_for_people_names_what_and_mend(cli: CommandLine) -> None:
    cli.well("sender", "hold", "settings-sms", "--reason", "Under review")

    ended = cli("doctor")

    assert ended.code == 1
    assert "fault     The sender settings-sms is held since" in ended.out
    assert "aftercare sender release settings-sms" in ended.out


def test_settings_that_cannot_be_are_a_finding_and_no_error(
    empty_cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERCARE_SEND_THREADS", "many")

    [found] = findings(empty_cli, 1)

    assert found["what"] == "AFTERCARE_SEND_THREADS must be a whole number from 1 to 64."
    assert "docs/settings.md" in found["mend"]


def test_a_database_that_is_not_there_is_found_and_not_made(empty_cli: CommandLine) -> None:
    [found] = findings(empty_cli, 1)

    assert (found["what"], found["mend"]) == ("The database is not set up yet.", "Run aftercare migrate.")
    assert list(empty_cli.folder.iterdir()) == []


def test_files_of_clinics_that_cannot_be_read_are_found(
    sqlite_cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    (sqlite_cli.folder / "config").mkdir()
    monkeypatch.setenv("AFTERCARE_CONFIG_DIR", "config")

    found = findings(sqlite_cli, 1)

    assert "config/topics.toml" in found[0]["what"]
    assert "Mend the file" in found[0]["mend"]


def test_a_sender_whose_provider_the_settings_do_not_give_is_found(cli: CommandLine) -> None:
    clinic_id = cli.clinic()
    sender = ("--channel", "email", "--provider", "smtp", "--identity", "from_address=care@willow.example")
    cli.well("sender", "add", "--clinic", clinic_id, *sender, "--name", "Mail")

    found = findings(cli, 1)

    assert [one["what"] for one in found if one["severity"] == "fault"] == [
        "Sender Mail: These settings give no way out by its provider."
    ]
