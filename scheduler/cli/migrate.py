"""`aftercare migrate`: makes the database and the key file, or brings the database up to this version."""

from __future__ import annotations

from scheduler.cli.opening import read_settings
from scheduler.cli.output import say


def migrate() -> None:
    """Make the database, or bring it up to this version."""
    from scheduler.bootstrap import prepare_store

    settings = read_settings()
    key_was_made = prepare_store(settings)
    if key_was_made:
        say(
            f"Made the key file {settings.key_file}. Back it up, apart from the database: "
            "without it nobody can read names, numbers and texts again."
        )
    say("The database is ready.")
