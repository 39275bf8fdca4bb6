from __future__ import annotations

import sys
from subprocess import run

_SHOWN = "import gc; from scheduler.cli.garbage import collect_rarely; collect_rarely(); print(gc.get_threshold())"


def test_a_process_looks_for_garbage_after_a_chunk_of_plans_and_not_before() -> None:
    shown = run([sys.executable, "-c", _SHOWN], capture_output=True, text=True, check=True).stdout

    assert shown.strip() == "(50000, 20, 20)"
