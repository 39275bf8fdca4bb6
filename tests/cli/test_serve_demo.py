"""`aftercare serve --demo` as a newcomer meets it: a process of its own, which leaves nothing behind."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.cli.conftest import PROGRAM, CommandLine
from tests.cli.test_serve import PATIENCE_SECONDS, serving


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Where the system keeps temporary files."""
    made = tmp_path / "temporary"
    made.mkdir()
    return made


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stopped_demo_ends_cleanly_and_leaves_nothing(
    environment: Mapping[str, str], folders: Path, number: signal.Signals
) -> None:
    with serving({**environment, "TMPDIR": str(folders)}, "--demo") as server:
        status, _ = server.ask("GET", "/readyz")
        (made,) = folders.iterdir()
        files = {file.name for file in made.iterdir()}
        code, said = server.stop(number)

    assert status == 200
    assert server.address.startswith("127.0.0.1:")
    assert urlsplit(server.said[-1].removeprefix("Serving on ").partition(";")[0]).path == "/demo"
    assert "demo.db" in files
    assert (code, said) == (0, "")
    assert not list(folders.iterdir())
    assert not list(Path.cwd().iterdir())


@pytest.mark.slow
def test_a_demo_that_is_stopped_while_it_is_made_leaves_nothing(environment: Mapping[str, str], folders: Path) -> None:
    words = [PROGRAM, "serve", "--demo", "--port", "0"]
    with subprocess.Popen(
        words, env={**environment, "TMPDIR": str(folders)}, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            first = process.stderr.readline()
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=PATIENCE_SECONDS)
        finally:
            process.kill()

    assert first == "Making the demo's clinic: this takes a few seconds.\n"
    assert (process.returncode, said) == (130, "")
    assert not list(folders.iterdir())


def test_a_demo_beside_settings_of_a_real_service_is_refused(
    empty_cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERCARE_DATABASE_URL", "sqlite:///aftercare.db")

    said = empty_cli.refused("serve", "--demo")

    assert said == (
        "error: The demo uses a database of its own and sends nothing: leave out --demo to serve for real, or unset "
        "AFTERCARE_DATABASE_URL.\n"
    )
    assert not list(empty_cli.folder.iterdir())


@pytest.mark.parametrize(("words", "mend"), [(("--host", "0.0.0.0"), "--host"), (("--no-worker",), "--no-worker")])  # noqa: S104  refused
def test_a_demo_for_others_or_without_its_worker_is_refused(
    empty_cli: CommandLine, words: tuple[str, ...], mend: str
) -> None:
    assert f"leave out {mend}." in empty_cli.refused("serve", "--demo", *words)
