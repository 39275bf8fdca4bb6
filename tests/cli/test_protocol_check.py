from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scheduler.settings import shipped_config
from tests.cli.conftest import CommandLine
from tests.cli.test_protocol import SHIPPED, SMALL

DANGER = "messages/en/danger.toml"


@pytest.fixture
def peel(empty_cli: CommandLine) -> str:
    """A small protocol without a finding."""
    (empty_cli.folder / "peel.toml").write_text(SMALL)
    return "peel.toml"


@pytest.fixture
def config(empty_cli: CommandLine) -> Path:
    """A clinic's own folder of topics, flags and messages."""
    return Path(shutil.copytree(shipped_config(), empty_cli.folder / "ours"))


def test_a_sound_file_is_ok(empty_cli: CommandLine, peel: str) -> None:
    ended = empty_cli.well("protocol", "check", peel)

    assert (ended.out, ended.err) == ("ok\n", "")
    assert empty_cli.well("protocol", "check", peel, "--json").json == []


def test_every_protocol_that_ships_has_notes_only_and_is_ok(empty_cli: CommandLine) -> None:
    files = sorted(str(file) for file in SHIPPED.parent.glob("*.toml"))

    *notes, last = empty_cli.well("protocol", "check", *files).out.splitlines()

    assert last == "ok"
    assert notes
    assert all(": note: " in note for note in notes)


def test_findings_are_a_line_each_and_the_exit_code_is_1(empty_cli: CommandLine, peel: str) -> None:
    Path("wrong.toml").write_text(SMALL.replace('"retinoid_otc"]', '"retinoid"]').replace('"instruct"', '"order"'))
    Path("none.toml").write_text("when = [")

    ended = empty_cli("protocol", "check", peel, "wrong.toml", "none.toml")

    assert (ended.code, ended.err) == (1, "")
    kind, topics, syntax = ended.out.splitlines()
    assert kind.startswith('wrong.toml: reminder "no-actives": kind: ')
    assert topics.startswith('wrong.toml: reminder "no-actives": topics')
    assert syntax.startswith("none.toml: line 1: is not TOML")


def test_json_has_each_part_of_a_finding(empty_cli: CommandLine) -> None:
    Path("late.toml").write_text(SMALL.replace('after = "2s"', 'after = "4d"'))
    Path("wrong.toml").write_text(SMALL.replace('"instruct"', '"order"'))

    late, wrong = empty_cli("protocol", "check", "late.toml", "wrong.toml", "--json").json

    assert late == {
        "file": "late.toml",
        "rule": 'window "retinoid_otc"',
        "key": "topic",
        "fault": "is first named 4 days after it began (a plain session)",
        "mend": "send a reminder that names it sooner",
        "severity": "error",
    }
    assert (wrong["rule"], wrong["key"]) == ('reminder "no-actives"', "kind")
    assert (wrong["fault"], wrong["mend"][:10]) == ('there is no kind "order"', "use one of")


def test_a_check_needs_files_that_can_be_read(empty_cli: CommandLine) -> None:
    said = empty_cli.refused("protocol", "check", "none.toml")

    assert "'none.toml' does not exist" in said
    assert said.count("\n") == 1


def test_a_configuration_with_mistakes_is_a_finding(
    empty_cli: CommandLine, peel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERCARE_CONFIG_DIR", str(empty_cli.folder))

    ended = empty_cli("protocol", "check", peel)

    assert ended.code == 1
    assert "topics.toml: can't be read" in ended.out


def test_another_folder_of_words_may_be_named(empty_cli: CommandLine, peel: str, config: Path) -> None:
    message = config / DANGER
    message.write_text(message.read_text().replace("((phone)), or", "((phon)), or"))

    ended = empty_cli("protocol", "check", peel, "--config", str(config))

    assert ended.code == 1
    assert ended.out == f'{DANGER}: sms: there is no placeholder "phon"; did you mean phone?\n'
    assert empty_cli.well("protocol", "check", peel).out == "ok\n"


def test_a_message_that_two_files_send_is_told_once(empty_cli: CommandLine, config: Path) -> None:
    message = config / "messages" / "en" / "no-actives.toml"
    message.write_text(f'sms = "{"no " * 120}((phone))"\n')
    Path("one.toml").write_text(SMALL)
    Path("two.toml").write_text(SMALL)

    ended = empty_cli("protocol", "check", "one.toml", "two.toml", "--config", str(config))

    assert ended.out.count("\n") == ended.out.count("messages/en/no-actives.toml: sms: is 3 parts") == 1


def test_other_protocols_of_the_folder_may_be_broken(empty_cli: CommandLine, peel: str, config: Path) -> None:
    (config / "protocols" / "broken.toml").write_text("[[[")

    assert empty_cli.well("protocol", "check", peel, "--config", str(config)).out == "ok\n"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "bad.toml: procedure: is missing; "),
        (b'title = "\xff"', "bad.toml: line 1: is not UTF-8; save the file as UTF-8"),
        (b"#" * 5_000_000, "bad.toml: is over 1024 KiB; "),
        (
            SMALL.encode() + b'[[window]]\ntopic = "heat"\nuntil = "1d"\n' * 10_000,
            "bad.toml: has 10002 rules and other",
        ),
        (b"a" + b".a" * 100_000 + b" = 1", "bad.toml: has tables or lists nested too deeply; "),
        (b"a = " + b"[" * 100_000, "bad.toml: has tables or lists nested too deeply; "),
        (b'a = "' + b"\0" * 1000, "bad.toml: line 1: is not TOML in column 6"),
    ],
    ids=["empty", "not UTF-8", "5 MB", "10,000 rules", "a long key", "deep", "no text"],
)
def test_a_file_that_nobody_can_mean_is_a_finding(empty_cli: CommandLine, data: bytes, told: str) -> None:
    Path("bad.toml").write_bytes(data)

    ended = empty_cli("protocol", "check", "bad.toml")

    assert (ended.code, ended.err) == (1, "")
    assert ended.out.startswith(told)
