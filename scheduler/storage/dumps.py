"""Dumps of a PostgreSQL database, made and put back by the server's own programs, pg_dump and pg_restore."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import URL, make_url

from scheduler.storage.database import PREPARE, DatabaseUnusable

_FIRST_BYTES = b"PGDMP"
_DUMP = ("--format=custom", "--no-owner", "--no-privileges")
_RESTORE = ("--single-transaction", "--exit-on-error", "--clean", "--if-exists", "--no-owner", "--no-privileges")


def dump(url: str, to: Path) -> None:
    """Write the database to a file, readable by its owner only; whole or not at all.

    Raises DatabaseUnusable, with the command to run where pg_dump isn't installed.
    """
    part = to.with_name(f"{to.name}.part")
    program = _find("pg_dump", url, *_DUMP, f"--file={to}")
    try:
        _run(program, url, *_DUMP, f"--file={part}")
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)


def load(url: str, backup: Path) -> None:
    """Put a dump back, replacing the tables that it holds; all or nothing. Raises DatabaseUnusable."""
    _run(_find("pg_restore", url, *_RESTORE, str(backup)), url, *_RESTORE, str(backup))


def is_dump(file: Path) -> bool:
    """Whether a file that can be read looks like a dump."""
    with file.open("rb") as opened:
        return opened.read(len(_FIRST_BYTES)) == _FIRST_BYTES


def _find(program: str, url: str, *words: str) -> str:
    found = shutil.which(program)
    if found is None:
        message = f"{program} is not installed here; where it is, run: {program} {_address(url)} {' '.join(words)}"
        raise DatabaseUnusable(message)
    return found


def _run(program: str, url: str, *words: str) -> None:
    password = make_url(url).password
    said = subprocess.run(  # noqa: S603  the server's own program, each word an argument of its own
        [program, _address(url), *words],
        env=os.environ | ({"PGPASSWORD": password} if password else {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        umask=0o077,
    )
    if said.returncode:
        lines = said.stderr.strip().splitlines() or ["it said nothing"]
        message = f"{Path(program).name} failed: {lines[0].removeprefix(f'{Path(program).name}: ')}"
        raise DatabaseUnusable(message)


def _address(url: str) -> str:
    """The option that names the database, without the password: other users of the machine can see it."""
    full = make_url(url).difference_update_query([PREPARE])
    plain = URL.create(
        "postgresql", username=full.username, host=full.host, port=full.port, database=full.database, query=full.query
    )
    return f"--dbname={plain.render_as_string()}"
