"""`aftercare protocol …`: publishing files for a clinic, and getting them back. Checking and trying out are beside."""

from __future__ import annotations

import codecs
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.cli import protocol_check, protocol_preview
from scheduler.cli.opening import changing, reading
from scheduler.cli.options import SIGNED_BY, ClinicOption, JsonOption, naming
from scheduler.cli.output import instant, show, show_json, show_table

if TYPE_CHECKING:  # see scheduler.cli.opening
    from scheduler.catalog.document import Publishable
    from scheduler.catalog.shipped import Catalog
    from scheduler.cli.opening import Act

app = typer.Typer(name="protocol", help="Check, try out, import, export and list protocols.", rich_markup_mode=None)
app.command("check")(protocol_check.check)
app.command("preview")(protocol_preview.preview)
ProtocolFile = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A protocol file.")]


@app.command("import")
def import_file(
    file: ProtocolFile,
    *,
    clinic_id: ClinicOption,
    publish: Annotated[bool, typer.Option("--publish", help="Publish it; otherwise only say what would be.")] = False,
    signed_by: Annotated[str | None, typer.Option(metavar="NAME", help=SIGNED_BY)] = None,
    running: Annotated[bool, typer.Option("--running", hidden=True)] = False,
    yes: Annotated[bool, typer.Option("--yes", hidden=True)] = False,
    as_json: JsonOption = False,
) -> None:
    """Publish a file as the next version of its procedure, for new sessions only."""
    if running or yes:
        message = (
            "--running is not available yet: a new version holds for new sessions, plans that run stay as they are"
        )
        raise typer.TyperException(message)
    if publish and signed_by is None:
        message = "--publish needs --signed-by with the name of the clinician who signs the protocol off"
        raise typer.TyperException(message)
    with naming({"signed_by": "--signed-by"}), (changing if publish else reading)(clinic_id) as act:
        procedure, number = (_publish if publish else _preview)(act, file, signed_by)
    if as_json:
        show_json({"procedure": procedure, "version": number, "published": publish})
    elif publish:
        show(f"Published version {number} of {procedure} for new sessions.")
    else:
        show(f"Would publish version {number} of {procedure}; add --publish --signed-by NAME to do it.")


@app.command()
def export(
    procedure: Annotated[str, typer.Argument(help="Procedure, as protocol list shows it.")], *, clinic_id: ClinicOption
) -> None:
    """Write the file of the version in force to stdout, byte for byte as it was imported."""
    from scheduler.services.protocols import export_source

    with reading(clinic_id) as act:
        source = export_source(act.db, procedure)
    sys.stdout.buffer.write(source.encode())


@app.command("list")
def list_protocols(*, clinic_id: ClinicOption, as_json: JsonOption = False) -> None:
    """List a clinic's procedures, each with its version in force."""
    from scheduler.storage import protocols

    with reading(clinic_id) as act:
        names = protocols.procedures(act.db)
        found = [version for name in names if (version := protocols.current_version(act.db, name))]
    if as_json:
        keys = ("procedure", "title", "number", "published_at", "signed_by")
        show_json([{key: getattr(version, key) for key in keys} for version in found])
    else:
        rows = [
            (
                version.procedure,
                version.title,
                str(version.number),
                instant(version.published_at),
                version.signed_by or "-",
            )
            for version in found
        ]
        show_table(("procedure", "title", "version", "published at", "signed by"), rows)


def _read(file: Path, catalog: Catalog) -> Publishable:
    from scheduler.catalog.document import publishable

    return publishable(_source(file), file=str(file), catalog=catalog)


def _source(file: Path) -> str:
    """The text of a file with the mark that some editors put first, so that an export gives every byte back."""
    from scheduler.catalog.toml_files import MAX_BYTES, decode

    with file.open("rb") as opened:
        data = opened.read(MAX_BYTES + 1)
    mark = "\ufeff" if data.startswith(codecs.BOM_UTF8) else ""
    return mark + decode(data, file=str(file))


def _preview(act: Act, file: Path, signed_by: str | None) -> tuple[str, int]:
    from scheduler.storage.protocols import current_version

    del signed_by
    procedure = _read(file, act.catalog).protocol.procedure
    current = current_version(act.db, procedure)
    return procedure, current.number + 1 if current else 1


def _publish(act: Act, file: Path, signed_by: str | None) -> tuple[str, int]:
    from scheduler.services.protocols import publish_source

    return publish_source(
        act.db,
        _source(file),
        file=str(file),
        catalog=act.catalog,
        by=act.by,
        signed_by=signed_by,
        now=act.now,
    )
