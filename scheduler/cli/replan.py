"""`aftercare replan`: makes plans anew by hand, such as after new zone data."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.cli.endings import FOUND
from scheduler.cli.opening import opened
from scheduler.cli.options import JsonOption
from scheduler.cli.output import say, show_json, show_table

if TYPE_CHECKING:  # see scheduler.cli.opening
    from scheduler.bootstrap import Store
    from scheduler.services.replanning import Replanned


def replan(
    *,
    clinic_id: Annotated[str | None, typer.Option("--clinic", metavar="ID", help="Only the plans of a clinic.")] = None,
    patient_id: Annotated[str | None, typer.Option("--patient", metavar="ID", help="Only one patient's plan.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Make the plans of patients who still have messages to come anew; what a person moved or skipped stays.

    Exit 1 if a plan could not be made; what was planned before stays then.
    """
    with opened() as store:
        done = _replan(store, clinic_id, patient_id)
    counts = dataclasses.asdict(done)
    if as_json:
        show_json(counts)
    else:
        rows = [(name, str(count)) for name, count in counts.items() if name != "failed"]
        show_table(("what", "how many"), rows)
    for failed in done.failed:
        say(f"The plan of patient {failed} could not be made; what was planned before stays.")
    if done.failed:
        raise typer.Exit(FOUND)


def _replan(store: Store, clinic_id: str | None, patient_id: str | None) -> Replanned:
    from scheduler.services.replanning import Replanned, replan_clinic, replan_patient
    from scheduler.storage.clinics import list_clinics
    from scheduler.storage.tenancy import ALL_CLINICS

    if patient_id is not None:
        return replan_patient(store.database, patient_id, store.clock, clinic_id=clinic_id)
    if clinic_id is not None:
        return replan_clinic(store.database, clinic_id, store.clock)
    with store.database.read(ALL_CLINICS) as db:
        ids = [clinic.id for clinic in list_clinics(db)]
    return sum((replan_clinic(store.database, one, store.clock) for one in ids), Replanned())
