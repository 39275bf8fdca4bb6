"""Plans under the protocol that ships, for a session that ended on Tuesday 3 March 2026 at half past two in London."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from scheduler.domain.care.planning import Plan
from scheduler.domain.care.sessions import TreatmentSession, read_facts
from scheduler.domain.care.steps import PlannedReminder
from scheduler.domain.clinics import zones
from tests.catalog.config_folder import microneedling
from tests.domain.care.builders import ENDED, LONDON, a_patient, a_session
from tests.domain.care.plans import a_plan

NEEDLES = {"D0": 0.25, "D1": 0.5, "D2": 1.0, "D3": 1.5, "D4": 2.0}
"""A needle of each band, in mm."""


def a_shipped_session(
    needle_mm: float | None = 0.5,
    modality: str = "pen",
    *,
    id: str = "s-1",  # noqa: A002  named as the field
    ended_at: datetime = ENDED,
    **facts: object,
) -> TreatmentSession:
    given = {"needle_mm": needle_mm, "modality": modality, **facts}
    return a_session(id, ended_at=ended_at, facts=read_facts(microneedling(), given))


def a_shipped_plan(*sessions: TreatmentSession, flags: Iterable[str] = ()) -> Plan:
    """As planned on the day of the first session, so that no step is late."""
    return a_plan(microneedling(), sessions=sessions, patient=a_patient(flags=flags), now=ENDED)


def when_it_goes(reminder: PlannedReminder, ended_at: datetime = ENDED) -> str:
    """Rule, day after the session and wall-clock time: `no-actives, day 1 at 10:00`."""
    local = zones.local(reminder.due_at, LONDON)
    day = (local.date() - zones.local(ended_at, LONDON).date()).days
    return f"{reminder.identity.rule}, day {day} at {local:%H:%M}"


def texts(plan: Plan, session_id: str = "s-1") -> list[str]:
    """What goes when for one session, in order of time."""
    session = plan.courses[session_id].session
    own = [reminder for reminder in plan.reminders if reminder.identity.session_id == session_id]
    return [when_it_goes(reminder, session.ended_at) for reminder in sorted(own, key=lambda one: one.due_at)]
