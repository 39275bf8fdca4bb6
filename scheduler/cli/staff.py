"""`aftercare staff …`: the people of a clinic who act."""

from __future__ import annotations

from typing import Annotated

import typer

from scheduler.cli.opening import changing, reading
from scheduler.cli.options import ClinicOption, JsonOption, naming
from scheduler.cli.output import instant, show, show_json, show_table

app = typer.Typer(name="staff", help="Add and list the people of a clinic who act.", rich_markup_mode=None)


@app.command()
def add(
    *,
    clinic_id: ClinicOption,
    name: Annotated[str, typer.Option(help="Name, as the audit shows it.")],
    email: Annotated[str, typer.Option(help="Email address; nobody else of the clinic's staff has it.")],
    role: Annotated[str, typer.Option(help="front_desk, treatment, editor, approver or manager.")],
    as_json: JsonOption = False,
) -> None:
    """Add a person; aftercare token add --staff EMAIL makes a token for them."""
    from scheduler.services.staff import add_staff

    options = {field: f"--{field}" for field in ("name", "email", "role")}
    with naming(options), changing(clinic_id) as act:
        person = add_staff(act.db, name=name, email=email, role=role, by=act.by, now=act.now)
    if as_json:
        show_json({"id": person.id})
    else:
        show(f"Added {person.name}. Their id is {person.id}")


@app.command("list")
def list_people(*, clinic_id: ClinicOption, as_json: JsonOption = False) -> None:
    """List a clinic's people."""
    from scheduler.storage.staff import list_staff

    with reading(clinic_id) as act:
        found = list_staff(act.db)
    if as_json:
        show_json(
            [
                {
                    "id": one.person.id,
                    "name": one.person.name,
                    "email": one.email,
                    "role": one.person.role,
                    "added_at": one.added_at,
                }
                for one in found
            ]
        )
    else:
        rows = [(one.person.id, one.person.name, one.email, one.person.role, instant(one.added_at)) for one in found]
        show_table(("id", "name", "email", "role", "added at"), rows)
