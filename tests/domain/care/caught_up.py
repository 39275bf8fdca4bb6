"""Plans in which topics must be told, and what a catch-up text tells."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from scheduler.domain.care.bundling import Fits
from scheduler.domain.care.history import NOTHING_YET, History
from scheduler.domain.care.planning import Plan
from scheduler.domain.care.protocols import Advice, CareProtocol, ReminderRule, ToldBy
from scheduler.domain.care.sessions import TreatmentSession
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.people.patients import Patient
from tests.domain.care.builders import (
    a_protocol,
    a_rule,
    a_topic,
    a_window,
    words,
)
from tests.domain.care.plans import a_plan

TOPICS = (
    a_topic("retinoid_otc"),
    a_topic("heat"),
    a_topic("swim", told_by=ToldBy.SHEET),
    a_topic("cream", Advice.DO),
)
WINDOWS = (a_window(), a_window("heat", "3d"), a_window("swim", "9d"), a_window("cream", "9d"))
WORDS = (words("catch-up", email="Read it until after ((until))"),)
NAMES_HEAT = a_rule("heat", topics=("heat",))


def a_care_plan(
    *rules: ReminderRule,
    sessions: Iterable[TreatmentSession] | None = None,
    patient: Patient | None = None,
    clinic: Clinic | None = None,
    history: History = NOTHING_YET,
    now: datetime | None = None,
    fits: Fits | None = None,
    protocol: CareProtocol | None = None,
) -> Plan:
    return a_plan(
        protocol or a_protocol(*rules, windows=WINDOWS),
        sessions=None if sessions is None else list(sessions),
        patient=patient,
        clinic=clinic,
        history=history,
        now=now,
        fits=fits,
        topics=TOPICS,
        messages=WORDS,
    )


def caught_up(plan: Plan) -> set[str]:
    """The topics of the catch-up text."""
    return {topic for reminder in plan.reminders if reminder.template == "catch-up" for topic in reminder.topic_ends}
