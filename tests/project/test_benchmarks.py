from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


def _benchmarks(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", *words]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)


def _rows() -> list[str]:
    return [line.split("\t")[0] for line in _benchmarks("--list").stdout.splitlines()]


def test_the_rows_can_be_listed_without_measuring() -> None:
    said = _benchmarks("--list")

    assert said.returncode == 0, said.stderr
    assert "registering-sqlite.p99" in said.stdout
    assert len(set(_rows())) == len(_rows())


def test_a_benchmark_can_be_chosen_by_the_beginning_of_its_name() -> None:
    said = _benchmarks("--list", "--only", "planning")

    assert {line.partition(".")[0] for line in said.stdout.splitlines()} == {"planning"}


def test_the_page_names_every_row_and_no_other() -> None:
    lines = (CHECKOUT / "docs" / "performance.md").read_text().splitlines()
    named = [cells[1] for cells in (line.split(" | ", 1)[0].split() for line in lines) if _names_a_row(cells)]

    assert named == _rows(), "run `make bench`"


def test_a_page_with_some_rows_left_out_is_not_written() -> None:
    said = _benchmarks("--write", "--only", "planning")

    assert said.returncode == 2
    assert "--only" in said.stderr


def _names_a_row(cells: list[str]) -> bool:
    return len(cells) == 2 and cells[0] == "|" and "." in cells[1]
