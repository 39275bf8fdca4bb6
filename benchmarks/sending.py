"""`python -m benchmarks.sending`: one process that sends what is due until it is killed or nothing is left.

It says on stdout when it is warm, so that whoever kills it does so in the middle of its work.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.clinic import DUE, new_drain
from benchmarks.floor import Recording
from scheduler.cli.garbage import collect_rarely
from scheduler.storage.crypto import read_key_file
from scheduler.storage.database import Database

WARM_TURNS = 2
"""Commits with intents after which all statements are compiled."""


def main(url: str, key_file: str, threads: str) -> None:
    """Send with a sender that answers at once."""
    collect_rarely()
    database, recording = Database(url, read_key_file(Path(key_file))), Recording()
    recording.listen(database.engine)
    drain = new_drain(database, at=DUE, threads=int(threads))
    drain.run(until=lambda: recording.turns >= WARM_TURNS)
    recording.ended(database.engine)
    print("warm", flush=True)
    drain.run(until=lambda: False)
    drain.stop()
    database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
