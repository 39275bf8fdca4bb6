from __future__ import annotations

import pytest

from scheduler.domain.care.openings import Openings
from scheduler.domain.delivery.reminders import Kind
from tests.domain.care.builders import ENDED, LONDON, a_clinic, a_protocol, a_window, wall
from tests.domain.care.plans import a_plan

WINDOWS = a_plan(a_protocol(windows=[a_window(until="5d"), a_window("acids", "9d"), a_window("heat", "3d")])).windows
OPENINGS = Openings(clinic=a_clinic(), zone=LONDON, merged=WINDOWS, opposed={"cream": frozenset({"heat"})})


@pytest.mark.parametrize(
    ("kind", "topics", "until"),
    [
        (Kind.RESUME, ("retinoid_otc",), "2026-03-09T00:00"),
        (Kind.RESUME, ("retinoid_otc", "acids"), "2026-03-13T00:00"),
        (Kind.RESUME, ("acids", "retinoid_otc"), "2026-03-13T00:00"),
        (Kind.INSTRUCT, ("cream", "acids"), "2026-03-07T00:00"),
    ],
)
def test_what_speaks_against_a_message_does_so_until_the_last_of_it_ends(
    kind: Kind, topics: tuple[str, ...], until: str
) -> None:
    assert OPENINGS.against(ENDED, kind=kind, topics=topics) == wall(until)


def test_nothing_speaks_against_a_text_that_forbids() -> None:
    assert OPENINGS.against(ENDED, kind=Kind.INSTRUCT, topics=("retinoid_otc",)) is None
