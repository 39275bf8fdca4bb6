"""`python -m benchmarks.peers`: one peer works off reminders in this process, and prints how many a second."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from benchmarks.one_job import OneJob
from scheduler.cli.garbage import collect_rarely


def main(name: str, url: str, key_file: str, jobs: str, threads: str) -> None:
    """Run the peer of this name, `by_<name>`, until all its jobs are done."""
    collect_rarely()  # what is ours does so too
    work = OneJob(url, Path(key_file), jobs=int(jobs))
    importlib.import_module(f"benchmarks.peers.by_{name}").run(work, url, threads=int(threads))
    work.close()
    print(work.rate)


if __name__ == "__main__":
    main(*sys.argv[1:])
