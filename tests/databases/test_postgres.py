from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.databases.binaries import FOLDER_VARIABLE, find_binaries, reachable_by_others
from tests.databases.databases import create_database, drop_database, server_version
from tests.databases.server import start, stop


def test_each_worker_gets_a_database_of_its_own(postgres_url: str) -> None:
    engine = create_engine(postgres_url)

    with engine.connect() as connection:
        name = connection.scalar(text("SELECT current_database()"))
        zone = connection.scalar(text("SHOW timezone"))
    engine.dispose()

    assert name == f"aftercare_test_{os.getpid()}"
    assert zone == "UTC"


def test_a_database_can_be_copied_and_dropped(postgres_url: str) -> None:
    original = make_url(postgres_url).database or ""

    copy = create_database(postgres_url, f"{original}_copy", template=original)
    version = server_version(copy)
    drop_database(postgres_url, f"{original}_copy")

    assert version
    assert server_version(copy) is None


@pytest.mark.slow
def test_a_server_listens_on_this_machine_only_and_is_gone_after_stop() -> None:
    binaries = find_binaries(os.environ)
    assert binaries is not None

    with tempfile.TemporaryDirectory(prefix="aftercare-test-") as folder:
        server = start(binaries, Path(folder))
        url = make_url(server.url)
        said = server_version(server.url)
        stop(server)
        left = Path(server.data, "postmaster.pid").exists()

    assert url.host == "127.0.0.1"
    assert said
    assert not left
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", url.port or 0)) != 0


@pytest.mark.slow
def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    binaries = tmp_path / "bin"
    binaries.mkdir()
    for program in ("initdb", "postgres", "pg_ctl"):
        (binaries / program).write_text("#!/bin/sh\necho no room here\nexit 1\n")
        (binaries / program).chmod(0o755)

    with (
        tempfile.TemporaryDirectory(prefix="aftercare-test-") as folder,
        pytest.raises(RuntimeError, match="initdb failed: no room here"),
    ):
        start(binaries, Path(folder))


def test_the_named_folder_wins_and_is_the_only_one_tried(tmp_path: Path) -> None:
    assert find_binaries({FOLDER_VARIABLE: str(tmp_path)}) is None


def test_a_folder_below_a_private_one_is_out_of_reach(tmp_path: Path) -> None:
    folder = tmp_path / "private" / "bin"
    folder.mkdir(parents=True)
    folder.parent.chmod(0o700)

    assert not reachable_by_others(folder)
    assert reachable_by_others(Path("/usr/bin"))
