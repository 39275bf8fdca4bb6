from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from scheduler.settings import shipped_config
from tests.cli.conftest import CommandLine

SHIPPED = shipped_config() / "protocols" / "microneedling.toml"
SMALL = """format = 1
procedure = "peel"
title = "Peel"

[[window]]
topic = "retinoid_otc"
until = "5d"
class = "P"
why = "The skin is thinner."
source = "Our own leaflet"

[[reminder]]
id = "no-actives"
kind = "instruct"
template = "no-actives"
topics = ["retinoid_otc"]
send = { after = "2s" }
channels = ["sms"]
"""
NEW_CLINIC = {"chemical_peel": 1, "microneedling": 1}
PUBLISH = ("--publish", "--signed-by", "Dr Okafor")


@pytest.fixture
def peel(empty_cli: CommandLine) -> str:
    """A small protocol that can be published."""
    (empty_cli.folder / "peel.toml").write_text(SMALL)
    return "peel.toml"


def numbers(cli: CommandLine, clinic_id: str) -> dict[str, int]:
    versions = cli.well("protocol", "list", "--clinic", clinic_id, "--json").json
    return {version["procedure"]: version["number"] for version in versions}


def test_an_import_publishes_the_next_version(cli: CommandLine, peel: str) -> None:
    clinic_id = cli.clinic()

    first = cli.well("protocol", "import", peel, "--clinic", clinic_id, *PUBLISH)
    second = cli.well("protocol", "import", peel, "--clinic", clinic_id, *PUBLISH, "--json")

    assert first.out == "Published version 1 of peel for new sessions.\n"
    assert second.json == {"procedure": "peel", "version": 2, "published": True}
    assert numbers(cli, clinic_id) == NEW_CLINIC | {"peel": 2}
    assert "Dr Okafor" in cli.well("protocol", "list", "--clinic", clinic_id).out


def test_without_publish_an_import_only_says_what_it_would_do(cli: CommandLine, peel: str) -> None:
    clinic_id = cli.clinic()

    new = cli.well("protocol", "import", peel, "--clinic", clinic_id)
    known = cli.well("protocol", "import", str(SHIPPED), "--clinic", clinic_id)

    assert new.out == "Would publish version 1 of peel; add --publish --signed-by NAME to do it.\n"
    assert known.out.startswith("Would publish version 2 of microneedling;")
    assert numbers(cli, clinic_id) == NEW_CLINIC


@pytest.mark.parametrize(
    ("more", "line"),
    [
        (
            ("--publish",),
            "--publish needs --signed-by with the name of the clinician who signs the protocol off",
        ),
        (
            ("--publish", "--signed-by", ""),
            "--signed-by: give the name of the clinician who signs the protocols off, in 1 to 100 letters",
        ),
        (
            (*PUBLISH, "--running"),
            "--running is not available yet: a new version holds for new sessions, plans that run stay as they are",
        ),
    ],
)
def test_an_import_that_nobody_may_make(sqlite_cli: CommandLine, peel: str, more: tuple[str, ...], line: str) -> None:
    clinic_id = sqlite_cli.clinic()

    said = sqlite_cli.refused("protocol", "import", peel, "--clinic", clinic_id, *more)

    assert said == f"error: {line}\n"
    assert numbers(sqlite_cli, clinic_id) == NEW_CLINIC


def test_a_file_with_mistakes_is_not_published(sqlite_cli: CommandLine) -> None:
    clinic_id = sqlite_cli.clinic()
    Path("wrong.toml").write_text(SMALL.replace('"5d"', '"5"'))

    said = sqlite_cli.refused("protocol", "import", "wrong.toml", "--clinic", clinic_id, *PUBLISH)

    assert said.startswith('error: wrong.toml: window "retinoid_otc": until: ')
    assert numbers(sqlite_cli, clinic_id) == NEW_CLINIC


@pytest.mark.parametrize(
    "data",
    [
        SMALL.encode(),
        SMALL.replace("\n", "\r\n").encode(),
        codecs.BOM_UTF8 + SMALL.replace("Peel", "Péeling 🌿").encode() + b"# no line end",
    ],
    ids=["plain", "from Windows", "with a mark"],
)
def test_an_export_gives_back_every_byte(cli: CommandLine, data: bytes) -> None:
    clinic_id = cli.clinic()
    Path("peel.toml").write_bytes(data)
    cli.well("protocol", "import", "peel.toml", "--clinic", clinic_id, *PUBLISH)

    exported = cli.well("protocol", "export", "peel", "--clinic", clinic_id)

    assert exported.out.encode() == data


def test_a_procedure_without_a_protocol_cannot_be_exported(sqlite_cli: CommandLine) -> None:
    said = sqlite_cli.refused("protocol", "export", "laser", "--clinic", sqlite_cli.clinic())

    assert said == "error: There is no protocol laser in this clinic.\n"
