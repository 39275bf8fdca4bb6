"""`aftercare protocol check`: what is wrong with protocol files, one line a finding."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.cli.endings import FOUND
from scheduler.cli.opening import read_settings
from scheduler.cli.options import JsonOption
from scheduler.cli.output import show, show_json
from scheduler.domain.errors import Invalid

if TYPE_CHECKING:  # see scheduler.cli.opening
    from scheduler.catalog.checking import FileFinding

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="DIR",
        exists=True,
        file_okay=False,
        help="Folder of topics, flags and messages; by default the one of the settings.",
    ),
]


def check(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False, help="Files to check.")
    ],
    *,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check files and the messages that they send; one line a finding, exit code 1 if one is more than a note."""
    from scheduler.domain.care.checks import Severity

    findings = _findings(files, config)
    faulty = any(finding.severity is Severity.ERROR for finding in findings)
    if as_json:
        show_json([dataclasses.asdict(finding) for finding in findings])
    else:
        for line in [*map(str, findings), *([] if faulty else ["ok"])]:
            show(line)
    if faulty:
        raise typer.Exit(FOUND)


def _findings(files: Sequence[Path], config: Path | None) -> list[FileFinding]:
    from scheduler.catalog.checking import check_file, problem_findings
    from scheduler.catalog.shipped import load_words

    try:
        catalog = load_words(config or read_settings().config_dir)
    except Invalid as error:
        return list(problem_findings(error.problems))
    found = (finding for file in files for finding in check_file(file, catalog))
    return list(dict.fromkeys(found))  # two files may send the same words
