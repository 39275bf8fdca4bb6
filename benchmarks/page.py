"""Results as a person reads them: tables for a terminal, and the text of docs/performance.md."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from rich.table import Table

from benchmarks.rows import DISPATCH, SERVICE, Benchmark, Result

Measured = Sequence[tuple[Benchmark, Sequence[Result]]]
_HEADINGS = ("row", "what", "median", "min", "max", "runs", "unit", "aim")
_PAGE = """\
# Performance

<!-- Made by `make bench` and `make bench-dispatch`: change benchmarks/, not this page. -->

What one process does on one machine, measured with the program as it ships: `make bench` measures anew and writes
the first part of this page, `make bench-dispatch` the second, which is about sending. Compare rows of one part with
each other, never with those of another machine. Each row is the median of its runs, with the smallest and the largest
beside it; no test fails on a figure.

{parts}
"""
_COMMANDS = {SERVICE: "make bench", DISPATCH: "make bench-dispatch"}
_PART = """\
{begin}

`{command}`: {size}

| machine | |
| --- | --- |
{machine}

{sections}"""


def page(measured: Measured, machine: Mapping[str, str], *, quick: bool, before: str) -> str:
    """The text of docs/performance.md: a part that wasn't measured now stays as it was in the page `before`."""
    parts = []
    for suite in _COMMANDS:
        members = [pair for pair in measured if pair[0].suite == suite]
        parts.append(_part(suite, members, machine, quick=quick) if members else _kept(suite, before))
    return _PAGE.format(parts="\n\n".join(part for part in parts if part))


def _part(suite: str, members: Measured, machine: Mapping[str, str], *, quick: bool) -> str:
    size = (
        "**a quick run**, with less of everything than the words below say: for a first look, not to quote."
        if quick
        else "a full run."
    )
    facts = "\n".join(f"| {name} | {value} |" for name, value in machine.items())
    sections = "\n\n".join(_sections(members))
    return _PART.format(begin=_begin(suite), command=_COMMANDS[suite], size=size, machine=facts, sections=sections)


def _kept(suite: str, before: str) -> str:
    """That part of a page; empty if it has none."""
    _, begin, rest = before.partition(_begin(suite))
    ends = [rest.find(_begin(other)) for other in _COMMANDS]
    return (begin + rest[: min((end for end in ends if end >= 0), default=len(rest))]).strip()


def _begin(suite: str) -> str:
    return f"<!-- The part of `{_COMMANDS[suite]}`. -->"


def met(aim: str, value: float) -> bool:
    """Whether a figure is as wanted: `at least 3`, `over 1`, `at most 16`, `under 60`, or just a number."""
    *words, number = aim.split() or ["0"]
    wanted = float(number.replace(",", ""))
    match " ".join(words):
        case "at least":
            return value >= wanted
        case "over":
            return value > wanted
        case "at most":
            return value <= wanted
        case "under":
            return value < wanted
        case _:
            return not aim or value == wanted


def tables(measured: Measured) -> Iterator[Table]:
    """The same for a terminal, a table a section."""
    for title, _, results in _grouped(measured):
        table = Table(title=title, title_justify="left", caption=_why_missing(results) or None, caption_justify="left")
        for heading in _HEADINGS:
            table.add_column(heading, no_wrap=heading != "what")
        for result in results:
            table.add_row(*(cell.replace("*", "") for cell in _cells(result)))
        yield table


def _sections(measured: Measured) -> Iterator[str]:
    for title, about, results in _grouped(measured):
        words = textwrap.fill(about, width=115, break_long_words=False, break_on_hyphens=False)
        rows = [_line(_HEADINGS), _line(["---"] * len(_HEADINGS)), *(_line(_cells(result)) for result in results)]
        parts = (f"## {title}", words, "\n".join(rows), _why_missing(results))
        yield "\n\n".join(part for part in parts if part)


def _grouped(measured: Measured) -> Iterator[tuple[str, str, list[Result]]]:
    """Title, words and results of each section: benchmarks of one title stand together."""
    for (title, about), members in groupby(measured, key=lambda pair: (pair[0].title, pair[0].about)):
        yield title, about, [result for _, results in members for result in results]


def _why_missing(results: Sequence[Result]) -> str:
    reasons = dict.fromkeys(result.missing for result in results if not result.runs)
    return f"Not measured: {'; '.join(reasons)}." if reasons else ""


def _cells(result: Result) -> tuple[str, ...]:
    row = result.row
    if not result.runs:
        return (result.name, row.what, "not measured", "", "", "0", row.unit, row.aim)
    low, middle, high = result.spread
    return (
        result.name,
        row.what,
        _number(middle),
        _number(low),
        _number(high),
        str(len(result.runs)),
        row.unit,
        row.aim if met(row.aim, middle) else f"{row.aim}: **missed**",
    )


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _number(value: float) -> str:
    """Three figures that mean something."""
    if value == int(value) or value >= 100:  # noqa: PLR2004  three figures before the point
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"  # noqa: PLR2004  two figures before the point
