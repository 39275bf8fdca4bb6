"""Lines of a file that spreadsheets open, in which no cell is taken for a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO

BEGIN = "\ufeff"
"""Before the first line: without it, some spreadsheets read accented letters wrong."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def spreadsheet_line(cells: Iterable[str]) -> str:
    """The cells as one line, with its end."""
    written = StringIO()
    csv.writer(written).writerow([_harmless(cell) for cell in cells])
    return written.getvalue()


def _harmless(cell: str) -> str:
    """The cell, after an apostrophe if a spreadsheet would work it out; that shows as text, without the apostrophe."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell
