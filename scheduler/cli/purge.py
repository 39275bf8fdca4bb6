"""`aftercare purge`: removes what is past a clinic's retention by hand, or says how much that is."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from scheduler.cli.opening import opened, operator, reading
from scheduler.cli.options import ClinicOption, JsonOption
from scheduler.cli.output import say, show_json, show_table


def purge(
    *,
    clinic_id: ClinicOption,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how much would go.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Yes, for good: there is no way back.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Remove patients who are past the clinic's retention with all they had; a running service does so once a day.

    Who still has a message to come or an open to-do stays.
    """
    from scheduler.services import retention

    if not (dry_run or yes):
        message = "purging can't be undone: add --yes, or --dry-run to see how much would go"
        raise typer.TyperException(message)
    if dry_run:
        with reading(clinic_id) as act:
            found = retention.would_purge(act.db, now=act.now)
    else:
        with opened() as store:
            found = retention.purge_clinic(store.database, clinic_id, store.clock, by=operator())
    counts = dataclasses.asdict(found)
    if as_json:
        show_json(counts)
    else:
        show_table(("what", "how many"), [(name, str(count)) for name, count in counts.items()])
        say("Nothing was removed: this was a dry run." if dry_run else "Gone for good.")
