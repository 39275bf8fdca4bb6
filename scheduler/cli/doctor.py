"""`aftercare doctor`: what is wrong with this set-up, and what to do about each thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from scheduler.cli.endings import FOUND
from scheduler.cli.options import JsonOption
from scheduler.cli.output import say, show_json, show_table

if TYPE_CHECKING:  # see scheduler.cli.opening
    from scheduler.domain.findings import Finding


def doctor(*, as_json: JsonOption = False) -> None:
    """Check settings, key file, database, clock, clinics, senders and what waits; exit 1 if there is a fault."""
    from scheduler.domain.findings import Severity

    found = _examine()
    if as_json:
        show_json([{"severity": one.severity, "what": one.fault, "mend": one.mend} for one in found])
    elif found:
        show_table(("severity", "what", "mend"), [(one.severity, one.fault, one.mend) for one in found])
    else:
        say("Nothing is wrong.")
    if any(one.severity is Severity.FAULT for one in found):
        raise typer.Exit(FOUND)


def _examine() -> list[Finding]:
    from scheduler.bootstrap import examine
    from scheduler.services.doctor import from_settings
    from scheduler.settings import SettingsInvalid, load_settings

    try:
        settings = load_settings()
    except SettingsInvalid as error:
        return from_settings(error.problems)
    return examine(settings)
