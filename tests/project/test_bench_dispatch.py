from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.clinic import DUE, fill, handed_over, new_drain
from benchmarks.floor import Recording, replay
from benchmarks.one_job import OneJob
from benchmarks.page import met, page
from benchmarks.rows import DISPATCH, SERVICE, Benchmark, Result, Row
from benchmarks.stores import SqliteFiles
from scheduler.storage.crypto import make_key_file
from scheduler.storage.database import Database

PATIENTS = 3


def _a_benchmark(suite: str) -> Benchmark:
    row = Row(name="row", what="what", unit="s")
    return Benchmark(name=suite, title=suite, about="About.", rows=(row,), run=lambda _: iter(()), suite=suite)


def _measured(suite: str, value: float) -> list[tuple[Benchmark, list[Result]]]:
    benchmark = _a_benchmark(suite)
    [row] = benchmark.rows
    return [(benchmark, [Result(name=benchmark.full_name(row), row=row, runs=(value,), missing="")])]


def test_one_job_a_reminder_does_all_that_a_turn_does(tmp_path: Path) -> None:
    keys = make_key_file(tmp_path / "key")
    due = fill(SqliteFiles(tmp_path), patients=PATIENTS, keys=keys)
    work = OneJob(due.url, tmp_path / "key", jobs=PATIENTS)

    for reminder_id in work.ids:
        work.send(reminder_id)
    work.close()

    assert handed_over(due.url, due.keys) == PATIENTS


def test_bare_sql_stores_what_the_run_did_that_it_was_written_down_from(tmp_path: Path) -> None:
    store = SqliteFiles(tmp_path)
    due = fill(store, patients=PATIENTS)
    copy = store.copy(due.url)
    database, recording = Database(due.url, due.keys), Recording()
    recording.listen(database.engine)
    drain = new_drain(database, at=DUE, threads=1)

    drain.run(until=lambda: False)
    drain.stop()
    database.close()
    replay(recording, copy)

    assert recording.turns == 2, "one thread has two calls at once, and three texts are due"
    assert handed_over(copy, due.keys) == PATIENTS


def test_a_part_of_the_page_that_is_not_measured_stays_as_it_was() -> None:
    both = page(_measured(SERVICE, 1) + _measured(DISPATCH, 2), {"disk": "old"}, quick=False, before="")

    after = page(_measured(DISPATCH, 3), {"disk": "new"}, quick=False, before=both)

    first, _, second = after.partition("`make bench-dispatch`. -->")
    assert "| service.row | what | 1 |" in first
    assert "old" in first
    assert "| dispatch.row | what | 3 |" in second
    assert "new" in second
    assert page(_measured(SERVICE, 1), {"disk": "old"}, quick=False, before=after).count("row | what | 3 |") == 1


@pytest.mark.parametrize(
    ("aim", "value", "is_met"),
    [
        ("", 5, True),
        ("at least 1,000", 1000, True),
        ("at least 1,000", 999, False),
        ("over 1", 1, False),
        ("at most 1.3", 1.3, True),
        ("under 60", 60, False),
        ("0", 0, True),
        ("0", 1, False),
    ],
)
def test_a_figure_is_held_to_its_aim(*, aim: str, value: float, is_met: bool) -> None:
    assert met(aim, value) is is_met
