"""`aftercare token …`: keys to a clinic's API."""

from __future__ import annotations

from typing import Annotated

import typer

from scheduler.cli.opening import changing, reading
from scheduler.cli.options import ClinicOption, JsonOption, naming
from scheduler.cli.output import instant, say, show, show_json, show_table

app = typer.Typer(name="token", help="Make, list and revoke keys to a clinic's API.", rich_markup_mode=None)


@app.command()
def add(
    *,
    clinic_id: ClinicOption,
    scope: Annotated[list[str] | None, typer.Option(help="What it may do, such as sessions:write; none: all.")] = None,
    label: Annotated[str, typer.Option(help="What it is for; the audit names it.")] = "api",
    email: Annotated[
        str | None, typer.Option("--staff", metavar="EMAIL", help="Whose it is: the audit names them instead.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a token; it is shown this once and kept nowhere."""
    from scheduler.services.tokens import make_token

    with naming({"scope": "--scope", "label": "--label", "staff": "--staff"}), changing(clinic_id) as act:
        secret = make_token(act.db, scopes=tuple(scope or ()), label=label, by=act.by, now=act.now, email=email)
    if as_json:
        show_json({"token": secret})
    else:
        show(secret)
        say("Keep it now: it can't be shown again.")


@app.command("list")
def list_tokens(*, clinic_id: ClinicOption, as_json: JsonOption = False) -> None:
    """List a clinic's tokens that work; their secrets can't be shown."""
    from scheduler.storage import tokens

    with reading(clinic_id) as act:
        found = tokens.list_tokens(act.db)
    if as_json:
        keys = ("id", "label", "scopes", "staff_id", "created_at")
        show_json([{key: getattr(token, key) for key in keys} for token in found])
    else:
        rows = [
            (
                token.id,
                token.label,
                ", ".join(sorted(token.scopes)) or "all",
                token.person.name if token.person else "–",
                instant(token.created_at),
            )
            for token in found
        ]
        show_table(("id", "label", "scopes", "staff", "made at"), rows)


@app.command()
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="TOKEN_ID", help="Id of the token, as token list shows it.")],
    *,
    clinic_id: ClinicOption,
) -> None:
    """Let a token work no more, from now on."""
    from scheduler.services.tokens import revoke_token

    with changing(clinic_id) as act:
        revoke_token(act.db, token_id, by=act.by, now=act.now)
    say("Revoked.")
