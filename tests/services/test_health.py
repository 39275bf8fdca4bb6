from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from scheduler.services.health import TickHealth, late_ticks
from tests.builders import NOW

EVERY = timedelta(seconds=10)
ALLOWED = timedelta(seconds=90)  # three intervals and a minute
MOMENT = timedelta(seconds=1)


def is_late(
    *,
    first_started: datetime | None = None,
    last_started: datetime | None = None,
    last_ok: datetime | None = None,
    last_error: str | None = None,
) -> bool:
    tick = TickHealth(
        name="send",
        every=EVERY,
        first_started=first_started,
        last_started=last_started,
        last_ok=last_ok,
        last_error=last_error,
    )
    return late_ticks((tick,), NOW) == (tick,)


def test_a_tick_that_was_never_started_is_late() -> None:
    assert is_late()


@pytest.mark.parametrize("last_error", [None, "OSError: no answer"])
def test_a_tick_is_late_three_intervals_and_a_minute_after_it_last_ended_well(last_error: str | None) -> None:
    assert not is_late(last_started=NOW, last_ok=NOW - ALLOWED, last_error=last_error)
    assert is_late(last_started=NOW, last_ok=NOW - ALLOWED - MOMENT, last_error=last_error)


@pytest.mark.parametrize("last_error", [None, "OSError: no answer"])
def test_a_tick_has_as_long_to_end_well_for_the_first_time(last_error: str | None) -> None:
    assert not is_late(first_started=NOW - ALLOWED, last_started=NOW, last_error=last_error)
    assert is_late(first_started=NOW - ALLOWED - MOMENT, last_started=NOW, last_error=last_error)


def test_only_those_that_are_late_are_told() -> None:
    good = TickHealth(name="send", every=EVERY, last_started=NOW, last_ok=NOW, last_error=None)
    bad = TickHealth(name="upkeep", every=EVERY, last_started=None, last_ok=None, last_error=None)

    assert late_ticks((good, bad), NOW) == (bad,)
