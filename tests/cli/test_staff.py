from __future__ import annotations

import pytest

from tests.cli.conftest import CommandLine

ADA = ("--name", "Ada Osei", "--email", "ada@willow.example", "--role", "approver")


def test_people_are_added_and_listed(cli: CommandLine) -> None:
    clinic_id, other = cli.clinic(), cli.clinic()

    added = cli.well("staff", "add", "--clinic", clinic_id, *ADA, "--json").json["id"]

    [person] = cli.well("staff", "list", "--clinic", clinic_id, "--json").json
    assert {key: person[key] for key in ("id", "name", "email", "role")} == {
        "id": added,
        "name": "Ada Osei",
        "email": "ada@willow.example",
        "role": "approver",
    }
    assert "Ada Osei" in cli.well("staff", "list", "--clinic", clinic_id).out
    assert cli.well("staff", "list", "--clinic", other, "--json").json == []


def test_a_person_that_cannot_be_is_told_by_option(sqlite_cli: CommandLine) -> None:
    clinic_id = sqlite_cli.clinic()

    said = sqlite_cli.refused("staff", "add", "--clinic", clinic_id, *ADA[:-1], "boss")

    assert said.startswith("error: --role: there is no role boss; use one of: approver, editor, front_desk")


def test_a_token_can_be_a_persons(cli: CommandLine) -> None:
    clinic_id = cli.clinic()
    person = cli.well("staff", "add", "--clinic", clinic_id, *ADA, "--json").json["id"]

    cli.well("token", "add", "--clinic", clinic_id, "--staff", "Ada@willow.example")

    [token] = cli.well("token", "list", "--clinic", clinic_id, "--json").json
    assert token["staff_id"] == person
    assert "Ada Osei" in cli.well("token", "list", "--clinic", clinic_id).out


def test_a_token_for_nobody_is_not_made(sqlite_cli: CommandLine) -> None:
    clinic_id = sqlite_cli.clinic()

    said = sqlite_cli.refused("token", "add", "--clinic", clinic_id, "--staff", "who@willow.example")

    assert said.startswith("error: --staff: nobody of the clinic's staff has the address who@willow.example")


def test_a_new_person_gets_a_link_that_is_shown_once(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    clinic_id = cli.clinic()
    monkeypatch.setenv("AFTERCARE_PUBLIC_URL", "https://care.willow.example/")

    added = cli.well("staff", "add", "--clinic", clinic_id, *ADA, "--json").json

    assert added["link"].startswith("https://care.willow.example/welcome/")
    assert len(added["link"].rpartition("/")[2]) > 40
    [person] = cli.well("staff", "list", "--clinic", clinic_id, "--json").json
    assert (person["has_password"], person["disabled_at"]) == (False, None)
    assert added["link"].rpartition("/")[2] not in cli.well("staff", "list", "--clinic", clinic_id).out


def test_without_a_public_address_the_links_path_is_shown(sqlite_cli: CommandLine) -> None:
    clinic_id = sqlite_cli.clinic()

    ended = sqlite_cli.well("staff", "add", "--clinic", clinic_id, *ADA)

    first, path = ended.out.splitlines()
    assert first.startswith("Added Ada Osei. Their id is ")
    assert path.startswith("/welcome/")
    assert "works once and for 72 hours" in ended.err
    assert "AFTERCARE_PUBLIC_URL is not set" in ended.err


def test_somebody_is_reset_and_disabled_by_address_or_id(cli: CommandLine) -> None:
    clinic_id = cli.clinic()
    added = cli.well("staff", "add", "--clinic", clinic_id, *ADA, "--json").json

    by_address = cli.well("staff", "reset", "ADA@willow.example", "--clinic", clinic_id, "--json").json
    cli.well("staff", "disable", added["id"], "--clinic", clinic_id)

    assert by_address["id"] == added["id"]
    assert by_address["link"] != added["link"]
    [person] = cli.well("staff", "list", "--clinic", clinic_id, "--json").json
    assert person["disabled_at"] is not None
    assert "disabled" in cli.well("staff", "list", "--clinic", clinic_id).out


def test_nobody_of_another_clinic_is_reset_or_disabled(sqlite_cli: CommandLine) -> None:
    clinic_id, other = sqlite_cli.clinic(), sqlite_cli.clinic()
    theirs = sqlite_cli.well("staff", "add", "--clinic", other, *ADA, "--json").json["id"]

    for command in ("reset", "disable"):
        for who in (theirs, "ada@willow.example", "nobody"):
            said = sqlite_cli.refused("staff", command, who, "--clinic", clinic_id)
            assert said.startswith(f"error: PERSON: nobody of the clinic's staff has the address or id {who}")


def test_the_last_manager_stays(sqlite_cli: CommandLine) -> None:
    clinic_id = sqlite_cli.clinic()
    sqlite_cli.well("staff", "add", "--clinic", clinic_id, *ADA[:-1], "manager")

    assert "last manager" in sqlite_cli.refused("staff", "disable", "ada@willow.example", "--clinic", clinic_id)
