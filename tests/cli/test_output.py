from __future__ import annotations

import io
import json
import sys
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from scheduler.cli.output import show_json, show_table


class Terminal(io.StringIO):
    """What somebody looks at."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_frame_and_brackets_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)

    show_table(("rule", "text"), [("start", "[bold]Hands off[/bold]")])

    assert "[bold]Hands off[/bold]" in screen.getvalue()
    assert "┃" in screen.getvalue()


def test_elsewhere_a_row_stays_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("rule", "text"), [("start", "Hands off.\n\nStay in the shade."), ("a-longer-rule", "-")])

    assert capsys.readouterr().out.splitlines() == [
        "rule           text",
        "start          Hands off. Stay in the shade.",
        "a-longer-rule  -",
    ]


def test_json_has_instants_in_utc_and_local_times_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    at = datetime(2026, 3, 4, 10, tzinfo=timezone(timedelta(hours=1)))

    show_json({"at": at, "local": at.replace(tzinfo=None), "day": date(2026, 3, 4), "scopes": frozenset("ba")})

    assert json.loads(capsys.readouterr().out) == {
        "at": "2026-03-04T09:00:00Z",
        "local": "2026-03-04T10:00:00",
        "day": "2026-03-04",
        "scopes": ["a", "b"],
    }


def test_json_refuses_what_has_no_form_in_it() -> None:
    with pytest.raises(TypeError, match="object has no form in JSON"):
        show_json(object())


def test_utc_is_written_with_z(capsys: pytest.CaptureFixture[str]) -> None:
    show_json([datetime(2026, 3, 4, 10, 0, 0, 5, tzinfo=UTC)])

    assert json.loads(capsys.readouterr().out) == ["2026-03-04T10:00:00.000005Z"]
