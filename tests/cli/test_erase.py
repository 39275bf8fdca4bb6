from __future__ import annotations

from tests.cli.conftest import CommandLine
from tests.cli.test_replan import a_session

WHY = ("--reason", "They asked for it by letter.")


def test_a_patient_is_erased_for_good_and_it_is_said_what_went(cli: CommandLine) -> None:
    clinic_id = cli.clinic()
    patient_id = a_session(cli, clinic_id)
    waiting = len(cli.well("outbox", "--clinic", clinic_id, "--json").json)

    done = cli.well("erase", patient_id, *WHY, "--yes", "--json").json
    again = cli.well("erase", patient_id, *WHY, "--yes")

    assert done == {
        "patient_id": patient_id,
        "before": False,
        "sessions": 1,
        "messages": waiting,
        "on_their_way": 0,
    }
    assert again.err.startswith("Erased before; nothing is left to erase.")
    assert cli.well("outbox", "--clinic", clinic_id, "--json").json == []


def test_nothing_is_erased_without_yes_or_without_a_reason_that_will_do(sqlite_cli: CommandLine) -> None:
    patient_id = a_session(sqlite_cli, sqlite_cli.clinic())

    assert "add --yes" in sqlite_cli.refused("erase", patient_id, *WHY)
    assert "--reason" in sqlite_cli.refused("erase", patient_id, "--yes")
    named = sqlite_cli.refused("erase", patient_id, "--reason", "Amira asked", "--yes")
    assert named.startswith("error: --reason: leave the patient's name")
    assert "There is no patient none" in sqlite_cli.refused("erase", "none", *WHY, "--yes")
    assert sqlite_cli.well("erase", patient_id, *WHY, "--yes", "--json").json["sessions"] == 1
