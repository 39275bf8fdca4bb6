from __future__ import annotations

import getpass

import pytest

from scheduler.cli.opening import opened
from scheduler.storage.audit import AuditRow
from tests.cli.conftest import CommandLine

GIVEN = {"--name": "Willow Skin", "--zone": "Europe/London", "--country": "GB", "--phone": "020 7946 0018"}


def words(**changed: str) -> list[str]:
    """What opens a clinic, with some options changed."""
    given = GIVEN | {f"--{name}": value for name, value in changed.items()}
    return ["clinic", "add", *(word for option in given.items() for word in option)]


def test_a_new_clinic_is_in_trial_and_has_the_shipped_protocols(cli: CommandLine) -> None:
    ended = cli.well(*words())

    [clinic] = cli.well("clinic", "list", "--json").json
    assert ended.out == f"Opened Willow Skin, in trial. Its id is {clinic['id']}\n"
    assert (clinic["name"], clinic["live"], clinic["paused"]) == ("Willow Skin", False, False)
    versions = cli.well("protocol", "list", "--clinic", clinic["id"], "--json").json
    published = [(version["procedure"], version["number"]) for version in versions]
    assert published == [("chemical_peel", 1), ("microneedling", 1)]


def test_a_clinic_goes_live_when_somebody_signs(cli: CommandLine) -> None:
    opened_live = cli.clinic("--live", "--signed-by", "Dr Okafor")
    later = cli.clinic()

    cli.well("clinic", "live", later, "--signed-by", "Dr Okafor")

    assert [clinic["live"] for clinic in cli.well("clinic", "list", "--json").json] == [True, True]
    assert cli.well("clinic", "show", opened_live, "--json").json["live"] is True


def test_two_clinics_may_have_the_same_name(cli: CommandLine) -> None:
    assert cli.clinic() != cli.clinic()


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (words(name=" "), "--name: give a name of 1 to 40 letters; it stands in every text"),
        (words(zone="Europe/Londn"), "--zone: there is no zone Europe/Londn; did you mean Europe/London?"),
        (words(country="XX"), "--country: there is no country XX; give its two letters, as in GB or US"),
        (
            words(phone="1\n2"),
            "--phone: give a number that a patient can dial, in digits, spaces and + ( ) - . only; it stands in texts",
        ),
        (
            [*words(), "--live"],
            "--live and --signed-by go together: a clinician signs the protocols off before patients get texts",
        ),
        (
            [*words(), "--live", "--signed-by", " "],
            "--signed-by: give the name of the clinician who signs the protocols off, in 1 to 100 letters",
        ),
    ],
)
def test_a_clinic_that_cannot_be_is_not_stored(sqlite_cli: CommandLine, given: list[str], line: str) -> None:
    assert sqlite_cli.refused(*given) == f"error: {line}\n"
    assert sqlite_cli.well("clinic", "list", "--json").json == []


def test_all_that_is_wrong_is_told_at_once(sqlite_cli: CommandLine) -> None:
    assert sqlite_cli.refused(*words(name="", country="Q")).count("error: --") == 2


def test_settings_are_shown_as_they_are_set(cli: CommandLine) -> None:
    clinic_id = cli.clinic()
    shown = cli.well("clinic", "show", clinic_id, "--json").json
    settings = {key: value for key, value in shown.items() if key not in {"id", "country", "live", "paused"}}

    for key, value in settings.items():
        cli.well("clinic", "set", clinic_id, key, value)

    assert cli.well("clinic", "show", clinic_id, "--json").json == shown


def test_a_setting_is_changed_and_said(cli: CommandLine) -> None:
    clinic_id = cli.clinic()

    ended = cli.well("clinic", "set", clinic_id, "sending-hours", "mon-fri 09:00-18:00")

    assert ended.err.startswith("sending_hours is now: mon-fri 09:00-18:00\n")
    assert "Plans made anew: 0" in ended.err
    assert cli.well("clinic", "show", clinic_id, "--json").json["sending_hours"] == "mon-fri 09:00-18:00"


@pytest.mark.parametrize(("key", "value"), [("sendinghours", "09:00-18:00"), ("zone", "Mars"), ("limit_day_0", "-1")])
def test_a_setting_that_cannot_be_changes_nothing(sqlite_cli: CommandLine, key: str, value: str) -> None:
    clinic_id = sqlite_cli.clinic()
    before = sqlite_cli.well("clinic", "show", clinic_id, "--json").json

    said = sqlite_cli.refused("clinic", "set", clinic_id, key, "--", value)

    assert said.startswith(f"error: {key}: ")
    assert sqlite_cli.well("clinic", "show", clinic_id, "--json").json == before


def test_a_pause_holds_until_it_is_ended(cli: CommandLine) -> None:
    clinic_id = cli.clinic()

    cli.well("clinic", "pause", clinic_id, "--reason", "Flooded")
    paused = cli.well("clinic", "list").out
    again = cli.refused("clinic", "pause", clinic_id, "--reason", "Flooded")
    cli.well("clinic", "resume", clinic_id)

    assert "in trial, paused" in paused
    assert again == "error: Willow Skin is paused already.\n"
    assert cli.refused("clinic", "resume", clinic_id) == "error: Willow Skin is not paused.\n"


@pytest.mark.parametrize("reason", ["", "x" * 201])
def test_a_pause_needs_a_reason_that_can_be_read(sqlite_cli: CommandLine, reason: str) -> None:
    said = sqlite_cli.refused("clinic", "pause", sqlite_cli.clinic(), "--reason", reason)

    assert said == "error: --reason: say why in 1 to 200 letters; staff will read it\n"


@pytest.mark.parametrize(
    "given",
    [
        ("clinic", "show", "none"),
        ("clinic", "set", "none", "name", "x"),
        ("clinic", "pause", "none", "--reason", "x"),
        ("clinic", "resume", "none"),
        ("clinic", "live", "none", "--signed-by", "x"),
        ("token", "add", "--clinic", "none"),
        ("token", "list", "--clinic", "none"),
        ("protocol", "list", "--clinic", "none"),
        ("protocol", "export", "microneedling", "--clinic", "none"),
        ("outbox", "--clinic", "none"),
    ],
)
def test_a_clinic_that_does_not_exist(sqlite_cli: CommandLine, given: tuple[str, ...]) -> None:
    assert sqlite_cli.refused(*given) == "error: There is no clinic none.\n"


def test_what_the_operator_does_is_in_the_audit_under_their_name(cli: CommandLine) -> None:
    clinic_id = cli.clinic()

    cli.well("clinic", "set", clinic_id, "name", "Oak Skin")

    with opened() as store, store.database.read(clinic_id) as db:
        entries = [(row.action, row.actor) for row in db.query(AuditRow).order_by(AuditRow.at)]
    assert entries[-1] == ("clinic.set", f"operator {getpass.getuser()}")


def test_a_list_for_people_is_aligned_where_no_terminal_is(cli: CommandLine) -> None:
    clinic_id = cli.clinic()

    heading, line = cli.well("clinic", "list").out.splitlines()

    assert heading.split() == ["id", "name", "zone", "state"]
    assert line == f"{clinic_id}  Willow Skin  Europe/London  in trial"
    assert heading.index("zone") == line.index("Europe")


def test_a_list_of_nothing_prints_no_data(cli: CommandLine) -> None:
    ended = cli.well("clinic", "list")

    assert (ended.out, ended.err) == ("", "There are none.\n")
    assert cli.well("clinic", "list", "--json").json == []
