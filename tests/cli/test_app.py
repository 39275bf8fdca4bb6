from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

import pytest

import scheduler
from scheduler.cli.app import run
from scheduler.cli.endings import ending
from tests.cli.conftest import PROGRAM, CommandLine

HEAVY = (
    "alembic",
    "apscheduler",
    "cryptography",
    "fastapi",
    "sqlalchemy",
    "starlette",
    "twilio",
    "uvicorn",
)
IMPORTED = f"""
import sys
from scheduler.cli.app import run
code = run(sys.argv[1:])
print([name for name in {HEAVY} if name in sys.modules], code, file=sys.stderr)
"""


@pytest.mark.parametrize("words", [(), ("clinic",), ("session", "add"), ("serve",), ("restore",)])
def test_help_imports_nothing_heavy(words: tuple[str, ...], environment: Mapping[str, str]) -> None:
    program = [sys.executable, "-c", IMPORTED, *words, "--help"]

    ended = subprocess.run(program, env=environment, capture_output=True, text=True, check=True)

    assert ended.stdout.startswith("Usage: aftercare")
    assert ended.stderr == "[] 0\n"


def test_the_program_is_installed_and_tells_its_version(environment: Mapping[str, str]) -> None:
    ended = subprocess.run([PROGRAM, "--version"], env=environment, capture_output=True, text=True, check=True)

    assert (ended.stdout, ended.stderr) == (f"aftercare {scheduler.__version__}\n", "")


def test_no_words_at_all_is_a_question_for_help(empty_cli: CommandLine) -> None:
    assert empty_cli.well().out == empty_cli.well("--help").out


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("tidy",), "error: No such command 'tidy' (see aftercare --help)\n"),
        (("clinic",), "error: Missing command (see aftercare clinic --help)\n"),
        (("clinic", "show"), "error: Missing argument 'ID' (see aftercare clinic show --help)\n"),
        (("clinic", "pause", "x"), "error: Missing option '--reason' (see aftercare clinic pause --help)\n"),
        (("clinic", "list", "--yaml"), "error: No such option: --yaml (see aftercare clinic list --help)\n"),
        (("migrate", "now"), "error: Got unexpected extra argument(s) (now) (see aftercare migrate --help)\n"),
        (("clinic", "show", "\udcff"), "error: an argument is not UTF-8 text\n"),
    ],
)
def test_wrong_use_is_one_line_that_says_where_to_read(
    empty_cli: CommandLine, words: tuple[str, ...], line: str
) -> None:
    assert empty_cli.refused(*words) == line


def fail(error: BaseException) -> None:
    raise error


def test_a_fault_of_the_program_is_one_line_without_what_it_was_about(capsys: pytest.CaptureFixture[str]) -> None:
    with ending() as end:
        fail(KeyError("+447700900101"))

    assert end.code == 70
    assert (
        capsys.readouterr().err == "error: KeyError inside the program: set AFTERCARE_LOG_LEVEL=debug to see where.\n"
    )


def test_debug_shows_the_trace_of_a_fault_with_numbers_blacked_out(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERCARE_LOG_LEVEL", "debug")

    with ending():
        fail(KeyError("+447700900101"))

    trace = capsys.readouterr().err
    assert "Traceback" in trace
    assert "[phone]" in trace
    assert "+447700900101" not in trace


def test_ctrl_c_ends_without_words(capsys: pytest.CaptureFixture[str]) -> None:
    with ending() as end:
        fail(KeyboardInterrupt())

    assert end.code == 130
    assert capsys.readouterr().err == ""


def test_a_reader_that_goes_away_is_no_error(sqlite_cli: CommandLine, environment: Mapping[str, str]) -> None:
    sqlite_cli.clinic()

    process = subprocess.Popen(
        [PROGRAM, "clinic", "list"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    said = process.stderr.read()
    process.stderr.close()

    assert (process.wait(), said) == (0, "")


def test_nothing_is_left_of_one_run_in_the_next(empty_cli: CommandLine) -> None:
    assert empty_cli("clinic", "list").code == 2
    assert run(["--help"]) == 0
