from __future__ import annotations

import csv
from io import StringIO

import pytest

from scheduler.web.pages.spreadsheet import spreadsheet_line


@pytest.mark.parametrize(
    "cell", ["=1+1", "+44", "-1", "@SUM(A1)", "\tx", "\rx", "  =cmd|' /C calc'!A0", "=HYPERLINK(1)"]
)
def test_a_cell_that_would_be_worked_out_stands_behind_an_apostrophe(cell: str) -> None:
    [row] = csv.reader(StringIO(spreadsheet_line([cell, "plain"]), newline=""))

    assert row == [f"'{cell}", "plain"]


@pytest.mark.parametrize("cell", ["", "Amira K", "0770••••123", "a=b", 'say "hello", she said', "two\nlines", "10-12"])
def test_any_other_cell_is_read_as_it_was_written(cell: str) -> None:
    [row] = csv.reader(StringIO(spreadsheet_line([cell]), newline=""))

    assert row == [cell] or (not cell and row == [""])
