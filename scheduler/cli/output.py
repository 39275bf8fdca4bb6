"""What commands print: data to stdout as a table or JSON, words about it to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

_GAP = "  "


def say(words: str) -> None:
    """A sentence to the operator, on stderr."""
    print(words, file=sys.stderr)  # noqa: T201  the command line talks


def show(line: str) -> None:
    """A line of data, on stdout."""
    print(line)  # noqa: T201  the command line talks


def show_json(value: object) -> None:
    """A value as JSON, on stdout; instants in UTC."""
    show(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Rows under their headings, on stdout: framed and wrapped on a terminal, aligned text elsewhere."""
    lines = [[" ".join(cell.split()) for cell in row] for row in rows]
    if not lines:
        say("There are none.")
    elif sys.stdout.isatty():
        _show_framed(columns, lines)
    else:
        _show_aligned([list(columns), *lines])


def _show_framed(columns: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns)
    for line in lines:
        table.add_row(*(Text(cell) for cell in line))
    Console().print(table)


def _show_aligned(lines: Sequence[Sequence[str]]) -> None:
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        show(_GAP.join(cells).rstrip())


def instant(at: datetime) -> str:
    """An aware instant in UTC, as the API writes it: `2026-03-04T10:00:00Z`."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat() if value.tzinfo is None else instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    message = f"{type(value).__name__} has no form in JSON"
    raise TypeError(message)
