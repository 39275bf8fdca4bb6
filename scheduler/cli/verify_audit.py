"""`aftercare verify-audit`: whether anybody changed the audit behind the program's back."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.cli.endings import FOUND
from scheduler.cli.opening import opened, reading
from scheduler.cli.options import JsonOption
from scheduler.cli.output import say, show_json, show_table

if TYPE_CHECKING:  # see scheduler.cli.opening
    from scheduler.services.audit_chain import Checked


def verify_audit(
    *,
    clinic_id: Annotated[str | None, typer.Option("--clinic", metavar="ID", help="Only the audit of a clinic.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Compute each clinic's chain of audit entries anew, and name the first that was changed, removed or put in.

    Entries of the last seconds are not sealed yet; they are counted as waiting. Exit 1 if something was found.
    """
    checked = _checked(clinic_id)
    if as_json:
        show_json([dataclasses.asdict(one) for one in checked])
    else:
        columns = ("clinic", "sealed", "waiting", "erased", "last link", "state")
        show_table(columns, [_row(one) for one in checked])
    for one in checked:
        if one.found:
            say(f"Clinic {one.clinic_id}: {one.found.sentence}")
    if any(one.found for one in checked):
        raise typer.Exit(FOUND)


def _checked(clinic_id: str | None) -> list[Checked]:
    from scheduler.services.audit_chain import check
    from scheduler.storage.clinics import list_clinics
    from scheduler.storage.tenancy import ALL_CLINICS

    if clinic_id is not None:
        with reading(clinic_id) as act:
            return [check(act.db)]
    checked = []
    with opened() as store:
        with store.database.read(ALL_CLINICS) as db:
            ids = [clinic.id for clinic in list_clinics(db)]
        for one in ids:
            with store.database.read(one) as db:
                checked.append(check(db))
    return checked


def _row(one: Checked) -> tuple[str, ...]:
    counts = (str(one.sealed), str(one.waiting), str(one.blanked))
    return (one.clinic_id, *counts, one.head or "none", one.found.fault.value if one.found else "fine")
