from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scheduler.clock import utc_now
from tests.cli.conftest import CommandLine

FACTS = ("--fact", "needle_mm=0.5", "--fact", "modality=pen", "--fact", "areas=face, neck")
YES_NO = """format = 1
procedure = "peel"
title = "Peel"

[facts.deep]
type = "yes_no"
label = "Deep peel"
"""


def hour_ago() -> str:
    return (utc_now() - timedelta(hours=1)).isoformat(timespec="seconds")


def words(clinic_id: str, *more: str, procedure: str = "microneedling", ended_at: str | None = None) -> list[str]:
    """What registers a session of Amira Khan."""
    given = ["--clinic", clinic_id, "--patient-name", "Amira Khan", "--procedure", procedure]
    return ["session", "add", *given, "--ended-at", ended_at or hour_ago(), *more]


def entries(cli: CommandLine, clinic_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cli.well("outbox", "--clinic", clinic_id, "--json").json
    return found


def test_a_session_is_registered_and_its_plan_told(cli: CommandLine) -> None:
    clinic_id = cli.clinic()

    view = cli.well(*words(clinic_id, "--phone", "+447700900101", "--consent-sms", *FACTS, "--json")).json

    assert set(view) == {
        *("id", "patient_id", "procedure", "protocol_version", "band"),
        *("notices", "windows", "reminders", "not_planned"),
    }
    assert (view["procedure"], view["protocol_version"], view["band"]) == ("microneedling", 1, "D1")
    assert set(view["windows"][0]) == {"topic", "advice", "from", "until", "until_local", "because"}
    assert set(view["reminders"][0]) == {
        *("id", "rule", "kind", "channel", "status", "due_at", "due_local", "useful_until", "bundled_into", "because")
    }
    assert view["reminders"][0]["due_at"].endswith("Z")
    assert set(view["not_planned"][0]) == {"rule", "reason", "because"}


def test_the_plan_is_in_the_outbox_at_once(cli: CommandLine) -> None:
    clinic_id = cli.clinic()

    view = cli.well(*words(clinic_id, "--phone", "+447700900101", "--consent-sms", *FACTS, "--json")).json

    found = entries(cli, clinic_id)
    assert {entry["reminder_id"] for entry in found} == {reminder["id"] for reminder in view["reminders"]}
    assert {entry["to"] for entry in found} == {"+447700900101"}
    assert all(entry["body"].startswith("Willow Skin: ") for entry in found)
    assert [entry["due_at"] for entry in found] == sorted(entry["due_at"] for entry in found)


def test_people_read_a_table_of_what_is_planned_and_what_not(cli: CommandLine) -> None:
    clinic_id = cli.clinic()

    ended = cli.well(*words(clinic_id, "--phone", "+447700900101", "--consent-sms", *FACTS))

    assert ended.out.startswith("patient's time")
    assert "resume-actives" in ended.out
    assert "not planned" in ended.out
    assert "+447700900101" not in ended.out + ended.err
    assert "version 1, band D1" in ended.err
    assert "+447700900101" in cli.well("outbox", "--clinic", clinic_id).out


def test_the_same_session_again_is_the_one_that_is_known(cli: CommandLine) -> None:
    clinic_id, at = cli.clinic(), hour_ago()
    given = words(clinic_id, "--phone", "+447700900101", "--consent-sms", *FACTS, "--json", ended_at=at)

    first, second = cli.well(*given).json, cli.well(*given).json

    assert first["id"] == second["id"]
    assert second["notices"] == ["This session was registered already."]


def test_without_consent_nothing_is_planned_and_the_reason_told(cli: CommandLine) -> None:
    clinic_id = cli.clinic()

    view = cli.well(*words(clinic_id, "--phone", "+447700900101", *FACTS, "--json")).json

    assert view["reminders"] == []
    assert "no_consent" in {rule["reason"] for rule in view["not_planned"]}


def test_an_email_address_will_do(cli: CommandLine) -> None:
    clinic_id = cli.clinic()

    view = cli.well(*words(clinic_id, "--email", "amira@example.com", "--consent-email", *FACTS, "--json")).json

    assert {reminder["channel"] for reminder in view["reminders"]} == {"email"}


@pytest.mark.parametrize(
    ("more", "line"),
    [
        (("--phone", "+44770090010"), "--phone: "),
        (("--email", "amira"), "--email: That isn't an email address"),
        (("--fact", "needle_mm=NaN"), "--fact needle_mm: Longest needle can't be this; give a number"),
        (("--fact", "needle_mm=1e999"), "--fact needle_mm: Longest needle can't be this; give a number"),
        (("--fact", "needle_mm=half"), "--fact needle_mm: Longest needle can't be this; give a number"),
        (("--fact", "needle_mm=[0.5]"), "--fact needle_mm: Longest needle can't be this; give a number"),
        (("--fact", "needle_mm"), "--fact: write KEY=VALUE, not needle_mm"),
        (("--fact", "=1"), "--fact: write KEY=VALUE, not =1"),
        (("--fact", "modality=roller"), "--fact modality: is given twice"),
        (("--fact", "areas=knee"), "--fact areas: "),
        (("--fact", "nedle_mm=1"), "--fact nedle_mm: Microneedling has no fact of this name; did you mean needle_mm?"),
        (("--procedure", "laser"), "--procedure: the clinic has no protocol for this procedure; "),
        (("--ended-at", "yesterday"), "--ended-at: write the time as in 2026-03-03T14:30:00+00:00"),
        (("--ended-at", "2026-03-03T14:30:00"), "--ended-at: give the time with its zone"),
        (("--ended-at", "2999-01-01T00:00:00Z"), "--ended-at: this is in the future"),
        (("--ended-at", "2020-01-01T00:00:00Z"), "--ended-at: this is over 60 days ago"),
        (("--patient-name", ""), "--patient-name: give the patient's name"),
    ],
)
def test_a_session_that_cannot_be_is_told_by_its_option_and_not_stored(
    sqlite_cli: CommandLine, more: tuple[str, ...], line: str
) -> None:
    clinic_id = sqlite_cli.clinic()
    given = words(clinic_id, "--fact", "modality=pen", *more)

    said = sqlite_cli.refused(*given)

    assert said.startswith(f"error: {line}")
    assert said.count("\n") == 1
    assert entries(sqlite_cli, clinic_id) == []


def test_yes_and_no_are_written_as_in_json(sqlite_cli: CommandLine) -> None:
    clinic_id = sqlite_cli.clinic()
    Path("peel.toml").write_text(YES_NO)
    sqlite_cli.well("protocol", "import", "peel.toml", "--clinic", clinic_id, "--publish", "--signed-by", "Dr Okafor")

    ended = sqlite_cli(*words(clinic_id, "--fact", "deep=true", procedure="peel"))
    said = sqlite_cli.refused(*words(clinic_id, "--fact", "deep=yes", procedure="peel"))

    assert ended.code == 0
    assert said == "error: --fact deep: Deep peel can't be this; give true or false\n"


def test_times_are_told_on_the_patients_clock_and_in_utc(sqlite_cli: CommandLine) -> None:
    clinic_id = sqlite_cli.clinic()
    sqlite_cli.well("clinic", "set", clinic_id, "zone", "Asia/Tokyo")
    more = ("--phone", "+447700900101", "--consent-sms", *FACTS, "--json")

    reminder = sqlite_cli.well(*words(clinic_id, *more)).json["reminders"][-1]

    local, utc = datetime.fromisoformat(reminder["due_local"]), datetime.fromisoformat(reminder["due_at"])
    assert local.replace(tzinfo=UTC) - utc == timedelta(hours=9)
