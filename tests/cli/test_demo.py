"""`aftercare demo`: the main job on real parts, from registering to the last text of thirty days."""

from __future__ import annotations

import contextlib
import io
import json
import re
from datetime import datetime, time
from typing import Any

import pytest

from scheduler.cli.app import run
from scheduler.cli.demo_clinic import DAYS, SAMPLES, START, ZONE
from scheduler.domain.clinics import zones


@pytest.fixture(scope="module")
def reminders() -> list[dict[str, Any]]:
    """What `aftercare demo --json` prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert run(["demo", "--json"]) == 0
    found: list[dict[str, Any]] = json.loads(out.getvalue())
    return found


def local(instant: str) -> datetime:
    return zones.local(datetime.fromisoformat(instant), ZONE)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What `aftercare demo` prints, in a folder where it leaves nothing behind."""
    folder, out = tmp_path_factory.mktemp("empty"), io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out):
        assert run(["demo"]) == 0
    assert not list(folder.iterdir())
    return out.getvalue()


def test_the_demo_prints_each_patients_texts_by_day_with_why_what_was_left_out_and_counts(tables: str) -> None:
    # Cells are wrapped, so words are looked for without the frame.
    words = " ".join(re.sub(r"[│┃]", " ", tables).split())

    for sample in SAMPLES:
        assert sample.label.split(",")[0] in words
    for expected in (
        "Tuesday 3 March",
        "Tuesday 31 March",
        "Not sent, and why",
        "It applies because",
        "5 patients, 6 sessions",
    ):
        assert expected in words


def test_what_goes_as_one_message_is_one_row(tables: str) -> None:
    rows = re.findall(r"^│ \d\d:\d\d │", tables, re.MULTILINE)

    handed_over = re.search(r"(\d+) messages handed over", tables)

    assert handed_over is not None
    assert len(rows) == int(handed_over.group(1))


def test_an_email_is_shown_as_its_reader_sees_it(tables: str) -> None:
    assert "(instruct, email)" in " ".join(re.sub(r"[│┃]", " ", tables).split())
    assert not re.search(r"\*\*|\]\(|^│[^│]*│[^│]*│ #", tables, re.MULTILINE)


def test_who_had_a_peel_after_needling_restarts_once_after_both_and_reads_why(reminders: list[dict[str, Any]]) -> None:
    number = next(sample.patient.phone for sample in SAMPLES if sample.peel is not None)

    (resumed,) = [one for one in reminders if one["to"] == number and one["kind"] == "resume"]

    assert f"{local(resumed['sent_at']):%d %B %H:%M}" == "15 March 10:00"
    assert resumed["because"].endswith("Its topics end with Chemical peel of Saturday 7 March.")
    together = [one["rule"] for one in reminders if one["to"] == number and "Goes as one message" in one["because"]]
    assert {"flaking", "check"} <= set(together)


def test_everything_due_in_the_thirty_days_was_sent_once_in_sending_hours(reminders: list[dict[str, Any]]) -> None:
    due = [one for one in reminders if datetime.fromisoformat(one["due_at"]) <= START + DAYS]

    assert len(due) > 35
    assert {one["status"] for one in due} == {"sent"}
    assert len({one["reminder_id"] for one in due}) == len(due)
    assert all(time(8) <= local(one["sent_at"]).time() < time(20) for one in due)
    assert all(one["sent_at"] == one["due_at"] for one in due)


def test_what_is_due_later_still_waits(reminders: list[dict[str, Any]]) -> None:
    later = [one for one in reminders if datetime.fromisoformat(one["due_at"]) > START + DAYS]

    assert {(one["rule"], one["status"]) for one in later} == {("rf-check", "scheduled"), ("patches", "scheduled")}


def test_every_reminder_says_why(reminders: list[dict[str, Any]]) -> None:
    ruled = [one for one in reminders if one["kind"] != "correction"]
    starts = ("Microneedling, version 1, band D", "Chemical peel, version 1, band superficial")
    assert all(one["because"].startswith(starts) for one in ruled)
    assert any("the number is a landline" in one["because"] for one in reminders)


def test_the_first_text_to_each_number_and_no_other_says_how_to_stop(reminders: list[dict[str, Any]]) -> None:
    texts = sorted((one for one in reminders if one["channel"] == "sms"), key=lambda one: one["due_at"])
    first: dict[str, str] = {}
    for one in texts:
        first.setdefault(one["to"], one["reminder_id"])

    telling = [one["reminder_id"] for one in texts if "Text STOP" in one["body"]]

    assert sorted(telling) == sorted(first.values())
