"""What a benchmark is and gives: named rows of figures, each with its spread. Measures nothing itself."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.stores import Stores

SERVICE, DISPATCH = "service", "dispatch"
"""What `make bench` measures, and what `make bench-dispatch` does."""


class NotCounted(Exception):
    """Not all of the work was done, so that no figure of it counts; the message says what was missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the page."""

    name: str
    what: str
    unit: str
    aim: str = ""
    """What the project wants of it; nothing fails if it isn't met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What every benchmark is handed."""

    stores: Stores
    quick: bool
    """Whether a rough figure in seconds is wanted, and not one for the page."""
    big: bool = False
    """Whether ten million are to wait in place of one."""


Figures = Iterator[tuple[str, Sequence[float]]]
"""A row's name with one value a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """A few rows that are measured together."""

    name: str
    title: str
    about: str
    """What is done, with what, and what the figures leave out."""
    rows: tuple[Row, ...]
    run: Callable[[Setting], Figures]
    """Raises CannotRun or NotCounted; what was given until then counts."""
    suite: str = SERVICE
    """Which command measures it."""

    def full_name(self, row: Row) -> str:
        """The row's name on the page."""
        return f"{self.name}.{row.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A row as measured."""

    name: str
    row: Row
    runs: tuple[float, ...]
    missing: str
    """Why there are no runs."""

    @property
    def spread(self) -> tuple[float, float, float]:
        """Minimum, median and maximum of the runs."""
        return min(self.runs), statistics.median(self.runs), max(self.runs)
