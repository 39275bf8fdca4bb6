"""Plans for tests, what is looked up in them, and what storage would give back of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from scheduler.domain.care import planning
from scheduler.domain.care.history import NOTHING_YET, History, KnownReminder
from scheduler.domain.care.merging import Stretch
from scheduler.domain.care.planning import Plan
from scheduler.domain.care.protocols import CareProtocol
from scheduler.domain.care.sessions import TreatmentSession
from scheduler.domain.care.steps import NotPlanned, PlannedReminder
from scheduler.domain.care.timing import last_day
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.people.patients import Patient
from tests.domain.care.builders import ENDED, LONDON, a_clinic, a_patient, a_protocol, a_session, a_version


def a_plan(
    *protocols: CareProtocol,
    sessions: Sequence[TreatmentSession] | None = None,
    patient: Patient | None = None,
    clinic: Clinic | None = None,
    history: History = NOTHING_YET,
    now: datetime | None = None,
) -> Plan:
    """The plan of one patient, made when the last session became known unless `now` says otherwise."""
    found = (a_session(),) if sessions is None else tuple(sessions)
    return planning.plan(
        patient or a_patient(),
        found,
        {(protocol.procedure, 1): a_version(protocol) for protocol in protocols or (a_protocol(),)},
        clinic or a_clinic(),
        history,
        now or max((session.known_at for session in found), default=ENDED),
    )


def only_reminder(plan: Plan) -> PlannedReminder:
    assert plan.not_planned == ()
    (reminder,) = plan.reminders
    return reminder


def only_refusal(plan: Plan) -> NotPlanned:
    assert plan.reminders == ()
    (refusal,) = plan.not_planned
    return refusal


def only_stretch(plan: Plan, topic: str = "retinoid_otc") -> Stretch:
    (stretch,) = plan.windows[topic]
    return stretch


def until_days(plan: Plan, zone: str = LONDON) -> dict[str, date]:
    """The last local day of each topic."""
    return {topic: last_day(stretches[-1].end, zone) for topic, stretches in plan.windows.items()}


def stored(
    reminder: PlannedReminder,
    status: Status = Status.SCHEDULED,
    *,
    touched: bool = False,
    planned_at: datetime | None = None,
) -> KnownReminder:
    """The reminder as storage gives it back."""
    return KnownReminder(
        id=f"r-{reminder.identity.rule}-{reminder.identity.occurrence}",
        identity=reminder.identity,
        kind=reminder.kind,
        status=status,
        channel=reminder.channel,
        due_at=reminder.due_at,
        useful_until=reminder.useful_until,
        intent=reminder.intent,
        topic_ends=reminder.topic_ends,
        touched=touched,
        planned_at=planned_at or ENDED,
    )


def history_of(*rows: KnownReminder) -> History:
    return History(reminders={row.identity: row for row in rows})
