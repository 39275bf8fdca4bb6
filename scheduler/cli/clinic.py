"""`aftercare clinic …`: opening a clinic, its settings, pausing it, going live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.cli.opening import changing, opened, operator, read_settings, reading
from scheduler.cli.options import SIGNED_BY, ClinicArgument, JsonOption, naming
from scheduler.cli.output import say, show, show_json, show_table

if TYPE_CHECKING:  # see scheduler.cli.opening
    from scheduler.domain.clinics.clinics import Clinic

app = typer.Typer(name="clinic", help="Open a clinic, change its settings, pause it, go live.", rich_markup_mode=None)
_OPTIONS = {field: f"--{field.replace('_', '-')}" for field in ("name", "zone", "country", "phone", "signed_by")}


@app.command()
def add(
    *,
    name: Annotated[str, typer.Option(help="Name as it stands in texts.")],
    zone: Annotated[str, typer.Option(help="IANA time zone, such as Europe/London.")],
    country: Annotated[str, typer.Option(help="Two letters, such as GB: how its numbers are read.")],
    phone: Annotated[str, typer.Option(help="Number that patients call, as they read it.")],
    live: Annotated[
        bool, typer.Option("--live", help="Send to patients from now on; otherwise it is in trial.")
    ] = False,
    signed_by: Annotated[str | None, typer.Option(metavar="NAME", help=SIGNED_BY)] = None,
    as_json: JsonOption = False,
) -> None:
    """Open a clinic, with the protocols that ship."""
    from scheduler.services import clinics

    if live != (signed_by is not None):
        message = "--live and --signed-by go together: a clinician signs the protocols off before patients get texts"
        raise typer.TyperException(message)
    with naming(_OPTIONS), opened() as store:
        clinic = clinics.new_clinic(name, zone=zone, country=country, phone=phone)
        with store.database.write(clinic.id) as db:
            now, by = store.clock(db), operator()
            clinics.open_clinic(db, clinic, catalog=store.catalog, by=by, now=now)
            if signed_by is not None:
                clinics.go_live(db, signed_by=signed_by, by=by, now=now)
    if as_json:
        show_json({"id": clinic.id})
    else:
        show(f"Opened {clinic.name}, {'live' if live else 'in trial'}. Its id is {clinic.id}")


_TIMES = frozenset({"zone", "sending_hours", "opening_hours", "closed_days"})
"""Settings that plans are made with; the limits are others."""


@app.command("set")
def change(
    clinic_id: ClinicArgument,
    key: Annotated[str, typer.Argument(help="Setting, as clinic show lists it.")],
    value: Annotated[str, typer.Argument(help="Its new value, written as clinic show writes it.")],
) -> None:
    """Change one setting of a clinic."""
    from scheduler.services.clinic_settings import as_text
    from scheduler.services.clinics import set_setting

    with changing(clinic_id) as act:
        clinic = set_setting(act.db, key, value, catalog=act.catalog, by=act.by, now=act.now)
    name = key.strip().lower().replace("-", "_")
    say(f"{name} is now: {as_text(clinic)[name]}")
    if name in _TIMES or name.startswith("limit_"):
        _plan_anew(clinic_id)


def _plan_anew(clinic_id: str) -> None:
    """At once, and not when a process that sends comes to it: until then messages would go by what was before."""
    from scheduler.services.replanning import replan_clinic

    with opened() as store:
        done = replan_clinic(store.database, clinic_id, store.clock)
    say(f"Plans made anew: {done.patients}; messages that go at another time: {done.moved}.")
    if done.failed:
        say(f"Plans that could not be made: {len(done.failed)}; aftercare replan --clinic {clinic_id} names them.")


@app.command("show")
def show_clinic(clinic_id: ClinicArgument, *, as_json: JsonOption = False) -> None:
    """Show a clinic and its settings."""
    from scheduler.services.clinic_settings import as_text
    from scheduler.storage.clinics import get_clinic

    with reading(clinic_id) as act:
        clinic = get_clinic(act.db)
    settings = as_text(clinic)
    if as_json:
        show_json({"id": clinic.id, "country": clinic.country, "live": clinic.live, "paused": clinic.paused} | settings)
    else:
        state = {"id": clinic.id, "state": _state(clinic), "country": clinic.country}
        show_table(("setting", "value"), list((state | settings).items()))


@app.command("list")
def list_clinics(*, as_json: JsonOption = False) -> None:
    """List all clinics."""
    from scheduler.storage import clinics
    from scheduler.storage.tenancy import ALL_CLINICS

    with opened() as store, store.database.read(ALL_CLINICS) as db:
        found = clinics.list_clinics(db)
    if as_json:
        keys = ("id", "name", "zone", "country", "live", "paused")
        show_json([{key: getattr(clinic, key) for key in keys} for clinic in found])
    else:
        rows = [(clinic.id, clinic.name, clinic.zone, _state(clinic)) for clinic in found]
        show_table(("id", "name", "zone", "state"), rows)


@app.command()
def pause(
    clinic_id: ClinicArgument,
    *,
    reason: Annotated[str, typer.Option(help="Why; staff read it.")],
) -> None:
    """Hold every message of a clinic until it resumes."""
    from scheduler.services import clinics

    with naming({"reason": "--reason"}), changing(clinic_id) as act:
        clinics.pause(act.db, reason=reason, by=act.by, now=act.now)
    say("Paused: nothing goes out until aftercare clinic resume.")


@app.command()
def resume(clinic_id: ClinicArgument) -> None:
    """End a clinic's pause."""
    from scheduler.services import clinics

    with changing(clinic_id) as act:
        released = clinics.resume(act.db, by=act.by, now=act.now)
    say(f"Resumed; messages that were held and wait again: {released}.")


@app.command()
def live(
    clinic_id: ClinicArgument,
    *,
    signed_by: Annotated[str, typer.Option(metavar="NAME", help=SIGNED_BY)],
) -> None:
    """Let a clinic in trial send to its patients."""
    from scheduler.services import clinics

    with naming(_OPTIONS), changing(clinic_id) as act:
        clinics.go_live(act.db, signed_by=signed_by, by=act.by, now=act.now)
    say("Live: what waits, trial sessions included, goes by the senders that the settings choose.")
    if read_settings().sms == "sandbox":
        say("These settings choose the sandbox: nothing leaves this machine.")


def _state(clinic: Clinic) -> str:
    return ("live" if clinic.live else "in trial") + (", paused" if clinic.paused else "")
