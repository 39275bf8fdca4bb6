from __future__ import annotations

from pathlib import Path

import pytest

from scheduler.storage.crypto import KeyUnusable, make_key_file
from scheduler.storage.keys import open_keys, prove_keys
from tests.builders import NOW


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "aftercare.key"


def test_a_new_store_gets_a_new_key_which_opens_it_from_then_on(database_url: str, key_file: Path) -> None:
    made = open_keys(database_url, key_file, now=NOW)

    again = open_keys(database_url, key_file, now=NOW)

    assert again.open(made.seal("Amira", "patient.name"), "patient.name") == "Amira"


def test_a_new_store_takes_the_key_that_is_there(database_url: str, key_file: Path) -> None:
    there = make_key_file(key_file)

    keys = open_keys(database_url, key_file, now=NOW)

    assert keys.open(there.seal("Amira", "patient.name"), "patient.name") == "Amira"


def test_a_store_with_data_and_no_key_file_is_refused_and_none_is_made(database_url: str, key_file: Path) -> None:
    open_keys(database_url, key_file, now=NOW)
    key_file.unlink()

    with pytest.raises(KeyUnusable, match="restore it from your backup"):
        open_keys(database_url, key_file, now=NOW)

    assert not key_file.exists()


def test_a_store_with_data_refuses_another_stores_key(database_url: str, key_file: Path, tmp_path: Path) -> None:
    open_keys(database_url, key_file, now=NOW)
    other = tmp_path / "other.key"
    make_key_file(other)

    with pytest.raises(KeyUnusable, match="restore the right one from your backup"):
        open_keys(database_url, other, now=NOW)
    with pytest.raises(KeyUnusable, match="restore the right one from your backup"):
        prove_keys(database_url, other)

    prove_keys(database_url, key_file)


def test_a_rotated_key_file_still_opens_the_store(database_url: str, key_file: Path, tmp_path: Path) -> None:
    made = open_keys(database_url, key_file, now=NOW)
    make_key_file(tmp_path / "second.key")
    second = (tmp_path / "second.key").read_text().splitlines()[0].replace("k1", "k2")
    key_file.write_text(f"{second}\n{key_file.read_text()}")

    keys = open_keys(database_url, key_file, now=NOW)

    assert keys.current == "k2"
    assert keys.open(made.seal("Amira", "patient.name"), "patient.name") == "Amira"


def test_proving_makes_no_key_and_stores_nothing(database_url: str, key_file: Path) -> None:
    prove_keys(database_url, key_file)

    assert not key_file.exists()
    make_key_file(key_file)
    open_keys(database_url, key_file, now=NOW)  # nothing was sealed before, so any key will do
