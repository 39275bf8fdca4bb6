"""`aftercare staff …`: the people of a clinic who act, and their ways in."""

from __future__ import annotations

from typing import Annotated

import typer

from scheduler.cli.opening import changing, read_settings, reading
from scheduler.cli.options import ClinicOption, JsonOption, naming
from scheduler.cli.output import instant, say, show, show_json, show_table

app = typer.Typer(name="staff", help="The people of a clinic who act, and their ways in.", rich_markup_mode=None)
_LINK = "They set their password and PIN by this link, which works once and for 72 hours:"
_PersonArgument = Annotated[
    str, typer.Argument(metavar="PERSON", help="Email address or id of the person, as staff list shows it.")
]


@app.command()
def add(
    *,
    clinic_id: ClinicOption,
    name: Annotated[str, typer.Option(help="Name, as the audit shows it.")],
    email: Annotated[str, typer.Option(help="Email address; nobody else of the clinic's staff has it.")],
    role: Annotated[str, typer.Option(help="front_desk, treatment, editor, approver or manager.")],
    as_json: JsonOption = False,
) -> None:
    """Add a person, and show once the link by which they set their password and PIN."""
    from scheduler.services.own_password import make_welcome
    from scheduler.services.staff import add_staff

    options = {field: f"--{field}" for field in ("name", "email", "role")}
    with naming(options), changing(clinic_id) as act:
        person = add_staff(act.db, name=name, email=email, role=role, by=act.by, now=act.now)
        link = _link(make_welcome(act.db, person.id, now=act.now))
    if as_json:
        show_json({"id": person.id, "link": link})
    else:
        show(f"Added {person.name}. Their id is {person.id}")
        _show_link(link)


@app.command("list")
def list_people(*, clinic_id: ClinicOption, as_json: JsonOption = False) -> None:
    """List a clinic's people."""
    from scheduler.storage.staff import list_staff

    with reading(clinic_id) as act:
        found = list_staff(act.db)
    if as_json:
        keys = ("email", "added_at", "signed_in_at", "disabled_at", "has_password", "has_pin")
        show_json(
            [
                {"id": one.person.id, "name": one.person.name, "role": one.person.role}
                | {key: getattr(one, key) for key in keys}
                for one in found
            ]
        )
    else:
        rows = [
            (
                one.person.id,
                one.person.name,
                one.email,
                one.person.role,
                instant(one.added_at),
                instant(one.signed_in_at) if one.signed_in_at else "–",
                _way_in(active=one.active, has_password=one.has_password),
            )
            for one in found
        ]
        show_table(("id", "name", "email", "role", "added at", "last password", "way in"), rows)


@app.command()
def reset(person: _PersonArgument, *, clinic_id: ClinicOption, as_json: JsonOption = False) -> None:
    """Show a new link for somebody who can't get in; their old password, PIN and sign-ins end. Undoes disable."""
    from scheduler.services.staff import find_somebody, reset_person

    with naming({"person": "PERSON"}), changing(clinic_id) as act:
        found = find_somebody(act.db, person)
        link = _link(reset_person(act.db, found, by=act.by, now=act.now))
    if as_json:
        show_json({"id": found.id, "link": link})
    else:
        show(f"Reset {found.name}.")
        _show_link(link)


@app.command()
def disable(person: _PersonArgument, *, clinic_id: ClinicOption) -> None:
    """Let somebody in no more, from now on: not by password, PIN, link or token. What they did stays theirs."""
    from scheduler.services.staff import disable_person, find_somebody

    with naming({"person": "PERSON"}), changing(clinic_id) as act:
        found = find_somebody(act.db, person)
        disable_person(act.db, found, by=act.by, now=act.now)
    say(f"Disabled {found.name}.")


def _link(secret: str) -> str:
    """The whole link where the address is known, else its path."""
    return f"{(read_settings().public_url or '').rstrip('/')}/welcome/{secret}"


def _show_link(link: str) -> None:
    say(_LINK)
    show(link)
    if link.startswith("/"):
        say("Put in front of it the address at which aftercare serve is reached: AFTERCARE_PUBLIC_URL is not set.")


def _way_in(*, active: bool, has_password: bool) -> str:
    if not active:
        return "disabled"
    return "password" if has_password else "none yet"
