"""`aftercare restore`: puts a backup in the database's place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scheduler.cli.opening import read_settings
from scheduler.cli.options import ForceOption
from scheduler.cli.output import say


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A backup.")],
    *,
    force: ForceOption = False,
) -> None:
    """Put a backup in the database's place."""
    from scheduler.clock import utc_now
    from scheduler.services import backups

    settings = read_settings()
    restored = backups.restore(settings.database_url, file, key_file=settings.key_file, force=force, now=utc_now())
    say(f"Restored {file}.")
    if restored.kept is not None:
        say(f"What was there is kept as {restored.kept}.")
    if restored.older:
        say("It is from an older version: run aftercare migrate.")
    say(
        "Every clinic is paused, since what was sent after this backup was made would be sent again: look at "
        "aftercare outbox, then end each pause with aftercare clinic resume."
    )
