from __future__ import annotations

from pathlib import Path

import pytest

from scheduler.domain.people.roles import Role
from scheduler.storage.crypto import new_key_ring
from scheduler.storage.database import Database
from tests.web.api_client import an_api
from tests.web.fuzz.fuzzing import STEADY, fuzz

pytestmark = pytest.mark.slow


def assert_survives(url: str, folder: Path, *options: str) -> None:
    database = Database(url, new_key_ring())
    api = an_api(database).of_person(Role.APPROVER)  # who may do everything that a token can

    said = fuzz(api, folder, *STEADY, *options)
    stored = api.rows()
    database.close()

    assert said.returncode == 0, said.stdout
    assert stored["reminders"] > 0, "it was refused everything"


def test_the_api_survives_a_fuzzer_on_sqlite(fresh_sqlite_url: str, tmp_path: Path) -> None:
    assert_survives(fresh_sqlite_url, tmp_path, "--max-examples", "8")


def test_the_api_survives_a_fuzzer_on_postgresql(shared_postgresql_url: str, tmp_path: Path) -> None:
    assert_survives(shared_postgresql_url, tmp_path, "--max-examples", "6", "--phases", "examples,fuzzing,stateful")
