from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
FOLDERS = ("scheduler/web/static/vendor", "tests/pages/vendor")


@pytest.mark.parametrize("folder", FOLDERS)
def test_files_of_others_are_those_of_their_manifest(folder: str) -> None:
    place = CHECKOUT / folder
    told = tomllib.loads((place / "manifest.toml").read_text())["file"]

    hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in place.iterdir()}

    assert hashes.pop("manifest.toml")
    assert {file["name"]: file["sha256"] for file in told} == hashes


@pytest.mark.parametrize("folder", FOLDERS)
def test_files_of_others_come_with_their_licence(folder: str) -> None:
    told = tomllib.loads((CHECKOUT / folder / "manifest.toml").read_text())["file"]

    packages = {(file["package"], file["version"]) for file in told}

    assert {(file["package"], file["version"]) for file in told if file["path"] == "LICENSE"} == packages
    assert all(file["licence"] in {"0BSD", "MPL-2.0"} for file in told)


def test_folders_of_others_are_all_looked_at() -> None:
    found = {str(path.parent.relative_to(CHECKOUT)) for path in CHECKOUT.glob("[!.]*/**/vendor/manifest.toml")}

    assert found == set(FOLDERS)
