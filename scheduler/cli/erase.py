"""`aftercare erase`: erases a patient at once."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.cli.opening import opened, operator
from scheduler.cli.options import JsonOption, naming
from scheduler.cli.output import say, show_json

if TYPE_CHECKING:  # see scheduler.cli.opening
    from scheduler.bootstrap import Store
    from scheduler.services.erasing import Erased


def erase(
    patient_id: Annotated[str, typer.Argument(metavar="PATIENT", help="Id of the patient.")],
    *,
    reason: Annotated[str, typer.Option(help="Why, without who it is: it stays in the audit.")],
    yes: Annotated[bool, typer.Option("--yes", help="Yes, for good: there is no way back.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Erase a patient: names, numbers, texts, sessions and plans go for good; that and how many there were stays.

    A message that a provider has already is left to end, and what is kept of it goes then.
    """
    if not yes:
        message = "erasing can't be undone: add --yes"
        raise typer.TyperException(message)
    with naming({"reason": "--reason"}), opened() as store:
        done = _erase(store, patient_id, reason)
        store.database.settle_file()
    if as_json:
        show_json(dataclasses.asdict(done))
    else:
        _tell(done)


def _erase(store: Store, patient_id: str, reason: str) -> Erased:
    from scheduler.domain.errors import NotFound
    from scheduler.services import erasing
    from scheduler.storage.replans import clinic_of
    from scheduler.storage.tenancy import ALL_CLINICS

    with store.database.read(ALL_CLINICS) as db:
        clinic_id = clinic_of(db, patient_id)
    if clinic_id is None:
        raise NotFound("patient", patient_id)
    with store.database.write(clinic_id) as db:
        return erasing.erase(db, patient_id, reason=reason, by=operator(), now=store.clock(db))


def _tell(done: Erased) -> None:
    say("Erased before; nothing is left to erase." if done.before and not done.messages else "Erased.")
    say(f"Sessions that went: {done.sessions}; messages that went: {done.messages}.")
    if done.on_their_way:
        say(f"Messages on their way: {done.on_their_way}; what is kept of them goes once they have ended.")
