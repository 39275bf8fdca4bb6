from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from scheduler.domain.delivery.reminders import Status
from tests.machine.machine import Reminders
from tests.machine.stores import Store

EXAMPLES = {"sqlite": 80, "postgresql": 30}
LONG = os.environ.get("AFTERCARE_TEST_MACHINE")
"""How many examples to try instead, and other ones each time: `make machine`."""
_S = Status
REACHED = {
    (_S.SCHEDULED, _S.CLAIMED),
    (_S.CLAIMED, _S.SENDING),
    (_S.CLAIMED, _S.SCHEDULED),
    (_S.CLAIMED, _S.HELD),
    (_S.SENDING, _S.SENT),
    (_S.SENDING, _S.SCHEDULED),
    (_S.SENDING, _S.IN_DOUBT),
    (_S.IN_DOUBT, _S.SENT),
    (_S.IN_DOUBT, _S.UNKNOWN),
    (_S.SENT, _S.DELIVERED),
}
"""Moves that so many examples can't miss, or the machine plays something else."""


@pytest.mark.slow
@pytest.mark.parametrize("machine_store", EXAMPLES, indirect=True)
def test_whatever_happens_in_whatever_order_nothing_doubles_and_nothing_is_lost(machine_store: Store) -> None:
    seen: set[tuple[Status, Status]] = set()
    examples = EXAMPLES[machine_store.database.engine.dialect.name]

    class Machine(Reminders):
        def __init__(self) -> None:
            super().__init__(machine_store)

        def teardown(self) -> None:
            super().teardown()
            seen.update(self.world.promises.seen)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=int(LONG) if LONG else examples,
            stateful_step_count=60,
            derandomize=LONG is None,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )

    assert seen >= REACHED
