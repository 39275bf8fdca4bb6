"""`aftercare backup`: a copy of the database in a file. The key file is not in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scheduler.cli.opening import read_settings
from scheduler.cli.options import ForceOption
from scheduler.cli.output import say
from scheduler.domain.errors import NotNow


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", dir_okay=False, help="File to write.")],
    *,
    force: ForceOption = False,
) -> None:
    """Copy the database to a file, while the service runs."""
    from scheduler.services.backups import back_up

    settings = read_settings()
    if file.exists() and settings.key_file.exists() and file.samefile(settings.key_file):
        message = f"{file} is the key file: choose another name."
        raise NotNow(message)
    back_up(settings.database_url, file, force=force)
    say(
        f"Wrote {file}. The key file {settings.key_file} is not in it: keep a copy of it in another place, "
        "for without it nobody can read the names, numbers and texts in this backup."
    )
