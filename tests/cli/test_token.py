from __future__ import annotations

import pytest

from scheduler.cli.opening import opened
from scheduler.storage import tokens
from scheduler.storage.tenancy import ALL_CLINICS
from tests.cli.conftest import CommandLine


def found(secret: str) -> tokens.Token | None:
    with opened() as store, store.database.read(ALL_CLINICS) as db:
        return tokens.find_token(db, secret)


def test_a_token_is_printed_once_and_opens_its_clinic(cli: CommandLine) -> None:
    clinic_id = cli.clinic()

    secret = cli.well("token", "add", "--clinic", clinic_id, "--json").json["token"]

    token = found(secret)
    assert token is not None
    assert (token.clinic_id, token.scopes) == (clinic_id, frozenset())
    assert secret not in cli.well("token", "list", "--clinic", clinic_id, "--json").out


def test_the_token_alone_is_on_stdout(cli: CommandLine) -> None:
    ended = cli.well("token", "add", "--clinic", cli.clinic())

    assert found(ended.out.rstrip("\n")) is not None
    assert ended.err == "Keep it now: it can't be shown again.\n"


def test_a_token_may_do_what_its_scopes_say(cli: CommandLine) -> None:
    clinic_id = cli.clinic()
    scopes = ("--scope", "sessions:write", "--scope", "reminders:read")

    cli.well("token", "add", "--clinic", clinic_id, *scopes, "--label", "desk app")

    [token] = cli.well("token", "list", "--clinic", clinic_id, "--json").json
    assert (token["label"], token["scopes"]) == ("desk app", ["reminders:read", "sessions:write"])
    assert "desk app  reminders:read, sessions:write" in cli.well("token", "list", "--clinic", clinic_id).out


@pytest.mark.parametrize(
    ("more", "line"),
    [
        (("--scope", "session:write"), "--scope: there is no scope session:write; did you mean sessions:write?"),
        (("--label", ""), "--label: say in 1 to 80 letters what the token is for"),
        (("--label", "x" * 81), "--label: say in 1 to 80 letters what the token is for"),
    ],
)
def test_a_token_that_cannot_be_is_not_made(sqlite_cli: CommandLine, more: tuple[str, ...], line: str) -> None:
    clinic_id = sqlite_cli.clinic()

    said = sqlite_cli.refused("token", "add", "--clinic", clinic_id, *more)

    assert said == f"error: {line}\n"
    assert sqlite_cli.well("token", "list", "--clinic", clinic_id, "--json").json == []


def test_a_revoked_token_opens_nothing_and_is_listed_no_more(cli: CommandLine) -> None:
    clinic_id = cli.clinic()
    secret = cli.well("token", "add", "--clinic", clinic_id, "--json").json["token"]
    [token] = cli.well("token", "list", "--clinic", clinic_id, "--json").json

    cli.well("token", "revoke", "--clinic", clinic_id, token["id"])

    assert found(secret) is None
    assert cli.well("token", "list", "--clinic", clinic_id, "--json").json == []
    again = cli.refused("token", "revoke", "--clinic", clinic_id, token["id"])
    assert again == f"error: There is no token {token['id']} in this clinic.\n"


def test_another_clinics_token_cannot_be_revoked(cli: CommandLine) -> None:
    ours, theirs = cli.clinic(), cli.clinic()
    secret = cli.well("token", "add", "--clinic", theirs, "--json").json["token"]
    [token] = cli.well("token", "list", "--clinic", theirs, "--json").json

    said = cli.refused("token", "revoke", "--clinic", ours, token["id"])

    assert said == f"error: There is no token {token['id']} in this clinic.\n"
    assert found(secret) is not None
