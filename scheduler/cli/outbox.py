"""`aftercare outbox`: every reminder of a clinic with its words, whichever sender is set."""

from __future__ import annotations

import dataclasses

from scheduler.cli.opening import reading
from scheduler.cli.options import ClinicOption, JsonOption
from scheduler.cli.output import instant, show_json, show_table


def outbox(*, clinic_id: ClinicOption, as_json: JsonOption = False) -> None:
    """Show every reminder of a clinic, by due time."""
    from scheduler.services.outbox import entries

    with reading(clinic_id) as act:
        found = entries(act.db)
    if as_json:
        show_json([dataclasses.asdict(entry) for entry in found])
    else:
        rows = [
            (instant(entry.due_at), entry.status, entry.reason or "-", entry.to or "-", entry.rule, entry.body or "-")
            for entry in found
        ]
        show_table(("due", "status", "reason", "to", "rule", "text"), rows)
