"""The program `aftercare`: all commands together, and how every run of it ends. What a command does is its file's."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.main import get_command

from scheduler import __version__
from scheduler.cli import (
    backup,
    clinic,
    demo,
    doctor,
    erase,
    migrate,
    outbox,
    protocol,
    purge,
    replan,
    restore,
    sender,
    serve,
    session,
    staff,
    token,
    verify_audit,
    worker,
)
from scheduler.cli.endings import ending
from scheduler.cli.garbage import collect_rarely
from scheduler.cli.output import show

_HELP = """Aftercare reminders: a treatment session becomes a plan of texts and emails, each sent once, in time.

Start with: aftercare migrate. Settings are environment variables; docs/operations.md tells of them.
"""

app = typer.Typer(name="aftercare", help=_HELP, rich_markup_mode=None, add_completion=False)
app.command("demo")(demo.demo)
app.command("migrate")(migrate.migrate)
app.command("serve")(serve.serve)
app.command("worker")(worker.worker)
app.command("doctor")(doctor.doctor)
app.add_typer(clinic.app)
app.add_typer(sender.app)
app.add_typer(staff.app)
app.add_typer(token.app)
app.add_typer(protocol.app)
app.add_typer(session.app)
app.command("outbox")(outbox.outbox)
app.command("replan")(replan.replan)
app.command("erase")(erase.erase)
app.command("purge")(purge.purge)
app.command("verify-audit")(verify_audit.verify_audit)
app.command("backup")(backup.backup)
app.command("restore")(restore.restore)


def main() -> None:
    """Do what the command line of this process says, and end the process with the exit code."""
    collect_rarely()
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Do what a command line says; its exit code. Nothing but that and what it printed comes back."""
    program = get_command(app)
    with ending() as end:
        _check_text(arguments)
        with program.make_context("aftercare", list(arguments) or ["--help"]) as context:
            program.invoke(context)
        sys.stdout.flush()  # here, where a reader that has gone away is known
    return end.code


def _check_text(arguments: Sequence[str]) -> None:
    """Nothing, if everything that was typed is text; what isn't can't be stored or looked for."""
    try:
        "".join(arguments).encode()
    except UnicodeEncodeError:
        message = "an argument is not UTF-8 text"
        raise typer.TyperException(message) from None


def _print_version(*, wanted: bool) -> None:
    if wanted:
        show(f"aftercare {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and end.")
    ] = False,
) -> None:
    """Options of the program itself; its help is the app's."""
    del version
