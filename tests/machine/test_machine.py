from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from scheduler.domain.delivery.reminders import Status
from tests.machine.machine import Reminders
from tests.machine.stores import Store

EXAMPLES = 20
"""Of one part; each part has others."""
PARTS = [("sqlite", 1), ("sqlite", 2), ("sqlite", 3), ("sqlite", 4), ("postgresql", 5), ("postgresql", 6)]
LONG = os.environ.get("AFTERCARE_TEST_MACHINE")
"""How many examples to try in each part instead, and other ones each time: `make machine`."""
SHRINKS = os.environ.get("AFTERCARE_TEST_MACHINE_SHRINKS") != "no"
"""Whether a failure is made as short as can be, which takes minutes."""
_S = Status
REACHED = {(_S.SCHEDULED, _S.CLAIMED), (_S.CLAIMED, _S.SENDING), (_S.SENDING, _S.SENT), (_S.SENDING, _S.IN_DOUBT)}
"""Moves that no part can miss, or the machine plays something else."""


@pytest.mark.slow
@pytest.mark.parametrize(("machine_store", "part"), PARTS, indirect=["machine_store"])
def test_whatever_happens_in_whatever_order_nothing_doubles_and_nothing_is_lost(
    machine_store: Store, part: int
) -> None:
    seen: set[tuple[Status, Status]] = set()

    class Machine(Reminders):
        def __init__(self) -> None:
            super().__init__(machine_store)

        def teardown(self) -> None:
            super().teardown()
            seen.update(self.world.promises.seen)

    run_state_machine_as_test(
        Machine if LONG else seed(part)(Machine),
        settings=settings(
            max_examples=int(LONG or EXAMPLES),
            stateful_step_count=60,
            derandomize=LONG is None,
            deadline=None,
            database=None,
            print_blob=True,
            phases=[phase for phase in Phase if SHRINKS or phase not in {Phase.shrink, Phase.explain}],
            suppress_health_check=list(HealthCheck),
        ),
    )

    assert seen >= REACHED
