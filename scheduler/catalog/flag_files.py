"""`flags.toml`: what a clinician may record about a patient, for rules to ask for."""

from __future__ import annotations

from collections.abc import Mapping

from scheduler.catalog import scalars
from scheduler.catalog.tables import FORMAT, Problems, Table
from scheduler.catalog.toml_files import read_toml
from scheduler.catalog.toml_text import block, document, dotted
from scheduler.domain.care.protocols import SignOff
from scheduler.domain.people.flags import Flag


def parse_flags(text: str, *, file: str) -> dict[str, Flag]:
    """The flags of a file by id. Raises Invalid with every problem."""
    problems = Problems(file)
    table = Table(read_toml(text, file=file), problems)
    table.check_format()
    flags = {name: _read_flag(name, inner) for name, inner in table.named("flags", "flag")}
    table.close()
    problems.stop()
    return flags


def dump_flags(flags: Mapping[str, Flag]) -> str:
    """The text that `parse_flags` reads back to equal flags."""
    tables = (block(dotted("flags", name), _table(flag)) for name, flag in flags.items())
    return document([block("", {"format": FORMAT}), *tables])


def _read_flag(name: str, table: Table) -> Flag:
    sign_off = table.get("class", scalars.member(SignOff, "class")) or SignOff.MEDICAL
    flag = Flag(
        id=name,
        label=table.need("label", scalars.one_line, example='"Melasma"') or "",
        why=table.get("why", scalars.any_text) or "",
        source=table.get("source", scalars.any_text) or "",
        sign_off=sign_off.value,
    )
    table.close()
    return flag


def _table(flag: Flag) -> dict[str, str]:
    table = {"label": flag.label, "class": flag.sign_off, "why": flag.why, "source": flag.source}
    return {key: value for key, value in table.items() if value}
