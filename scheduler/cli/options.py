"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated

import typer

from scheduler.domain.errors import Invalid, Problem

ClinicArgument = Annotated[str, typer.Argument(metavar="ID", help="Id of the clinic, as clinic list shows it.")]
ClinicOption = Annotated[str, typer.Option("--clinic", metavar="ID", help="Id of the clinic, as clinic list shows it.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
SIGNED_BY = "Name of the clinician who signs the protocols off."
ForceOption = Annotated[bool, typer.Option("--force", help="Replace what is there already.")]


@contextmanager
def naming(options: Mapping[str, str]) -> Iterator[None]:
    """Within the block, problems are told by the options that were typed: `options` by the services' fields.

    A field that ends in `.` stands for all below it: `facts.` as `--fact ` makes `--fact needle_mm`.
    """
    try:
        yield
    except Invalid as error:
        raise Invalid(*(_renamed(problem, options) for problem in error.problems)) from error


def _renamed(problem: Problem, options: Mapping[str, str]) -> Problem:
    for field, option in options.items():
        if problem.field == field:
            return Problem(option, problem.message)
        if field.endswith(".") and problem.field.startswith(field):
            return Problem(option + problem.field.removeprefix(field), problem.message)
    return problem
