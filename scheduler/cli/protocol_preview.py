"""`aftercare protocol preview`: what a protocol does on samples, or does otherwise than another; nothing is stored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.cli.opening import read_settings
from scheduler.cli.options import JsonOption, naming
from scheduler.cli.output import show, show_json
from scheduler.cli.protocol_check import ConfigOption
from scheduler.domain.errors import Invalid

if TYPE_CHECKING:  # see scheduler.cli.opening
    from scheduler.catalog.shipped import Catalog
    from scheduler.domain.care.protocols import CareProtocol, FactType, ProtocolVersion
    from scheduler.domain.care.samples import Sample
    from scheduler.domain.care.trials import Trial

_ZONE = "Europe/London"
_File = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A protocol file.")]
_Other = Annotated[
    Path | None,
    typer.Argument(metavar="FILE2", exists=True, dir_okay=False, help="Another: show what it changes."),
]
_Facts = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY=VALUE,…",
        help="One sample with these facts; also flags, session_number and days_since_last. May be repeated.",
    ),
]
_Ended = Annotated[
    str | None, typer.Option(metavar="TIME", help="When that sample ended: 23:50, or 2026-03-28T23:50 on its clock.")
]
_Zone = Annotated[str, typer.Option(metavar="ZONE", help="The clinic's zone; its clock changes are among the samples.")]


def preview(
    file: _File,
    other: _Other = None,
    *,
    facts: _Facts = None,
    ended: _Ended = None,
    zone: _Zone = _ZONE,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show windows, messages and what gives none on samples made from the file's own thresholds; nothing is stored."""
    from scheduler.catalog.checking import read_protocol
    from scheduler.catalog.shipped import load_words
    from scheduler.cli import preview_lines
    from scheduler.cli.preview_json import changes_json, trial_json

    catalog = load_words(config or read_settings().config_dir)
    versions = [
        read_protocol(path, catalog).version(place) for place, path in enumerate(filter(None, [file, other]), 1)
    ]
    with naming({"facts.": "--facts ", "ended": "--ended", "zone": "--zone"}):
        found = _samples(versions, facts or [], ended, _known_zone(zone), catalog)
    trials = [[_try(version, sample, zone) for version in versions] for sample in found]
    if other is None:
        if as_json:
            show_json([trial_json(trial) for (trial,) in trials])
        else:
            _show(line for (trial,) in trials for line in preview_lines.trial_lines(trial))
    elif as_json:
        show_json([changes_json(before, after) for before, after in trials])
    else:
        _show(preview_lines.change_lines([(before, after) for before, after in trials]))


def _show(lines: Iterator[str]) -> None:
    for line in lines:
        show(line)


def _try(version: ProtocolVersion, sample: Sample, zone: str) -> Trial:
    from scheduler.domain.care.given_samples import fitted
    from scheduler.domain.care.trials import made_up_clinic, try_out

    return try_out(version, fitted(sample, version.protocol), made_up_clinic(zone))


def _samples(
    versions: list[ProtocolVersion], typed: list[str], ended: str | None, zone: str, catalog: Catalog
) -> list[Sample]:
    """The one that was described, else those of each version, none twice."""
    from scheduler.domain.care.given_samples import given_sample
    from scheduler.domain.care.samples import samples

    newest = versions[-1].protocol
    if typed or ended:
        at = _wall(ended, zone) if ended else None
        return [given_sample(newest, _facts(typed, newest), ended=at, flags=catalog.flags.keys())]
    by_name = {sample.name: sample for version in versions for sample in samples(version.protocol, zone)}
    return list(by_name.values())


def _facts(typed: list[str], protocol: CareProtocol) -> dict[str, object]:
    """What was typed, by name: a word without `=` is one more of the list before it."""
    words: dict[str, list[str]] = {}
    name = ""
    for item in (part.strip() for text in typed for part in text.split(",") if part.strip()):
        key, equals, value = item.partition("=")
        if equals:
            name = key.strip()
            words.setdefault(name, []).extend([value.strip()] if value.strip() else [])
        elif name:
            words[name].append(item)
        else:
            raise Invalid.of("--facts", f"write KEY=VALUE, not {item}")
    kinds = {fact.id: fact.type for fact in protocol.facts.values()}
    return {name: _value(found, kinds.get(name)) for name, found in words.items()}


def _value(words: list[str], kind: FactType | None) -> object:
    from scheduler.domain.care.protocols import FactType

    if kind is FactType.LIST or len(words) != 1:
        return words
    if kind is FactType.CHOICE:
        return words[0]
    try:
        value = json.loads(words[0])
    except ValueError:
        return {"yes": True, "no": False}.get(words[0], words[0])
    return value if isinstance(value, bool | int | float) else words[0]


def _wall(text: str, zone: str) -> datetime:
    from scheduler.domain.care.samples import PLAIN_DAY
    from scheduler.domain.clinics import zones

    try:
        if "-" not in text:
            return datetime.combine(PLAIN_DAY, time.fromisoformat(text))
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid.of("ended", "write the time as in 23:50 or 2026-03-28T23:50") from None
    return at if at.tzinfo is None else zones.local(at, zone).replace(tzinfo=None)


def _known_zone(zone: str) -> str:
    from scheduler.domain.clinics.zones import known_zones
    from scheduler.domain.naming import did_you_mean

    if zone not in known_zones():
        raise Invalid.of("zone", f"there is no zone {zone}; {did_you_mean(zone, known_zones())}")
    return zone
