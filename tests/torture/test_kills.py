"""A short run of `make torture`: real worker processes killed at random, on every database and engine at once."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.databases.databases import create_database, drop_database
from tests.torture.provider import Chances
from tests.torture.torturing import Outcome, Plan, torture
from tests.torture.working import faults_logged

BAD_HOUR = Chances(error=0.01, taken_error=0.03, drop=0.03, hang=0.01, slow=0.05, deaf=0.1)
"""All but a 429: what is tried again waits half a minute."""
SQLITE = Plan(kills=6, reminders=150, chances=BAD_HOUR)
POSTGRESQL = Plan(kills=6, reminders=150, chances=BAD_HOUR, seed=2)
CLUSTER = Plan(engine="cluster", kills=6, reminders=150, chances=BAD_HOUR, seed=3)
PLANS = {"sqlite": SQLITE, "postgresql": POSTGRESQL, "cluster": CLUSTER}
MOST_CALLS = 24
"""Of one process: 1.5 a thread."""


@pytest.fixture(scope="module")
def outcomes(
    postgres_url: str, migrated_postgresql: str, migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Outcome, Path]]:
    """All at once: most of a run is waiting."""
    folders = {kind: tmp_path_factory.mktemp(kind) for kind in PLANS}
    names = {kind: f"{make_url(postgres_url).database}_torture_{kind}" for kind in ("postgresql", "cluster")}
    urls = {kind: create_database(postgres_url, name, template=migrated_postgresql) for kind, name in names.items()}
    urls["sqlite"] = f"sqlite:///{shutil.copyfile(migrated_sqlite, folders['sqlite'] / 'aftercare.db')}"
    with ThreadPoolExecutor(len(PLANS)) as pool:
        runs = {kind: pool.submit(torture, plan, urls[kind], folders[kind]) for kind, plan in PLANS.items()}
        found = {kind: (run.result(), folders[kind]) for kind, run in runs.items()}
    for name in names.values():
        drop_database(postgres_url, name)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("kind", PLANS)
def test_workers_that_are_killed_at_random_lose_nothing_and_send_nothing_twice(
    kind: str, outcomes: dict[str, tuple[Outcome, Path]]
) -> None:
    outcome, folder = outcomes[kind]

    told = [*outcome.lines(), *outcome.violations]
    assert outcome.verdict.kept, told
    assert outcome.violations == ()
    assert outcome.at_work > 0, told
    assert outcome.taken > 100, told
    assert outcome.by_kills <= MOST_CALLS * outcome.kills, told
    assert [line for log in folder.glob("worker-*.log") for line in faults_logged(log)] == []
