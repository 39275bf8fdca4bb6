from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from croniter import croniter

from scheduler.engine.cluster.lanes import cron
from scheduler.engine.tasks import tasks
from scheduler.storage.database import Database
from tests.builders import StoppedClock, a_drain
from tests.fakes import AcceptingSender


@pytest.mark.parametrize(
    ("every", "written"),
    [
        (timedelta(seconds=1), "* * * * * */1"),
        (timedelta(seconds=10), "* * * * * */10"),
        (timedelta(minutes=5), "*/5 * * * * 0"),
        (timedelta(hours=1), "0 */1 * * * 0"),
        (timedelta(days=1), "0 0 */1 * * 0"),
    ],
)
def test_a_cron_comes_as_often_as_the_task(every: timedelta, written: str) -> None:
    begun = datetime(2026, 2, 27, 23, 59, 59, tzinfo=UTC)
    times = croniter(written, begun)

    comes = [times.get_next(datetime) for _ in range(4)]

    assert cron(every) == written
    assert {after - before for before, after in pairwise(comes)} == {every}


@pytest.mark.parametrize("every", [timedelta(seconds=7), timedelta(minutes=45), timedelta(days=2), timedelta(0)])
def test_what_no_unit_divides_into_is_refused(every: timedelta) -> None:
    with pytest.raises(ValueError, match="no cron comes every"):
        cron(every)


def test_every_task_of_the_table_has_a_cron(database: Database) -> None:
    drain = a_drain(database, AcceptingSender(), StoppedClock())

    assert all(cron(task.every) for task in tasks(database, drain, StoppedClock(), stopping=lambda: True))
    drain.stop()
