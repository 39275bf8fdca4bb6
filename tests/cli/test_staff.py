from __future__ import annotations

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
