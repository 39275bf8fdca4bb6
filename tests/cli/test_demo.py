"""`aftercare demo`: the main job on real parts, from registering to the last text of thirty days."""

from __future__ import annotations

import contextlib
import io
import json
import re
from datetime import datetime, time
from pathlib import Path
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


def test_the_demo_prints_each_patients_texts_by_day_with_why_what_was_left_out_and_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert run(["demo"]) == 0

    out = capsys.readouterr().out
    # Cells are wrapped, so words are looked for without the frame.
    words = " ".join(re.sub(r"[│┃]", " ", out).split())
    for sample in SAMPLES:
        assert sample.label.split(",")[0] in words
    for expected in ("Tuesday 3 March", "Tuesday 31 March", "Not sent, and why", "It applies because", "4 patients"):
        assert expected in words
    assert not list(tmp_path.iterdir())


def test_everything_due_in_the_thirty_days_was_sent_once_in_sending_hours(reminders: list[dict[str, Any]]) -> None:
    due = [one for one in reminders if datetime.fromisoformat(one["due_at"]) <= START + DAYS]

    assert len(due) > 35
    assert {one["status"] for one in due} == {"sent"}
    assert len({one["reminder_id"] for one in due}) == len(due)
    assert all(time(8) <= local(one["sent_at"]).time() < time(20) for one in due)
    assert all(one["sent_at"] == one["due_at"] for one in due)


def test_what_is_due_later_still_waits(reminders: list[dict[str, Any]]) -> None:
    later = [one for one in reminders if datetime.fromisoformat(one["due_at"]) > START + DAYS]

    assert {(one["rule"], one["status"]) for one in later} == {("rf-check", "scheduled")}


def test_every_reminder_says_why(reminders: list[dict[str, Any]]) -> None:
    assert all(one["because"].startswith("Microneedling, version 1, band D") for one in reminders)
    assert any("the number is a landline" in one["because"] for one in reminders)


def test_the_first_text_to_each_number_and_no_other_says_how_to_stop(reminders: list[dict[str, Any]]) -> None:
    texts = sorted((one for one in reminders if one["channel"] == "sms"), key=lambda one: one["due_at"])
    first: dict[str, str] = {}
    for one in texts:
        first.setdefault(one["to"], one["reminder_id"])

    telling = [one["reminder_id"] for one in texts if "Text STOP" in one["body"]]

    assert sorted(telling) == sorted(first.values())
