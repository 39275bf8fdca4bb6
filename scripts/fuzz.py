"""Runs Schemathesis for minutes against the API, on a SQLite store that is thrown away; `make fuzz` does.

It prints a curl line and a seed for whatever it finds. The same again: `python -m scripts.fuzz --seed SEED`; what else
may be given is in `st run --help`, such as `--include-path` for one route.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from scheduler.domain.people.roles import Role
from scheduler.storage import schema
from scheduler.storage.crypto import new_key_ring
from scheduler.storage.database import Database
from tests.web.api_client import an_api
from tests.web.fuzz.fuzzing import fuzz

_SECONDS = 300


def main(options: list[str]) -> int:
    """The exit status: 0 where nothing was found."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/aftercare.db"
        schema.migrate(url)
        database = Database(url, new_key_ring())
        said = fuzz(
            an_api(database).of_person(Role.APPROVER), Path(folder), "--max-time", str(_SECONDS), *options, told=None
        )
        database.close()
    return said.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
