from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
TARGETS = re.findall(r"^([a-z-]+):(?!=)", (CHECKOUT / "Makefile").read_text(), re.MULTILINE)


def test_help_names_every_target() -> None:
    said = subprocess.run(
        ["/usr/bin/env", "-u", "MAKELEVEL", "-u", "MAKEFLAGS", "make", "help"],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
        text=True,
    )

    assert [line.split()[1] for line in said.stdout.splitlines()] == TARGETS


def test_every_target_is_run_even_if_a_file_has_its_name() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", (CHECKOUT / "Makefile").read_text(), re.MULTILINE)

    assert phony
    assert set(phony.group(1).split()) == set(TARGETS)


@pytest.mark.parametrize("lock", sorted(CHECKOUT.glob("requirements*.lock")), ids=lambda lock: lock.name)
def test_a_lock_names_no_server(lock: Path) -> None:
    assert "://" not in lock.read_text()
