"""The command line as a test types it: in a folder of its own, with no setting but those the test makes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scheduler.cli.app import run

PROGRAM = str(Path(sys.executable).with_name("aftercare"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401  what a command printed
        """What was printed, read as JSON."""
        return json.loads(self.out)


class CommandLine:
    """Runs commands in this process, on the store in `folder`."""

    def __init__(self, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
        """Run in the working directory `folder`, which the fixture has chosen."""
        self.folder = folder
        self._capfd = capfd

    def __call__(self, *words: str) -> Ended:
        """Type the words and wait."""
        self._capfd.readouterr()
        code = run(words)
        out, err = self._capfd.readouterr()
        return Ended(code=code, out=out, err=err)

    def well(self, *words: str) -> Ended:
        """Type words that must end with 0."""
        ended = self(*words)
        assert ended.code == 0, ended.err
        return ended

    def refused(self, *words: str) -> str:
        """The error lines of a command that must end with 2 and print no data."""
        ended = self(*words)
        assert (ended.code, ended.out) == (2, "")
        assert all(line.startswith("error: ") for line in ended.err.splitlines())
        return ended.err

    def clinic(self, *more: str) -> str:
        """The id of a new clinic."""
        given = ("--name", "Willow Skin", "--zone", "Europe/London", "--country", "GB", "--phone", "020 7946 0018")
        opened: str = self.well("clinic", "add", *given, *more, "--json").json["id"]
        return opened


@pytest.fixture
def empty_cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> CommandLine:
    """A command line in an empty folder."""
    for name in os.environ:
        if name.startswith("AFTERCARE_") and not name.startswith("AFTERCARE_TEST_"):
            monkeypatch.delenv(name)
    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return CommandLine(folder, capfd)


@pytest.fixture
def sqlite_cli(empty_cli: CommandLine, migrated_sqlite: Path) -> CommandLine:
    """A command line on a migrated SQLite file without a clinic, by default settings."""
    file = empty_cli.folder / "aftercare.db"
    file.touch(mode=0o600)
    file.write_bytes(migrated_sqlite.read_bytes())
    return empty_cli


@pytest.fixture
def cli(empty_cli: CommandLine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """A command line on a migrated store: the test runs on SQLite and on PostgreSQL."""
    monkeypatch.setenv("AFTERCARE_DATABASE_URL", database_url)
    return empty_cli


@pytest.fixture
def environment(empty_cli: CommandLine) -> Mapping[str, str]:
    """The environment for a process of its own in the same folder."""
    del empty_cli
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
