"""`python -m benchmarks`: which benchmarks to run, and where their figures go."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from rich.console import Console

from benchmarks import (
    conditions,
    dispatch,
    lateness,
    over_http,
    pages,
    pending,
    planning,
    registering,
    replanning,
    starting,
)
from benchmarks.machine import busy, describe
from benchmarks.page import page, tables
from benchmarks.rows import DISPATCH, SERVICE, Benchmark, NotCounted, Result, Setting
from benchmarks.stores import CannotRun, Stores
from scheduler.cli.garbage import collect_rarely

_PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
BENCHMARKS = (
    planning.BENCHMARK,
    conditions.BENCHMARK,
    *replanning.BENCHMARKS,
    *registering.BENCHMARKS,
    *pages.BENCHMARKS,
    *starting.BENCHMARKS,
    *dispatch.BENCHMARKS,
    *over_http.BENCHMARKS,
    *pending.BENCHMARKS,
    *lateness.BENCHMARKS,
)


def main(words: Sequence[str]) -> int:
    """The exit code: 0, or 2 for wrong words."""
    asked = _parser().parse_args(words)
    of_suite = [one for one in BENCHMARKS if asked.suite in {None, one.suite}]
    chosen = [one for one in of_suite if not asked.only or one.name.startswith(tuple(asked.only))]
    if asked.list:
        _list(chosen)
        return 0
    if asked.write and len(chosen) < len(of_suite):
        print("error: --write needs every benchmark of a suite; leave out --only", file=sys.stderr)
        return 2
    if not chosen:
        print(f"error: --only takes the beginning of {', '.join(one.name for one in of_suite)}", file=sys.stderr)
        return 2
    collect_rarely()  # as every process of the service does
    before = busy()
    with Stores() as stores:
        setting = Setting(stores=stores, quick=asked.quick, big=asked.big)
        measured = [(one, _measure(one, setting)) for one in chosen]
        machine = describe(stores, before=before)
    console = Console(width=None if sys.stdout.isatty() else 140)
    for name, value in machine.items():
        console.print(f"{name}: {value}", highlight=False)
    for table in tables(measured):
        console.print(table)
    if asked.write:
        _PAGE.write_text(page(measured, machine, quick=asked.quick, before=_PAGE.read_text()))
    return 0


def _measure(benchmark: Benchmark, setting: Setting) -> list[Result]:
    """A result a row, in the benchmark's order; those that it could not measure say why."""
    print(f"{benchmark.name} ...", end="", file=sys.stderr, flush=True)
    start = perf_counter()
    found: dict[str, tuple[float, ...]] = {}
    missing = "not given"
    try:
        for name, runs in benchmark.run(setting):
            found[name] = tuple(runs)
    except (CannotRun, NotCounted) as reason:
        missing = str(reason)
        print(f" {missing},", end="", file=sys.stderr)
    print(f" {perf_counter() - start:.0f} s", file=sys.stderr)
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
    parser.add_argument("--suite", choices=(SERVICE, DISPATCH), help="only what make bench or make bench-dispatch does")
    parser.add_argument("--quick", action="store_true", help="rough figures in a few minutes")
    parser.add_argument("--big", action="store_true", help="let ten million reminders wait in place of one")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md, or the suite's part of it")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
