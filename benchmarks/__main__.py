"""`python -m benchmarks`: which benchmarks to run, and where their figures go."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks import conditions, dispatch, pages, planning, registering, replanning, starting
from benchmarks.machine import busy, describe
from benchmarks.page import page, tables
from benchmarks.rows import Benchmark, Result, Setting
from benchmarks.stores import CannotRun, Stores
from scheduler.cli.garbage import collect_rarely

_PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
BENCHMARKS = (
    planning.BENCHMARK,
    conditions.BENCHMARK,
    *replanning.BENCHMARKS,
    *registering.BENCHMARKS,
    *dispatch.BENCHMARKS,
    *pages.BENCHMARKS,
    *starting.BENCHMARKS,
)


def main(words: Sequence[str]) -> int:
    """The exit code: 0, or 2 for wrong words."""
    asked = _parser().parse_args(words)
    chosen = [one for one in BENCHMARKS if not asked.only or one.name.startswith(tuple(asked.only))]
    if asked.list:
        _list(chosen)
        return 0
    if asked.write and len(chosen) < len(BENCHMARKS):
        print("error: --write needs every benchmark; leave out --only", file=sys.stderr)
        return 2
    if not chosen:
        print(f"error: --only takes the beginning of {', '.join(one.name for one in BENCHMARKS)}", file=sys.stderr)
        return 2
    collect_rarely()  # as every process of the service does
    before = busy()
    with Stores() as stores:
        measured = [(one, _measure(one, Setting(stores=stores, quick=asked.quick))) for one in chosen]
        machine = describe(stores, before=before)
    console = Console(width=None if sys.stdout.isatty() else 140)
    for name, value in machine.items():
        console.print(f"{name}: {value}", highlight=False)
    for table in tables(measured):
        console.print(table)
    if asked.write:
        _PAGE.write_text(page(measured, machine, quick=asked.quick))
    return 0


def _measure(benchmark: Benchmark, setting: Setting) -> list[Result]:
    """A result a row, in the benchmark's order; those that it could not measure say why."""
    print(f"{benchmark.name} ...", file=sys.stderr)
    found: dict[str, tuple[float, ...]] = {}
    missing = "not given"
    try:
        for name, runs in benchmark.run(setting):
            found[name] = tuple(runs)
    except CannotRun as reason:
        missing = str(reason)
        print(f"{benchmark.name}: {missing}", file=sys.stderr)
    return [
        Result(name=benchmark.full_name(row), row=row, runs=found.get(row.name, ()), missing=missing)
        for row in benchmark.rows
    ]


def _list(chosen: Sequence[Benchmark]) -> None:
    for benchmark in chosen:
        for row in benchmark.rows:
            print(f"{benchmark.full_name(row)}\t{row.what} ({row.unit})")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures this program on this machine.")
    parser.add_argument("--list", action="store_true", help="name every row and measure nothing")
    parser.add_argument("--only", metavar="NAME", action="append", help="only benchmarks whose name begins so")
    parser.add_argument("--quick", action="store_true", help="rough figures in under a minute")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
