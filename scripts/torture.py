"""`make torture`: kills, doubts and what the checker says, on SQLite and on PostgreSQL; not 0 if a promise broke."""

from __future__ import annotations

import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path

from benchmarks.stores import Store, Stores
from scheduler.storage import schema
from scheduler.storage.crypto import new_key_ring
from scheduler.storage.database import Database
from tests.torture.provider import Chances
from tests.torture.rushing import rush
from tests.torture.torturing import Plan, torture
from tests.torture.working import COMMANDS, faults_logged

BAD_DAY = Chances(busy=0.01, error=0.002, taken_error=0.005, drop=0.005, hang=0.001, slow=0.02, deaf=0.05)


def main() -> int:
    """Run it on each database that the engine has workers for, one after the other."""
    given = ArgumentParser(prog="make torture")
    given.add_argument("--engine", default="local")
    given.add_argument("--kills", type=int, default=200)
    given.add_argument("--reminders", type=int, default=20_000)
    given.add_argument("--rush", type=int, default=100_000, help="reminders due at one moment; 0: leave that out")
    given.add_argument("--seed", type=int, default=1)
    given.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    words = given.parse_args()
    kept = True
    with Stores() as stores:
        for kind in words.database or [database for engine, database in COMMANDS if engine == words.engine]:
            store = stores.open(kind)
            plan = Plan(
                engine=words.engine,
                kills=words.kills,
                reminders=words.reminders,
                chances=BAD_DAY,
                seed=words.seed,
            )
            folder = Path(tempfile.mkdtemp(prefix="aftercare-torture-"))
            print(f"\n{kind}, engine {words.engine}, seed {words.seed}; logs and ledger in {folder}", flush=True)
            url = store.new()
            schema.migrate(url)
            outcome = torture(plan, url, folder)
            logged = [line for log in folder.glob("worker-*.log") for line in faults_logged(log)]
            print(*outcome.lines(), f"errors    {len(logged)} logged", *sorted(set(outcome.violations)), sep="\n")
            kept &= outcome.verdict.kept and not outcome.violations
            kept &= not words.rush or _rush(store, words.rush)
    return 0 if kept else 1


def _rush(store: Store, many: int) -> bool:
    url = store.new()
    schema.migrate(url)
    database = Database(url, new_key_ring())
    came = rush(database, many)
    database.close()
    print(*came.lines(), sep="\n", flush=True)
    return came.verdict.kept


if __name__ == "__main__":
    sys.exit(main())
