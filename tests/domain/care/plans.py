"""Plans for tests, what is looked up in them, and what storage would give back of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from scheduler.domain.care import planning
from scheduler.domain.care.bundling import Fits
from scheduler.domain.care.drafts import NotPlanned, PlannedReminder
from scheduler.domain.care.history import NOTHING_YET, History, KnownReminder, ToldDate
from scheduler.domain.care.merging import Stretch
from scheduler.domain.care.planning import Plan
from scheduler.domain.care.protocols import CareProtocol, Topic
from scheduler.domain.care.reasons import Why
from scheduler.domain.care.sessions import TreatmentSession
from scheduler.domain.care.timing import last_day
from scheduler.domain.clinics import zones
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.messages import MessageTemplate
from scheduler.domain.delivery.reminders import Identity, Status
from scheduler.domain.people.patients import Patient
from tests.domain.care.builders import ENDED, LONDON, a_clinic, a_patient, a_protocol, a_session, a_version


def a_plan(
    *protocols: CareProtocol,
    sessions: Sequence[TreatmentSession] | None = None,
    patient: Patient | None = None,
    clinic: Clinic | None = None,
    history: History = NOTHING_YET,
    now: datetime | None = None,
    fits: Fits | None = None,
    topics: Iterable[Topic] = (),
    messages: Iterable[MessageTemplate] = (),
) -> Plan:
    """The plan of one patient, made when the last session became known unless `now` says otherwise."""
    found = (a_session(),) if sessions is None else tuple(sessions)
    return planning.plan(
        patient or a_patient(),
        found,
        {
            (protocol.procedure, 1): a_version(protocol, topics=topics, messages=messages)
            for protocol in protocols or (a_protocol(),)
        },
        clinic or a_clinic(),
        history,
        now or max((session.known_at for session in found), default=ENDED),
        fits=fits,
    )


def room_for(most: int) -> Fits:
    """A message has room for so many reminders."""
    return lambda reminders: len(reminders) <= most


ANY = room_for(100)
ONE = room_for(1)


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


def rows_of(plan: Plan, status: Status = Status.SCHEDULED, *, planned_at: datetime) -> list[KnownReminder]:
    """All reminders of the plan as storage gives them back."""
    ids = {reminder.identity: "-".join(map(str, reminder.identity)) for reminder in plan.reminders}
    return [
        replace(
            stored(reminder, status, planned_at=planned_at),
            id=ids[reminder.identity],
            intended_at=reminder.intended_at,
            bundled_into=ids[reminder.bundled_into] if reminder.bundled_into else None,
            reasons=reminder.reasons,
        )
        for reminder in plan.reminders
    ]


def history_of(*rows: KnownReminder, told: Iterable[ToldDate] = ()) -> History:
    return History(reminders={row.identity: row for row in rows}, told=tuple(told))


def timetable(plan: Plan, zone: str = LONDON) -> list[str]:
    """What goes when, on the patient's clock: `03-04 10:00 no-actives + heat`, the lead of a bundle first."""
    followers: dict[Identity, list[str]] = {}
    for reminder in plan.reminders:
        if reminder.bundled_into is not None:
            followers.setdefault(reminder.bundled_into, []).append(reminder.identity.rule)
    leads = [reminder for reminder in plan.reminders if reminder.bundled_into is None]
    return sorted(
        f"{zones.local(lead.due_at, zone):%m-%d %H:%M} "
        + " + ".join([lead.identity.rule, *followers.get(lead.identity, ())])
        for lead in leads
    )


def why_not(plan: Plan) -> dict[str, Why]:
    """By rule, why it gives nothing."""
    return {left.rule: left.reason.code for left in plan.not_planned}


def planned(plan: Plan, rule: str) -> PlannedReminder:
    (found,) = (reminder for reminder in plan.reminders if reminder.identity.rule == rule)
    return found
