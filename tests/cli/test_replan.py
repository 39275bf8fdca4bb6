from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from scheduler.cli.opening import opened
from scheduler.storage.patients import PatientRow
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.tenancy import ALL_CLINICS
from tests.cli.conftest import CommandLine


def a_session(cli: CommandLine, clinic_id: str) -> str:
    """The id of a patient who was treated an hour ago."""
    ended_at = datetime.now(UTC) - timedelta(hours=1)  # noqa: TID251  the command reads the real clock
    given = ("--patient-name", "Amira Khan", "--phone", "+447700900123", "--consent-sms")
    facts = ("--fact", "needle_mm=0.5", "--fact", "modality=pen", "--fact", "areas=face")
    words = ("--procedure", "microneedling", "--ended-at", ended_at.isoformat(), *facts)
    patient_id: str = cli.well("session", "add", "--clinic", clinic_id, *given, *words, "--json").json["patient_id"]
    return patient_id


def due(cli: CommandLine, clinic_id: str) -> dict[str, str]:
    return {entry["reminder_id"]: entry["due_at"] for entry in cli.well("outbox", "--clinic", clinic_id, "--json").json}


def put_off_all() -> None:
    """As older zone data would have it."""
    with opened() as store, store.database.write(ALL_CLINICS) as db:
        for row in db.query(ReminderRow).where(ReminderRow.rule == "no-actives"):
            row.due_at += timedelta(minutes=30)


NOTHING = {"moved": 0, "reworded": 0, "added": 0, "cancelled": 0, "failed": []}


def test_plans_are_made_anew_and_it_is_said_what_moved(cli: CommandLine) -> None:
    clinic_id, other = cli.clinic(), cli.clinic()
    patient_id = a_session(cli, clinic_id)
    before = due(cli, clinic_id)

    for which in ((), ("--clinic", clinic_id), ("--patient", patient_id)):
        put_off_all()
        assert cli.well("replan", *which, "--json").json == {**NOTHING, "patients": 1, "moved": 1}
        assert due(cli, clinic_id) == before

    assert cli.well("replan", "--clinic", other, "--json").json == {**NOTHING, "patients": 0}
    assert cli.well("replan").out.splitlines()[1].split() == ["patients", "1"]


def test_what_is_not_there_is_told(sqlite_cli: CommandLine) -> None:
    assert sqlite_cli.refused("replan", "--clinic", "none") == "error: There is no clinic none.\n"
    assert sqlite_cli.refused("replan", "--patient", "x") == "error: There is no patient x in this clinic.\n"


def test_a_plan_that_cannot_be_made_is_named_and_ends_with_1(sqlite_cli: CommandLine) -> None:
    patient_id = a_session(sqlite_cli, sqlite_cli.clinic())
    with opened() as store, store.database.write(ALL_CLINICS) as db:
        db.execute(update(PatientRow).values(zone="Mars/Olympus"))

    ended = sqlite_cli("replan", "--json")

    assert ended.code == 1
    assert ended.json == {**NOTHING, "patients": 0, "failed": [patient_id]}
    assert f"The plan of patient {patient_id} could not be made" in ended.err


@pytest.mark.parametrize(("key", "value"), [("sending_hours", "12:00-20:00"), ("limit_per_course", "3")])
def test_setting_hours_or_limits_changes_the_plans_that_run(cli: CommandLine, key: str, value: str) -> None:
    clinic_id = cli.clinic()
    a_session(cli, clinic_id)
    before = cli.well("outbox", "--clinic", clinic_id, "--json").json

    said = cli.well("clinic", "set", clinic_id, key, value).err

    assert "\nPlans made anew: 1; " in said
    assert cli.well("outbox", "--clinic", clinic_id, "--json").json != before


def test_setting_a_clinics_zone_moves_its_plans_at_once(cli: CommandLine) -> None:
    clinic_id = cli.clinic()
    a_session(cli, clinic_id)
    before = due(cli, clinic_id)

    said = cli.well("clinic", "set", clinic_id, "zone", "Asia/Kolkata").err

    assert said.startswith("zone is now: Asia/Kolkata\nPlans made anew: 1; messages that go at another time: ")
    assert due(cli, clinic_id) != before
    assert cli.well("replan", "--json").json == {**NOTHING, "patients": 1}
