from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain.care.protocols import CareProtocol
from scheduler.domain.care.sessions import TreatmentSession
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.people.patients import Patient
from tests.domain.care.plans import a_plan, room_for
from tests.domain.care.slow_planner import World, slow_plan
from tests.domain.care.strategies import clinics, pairs, patients, session_lists


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(pairs, session_lists(), st.tuples(clinics, patients), st.sampled_from([None, 1, 2, 5]))
def test_a_plan_equals_the_one_of_a_slow_and_obvious_planner(
    found: tuple[CareProtocol, ...],
    sessions: list[TreatmentSession],
    who: tuple[Clinic, Patient],
    size: int | None,
) -> None:
    clinic, patient = who
    now = min(session.known_at for session in sessions)

    plan = a_plan(
        *found,
        sessions=sessions,
        clinic=clinic,
        patient=patient,
        now=now,
        fits=None if size is None else room_for(size),
    )
    slow = slow_plan(
        World(
            protocols={protocol.procedure: protocol for protocol in found},
            sessions=list(sessions),
            clinic=clinic,
            zone=patient.zone or clinic.zone,
            now=now,
            size=size,
        )
    )

    assert [(tuple(one.identity), one.due_at, one.useful_until, one.bundled_into) for one in plan.reminders] == [
        (one.name, one.due, one.useful, one.lead.name if one.lead else None) for one in slow
    ]
    assert [one.topic_ends for one in plan.reminders] == [one.ends for one in slow]
