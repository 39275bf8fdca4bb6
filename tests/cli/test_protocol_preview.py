from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine
from tests.cli.test_protocol import SHIPPED

FILE = str(SHIPPED)


def sample(cli: CommandLine, *words: str) -> str:
    """One sample as it is printed."""
    return cli.well("protocol", "preview", FILE, *words).out


def test_a_sample_shows_windows_messages_and_why_not_with_local_dates(empty_cli: CommandLine) -> None:
    lines = sample(empty_cli, "--facts", "needle_mm=0.5,modality=pen").splitlines()

    assert lines[0] == "== as given: band D1, ended Tuesday 3 March, 14:30"
    assert "  until Tuesday 3 March, 22:30: first_wash" in lines
    assert "  until after Sunday 8 March: acids, alcohol_toner, bpo, fragrance, retinoid_otc" in lines
    assert "  from Tuesday 3 March, 22:30 until after Sunday 8 March: cleanse" in lines
    assert "  not planned: shade-late: the end at 14:30 is not at or after 16:00" in lines
    (actives,) = (line for line in lines if "no-actives" in line)
    assert actives.startswith("  Wednesday 4 March, 10:00: no-actives: text: Willow Skin: Do not use retinol, acids,")
    assert "until after Tuesday 10 March. Questions? 020 7946 0018" in actives


def test_samples_stand_around_the_boundaries_of_the_file(empty_cli: CommandLine) -> None:
    out = sample(empty_cli)

    headings = [line for line in out.splitlines() if line.startswith("== ")]
    assert headings[0] == "== plain: band D1, ended Tuesday 3 March, 14:30"
    assert "== longest needle 0.3 mm: band D0, ended Tuesday 3 March, 14:30" in headings
    assert "== longest needle 0.31 mm: band D1, ended Tuesday 3 March, 14:30" in headings
    assert "== ended 23:50: band D1, ended Tuesday 3 March, 23:50" in headings
    assert "== the day before the clocks go forward: band D1, ended Saturday 28 March, 14:30" in headings
    assert "  notice: No needle length recorded: planned as the deepest." in out
    assert ": email: What to leave out until Tuesday 10 March" in out
    assert "not planned: danger: the patient stopped these messages" in out


def test_a_list_flags_and_an_earlier_session_can_be_given(empty_cli: CommandLine) -> None:
    given = ("--facts", "needle_mm=2,modality=rf,areas=neck,chest,adjuncts=", "--facts", "flags=melasma,weeping=yes")

    (found,) = empty_cli.well(
        "protocol", "preview", FILE, *given, "--facts", "days_since_last=30", "--ended", "2026-06-01T23:50", "--json"
    ).json

    assert found["facts"] == {
        "needle_mm": 2.0, "modality": "rf", "areas": ["neck", "chest"], "adjuncts": [], "weeping": True,
    }  # fmt: skip
    assert (found["flags"], found["session_number"], found["days_since_last"]) == (["melasma"], 2, 30)
    assert (found["band"], found["ended_local"]) == ("D4", "2026-06-01T23:50:00")
    assert found["ended_at"] == "2026-06-01T22:50:00Z"


def test_json_has_windows_messages_and_reasons(empty_cli: CommandLine) -> None:
    (found,) = empty_cli.well("protocol", "preview", FILE, "--facts", "modality=pen", "--json").json

    assert found["notices"] == ["No needle length recorded: planned as the deepest."]
    retinoid = next(window for window in found["windows"] if window["topic"] == "retinoid_otc")
    assert retinoid == {
        "topic": "retinoid_otc",
        "advice": "avoid",
        "from": "2026-03-03T14:30:00Z",
        "until": "2026-03-18T00:00:00Z",
        "until_local": "2026-03-17",
    }
    danger = next(message for message in found["messages"] if message["rule"] == "danger")
    assert (danger["kind"], danger["channel"], danger["due_local"]) == ("safety", "sms", "2026-03-04T17:00:00")
    assert danger["body"].startswith("Willow Skin: More heat, pain or swelling?")
    assert danger["because"].startswith("Microneedling, version 1, band D4: rule danger")
    again = next(left for left in found["not_planned"] if left["rule"] == "again")
    assert (again["reason"], again["because"]) == ("condition", "the session's number 1 is not at least 2")


def test_two_files_show_what_moves_is_added_removed_and_reworded(empty_cli: CommandLine) -> None:
    changed = (
        SHIPPED.read_text()
        .replace("send = { day = 1, time = 17:00:00 }", "send = { day = 2, time = 17:00:00 }")
        .replace('id = "check"', 'id = "look"')
        .replace('template = "flaking"', 'template = "heat-exercise"')
        .replace('until = { D0 = "3d", D1 = "3d", D2 = "3d", D3 = "5d", D4 = "7d" }', 'until = "9d"')
        .replace("needle_mm = { max = 0.3 }", "needle_mm = { max = 0.4 }")
    )
    Path("new.toml").write_text(changed)

    out = empty_cli.well("protocol", "preview", FILE, "new.toml", "--facts", "needle_mm=0.5,modality=pen").out

    assert "  window moved: shave: until after Friday 6 March -> until after Thursday 12 March" in out
    assert "  moved: danger: Wednesday 4 March, 17:00 -> Thursday 5 March, 17:00" in out
    assert "  removed: check: Tuesday 10 March, 10:00" in out
    assert "  added: look: Tuesday 10 March, 10:00" in out
    assert "  reworded: flaking: Friday 6 March, 10:00\n    text: Willow Skin: Let flakes" in out
    assert out.endswith("no change: 0 samples\n")
    shallow = empty_cli.well("protocol", "preview", FILE, "new.toml", "--facts", "needle_mm=0.4,modality=pen").out
    assert "  band D1 -> D0\n" in shallow


def test_two_files_as_json_tell_each_sample_of_both(empty_cli: CommandLine) -> None:
    Path("new.toml").write_text(SHIPPED.read_text().replace("needle_mm = { max = 0.3 }", "needle_mm = { max = 0.4 }"))

    found = {one["sample"]: one for one in empty_cli.well("protocol", "preview", FILE, "new.toml", "--json").json}

    assert found["plain"] == {"sample": "plain", "band": {"before": "D1", "after": "D1"}, "windows": [], "messages": []}
    deeper = found["longest needle 0.4 mm"]
    assert deeper["band"] == {"before": "D1", "after": "D0"}
    assert {"rule": "start", "change": "removed", "after": None}.items() <= deeper["messages"][0].items()
    assert deeper["windows"][0]["before"]["until"] != deeper["windows"][0]["after"]["until"]


def test_an_unchanged_file_changes_no_sample(empty_cli: CommandLine) -> None:
    out = empty_cli.well("protocol", "preview", FILE, FILE, "--ended", "23:50").out

    assert out == "no change: 1 sample\n"


def test_samples_are_planned_on_the_clock_of_the_zone(empty_cli: CommandLine) -> None:
    out = sample(empty_cli, "--zone", "Asia/Kolkata")

    assert "clocks" not in out
    (found,) = empty_cli.well(
        "protocol", "preview", FILE, "--zone", "Asia/Kolkata", "--ended", "2026-03-03T09:00:00+00:00", "--json"
    ).json
    assert found["ended_local"] == "2026-03-03T14:30:00"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--facts", "needle_mm=0.5"), "--facts modality: Device is required; give one of: roller, pen, rf"),
        (
            ("--facts", "modality=pen,needle_mm=x"),
            "--facts needle_mm: Longest needle can't be this; give a number",
        ),
        (("--facts", "pen"), "--facts: write KEY=VALUE, not pen"),
        (("--facts", "modality=pen,flags=melasm"), "--facts flags: melasm is no flag; did you mean melasma?"),
        (("--ended", "noon"), "--ended: write the time as in 23:50 or 2026-03-28T23:50"),
        (("--ended", "9999-12-31T23:50"), "--ended: must be in the years from 2000 to 2100"),
        (("--zone", "Europe/Londn"), "--zone: there is no zone Europe/Londn; did you mean Europe/London?"),
    ],
)
def test_a_sample_that_cannot_be_says_the_mend(empty_cli: CommandLine, words: tuple[str, ...], line: str) -> None:
    said = empty_cli.refused("protocol", "preview", FILE, *words)

    assert said.startswith(f"error: {line}")


def test_a_file_with_mistakes_has_no_preview(empty_cli: CommandLine) -> None:
    Path("wrong.toml").write_text(SHIPPED.read_text().replace('kind = "safety"', 'kind = "safe"'))

    assert empty_cli.refused("protocol", "preview", "wrong.toml").startswith(
        'error: wrong.toml: reminder "danger": kind:'
    )


def test_a_template_without_words_is_told_where_the_message_would_stand(empty_cli: CommandLine) -> None:
    Path("new.toml").write_text(SHIPPED.read_text().replace('template = "patches"', 'template = "how-to-stop"'))

    out = empty_cli.well("protocol", "preview", "new.toml").out

    assert ": patches: no words for email" in out
