"""What staff and other programs see of a session: its windows, its reminders, and what was not planned and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from scheduler.domain.care.conditions import Value
from scheduler.domain.care.explain import stretch_because
from scheduler.domain.care.planning import Plan
from scheduler.domain.care.reasons import Reason, Why, sentence, sentences
from scheduler.domain.care.steps import NotPlanned, PlannedReminder
from scheduler.domain.care.timing import last_day
from scheduler.domain.care.windows import Course
from scheduler.domain.clinics import zones
from scheduler.services import care, people
from scheduler.storage import outbox, sessions
from scheduler.storage.database import Db

_UNREACHED = frozenset({Why.NO_CONTACT, Why.LANDLINE, Why.NO_CONSENT, Why.STOPPED})


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowView:
    """When a topic holds for the patient, over all sessions."""

    topic: str
    advice: str
    start: datetime
    until: datetime
    until_local: date
    """Date of the last instant inside."""
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderView:
    """One reminder, planned or stored."""

    id: str | None
    session_id: str | None
    rule: str
    kind: str
    channel: str
    status: str
    due_at: datetime
    due_local: datetime
    """Naive: the patient's wall clock."""
    useful_until: datetime
    bundled_into: str | None
    because: str
    reason: str | None = None
    """Why it is in this status, where somebody or something put it there."""
    sent_at: datetime | None = None
    patient_id: str | None = None
    follows: bool = False
    """Whether it goes with another as one message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPlannedView:
    """A rule that gives nothing for the session."""

    rule: str
    reason: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A session with its share of the patient's plan. Without ids where nothing is stored."""

    id: str | None
    patient_id: str | None
    procedure: str
    protocol_version: int
    band: str | None
    ended_at: datetime
    facts: dict[str, Value]
    voided: bool
    notices: tuple[str, ...]
    windows: tuple[WindowView, ...]
    reminders: tuple[ReminderView, ...]
    not_planned: tuple[NotPlannedView, ...]


def session_view(db: Db, session_id: str, *, now: datetime, notices: tuple[str, ...] = ()) -> SessionView:
    """A stored session. Raises NotFound."""
    found = care.load_care(db, sessions.patient_of(db, session_id))
    return stored_view(db, found, found.plan(now), outbox.of_session(db, session_id), session_id, notices=notices)


def stored_view(
    db: Db,
    found: care.Care,
    plan: Plan,
    stored: Iterable[outbox.Record],
    session_id: str,
    *,
    notices: tuple[str, ...] = (),
) -> SessionView:
    """The same where the patient's care and plan and the session's reminders are loaded already."""
    zone, patient_id = found.patient.zone or found.clinic.zone, found.patient.id
    rows = tuple(reminder_view(record, zone) for record in stored)
    notices = (*notices, *_shared(db, found, patient_id))
    return _view(found, session_id, plan, rows, notices=notices, ids=(session_id, patient_id))


def planned_view(
    db: Db, found: care.Care, plan: Plan, session_id: str, *, known_id: str | None, notices: tuple[str, ...]
) -> SessionView:
    """A session that is only looked at; `known_id` is the patient's where they are known already."""
    zone = found.patient.zone or found.clinic.zone
    rows = tuple(_planned(reminder, zone) for reminder in plan.reminders if reminder.identity.session_id == session_id)
    notices = (*notices, *_shared(db, found, known_id))
    return _view(found, session_id, plan, rows, notices=notices, ids=(None, None))


def reminder_view(record: outbox.Record, zone: str) -> ReminderView:
    """A stored reminder on the patient's wall clock."""
    return ReminderView(
        id=record.id,
        session_id=record.session_id,
        rule=record.rule,
        kind=record.kind.value,
        channel=record.channel.value,
        status=record.status.value,
        due_at=record.due_at,
        due_local=zones.local(record.due_at, zone).replace(tzinfo=None),
        useful_until=record.useful_until,
        bundled_into=record.bundled_into,
        because=sentences(record.reasons),
        reason=record.note or record.status_reason,
        sent_at=record.sent_at,
        patient_id=record.patient_id,
        follows=record.bundled_into is not None,
    )


def _planned(reminder: PlannedReminder, zone: str) -> ReminderView:
    return ReminderView(
        id=None,
        session_id=None,
        rule=reminder.identity.rule,
        kind=reminder.kind.value,
        channel=reminder.channel.value,
        status="scheduled",
        due_at=reminder.due_at,
        due_local=zones.local(reminder.due_at, zone).replace(tzinfo=None),
        useful_until=reminder.useful_until,
        bundled_into=None,
        because=sentences(reminder.reasons),
        follows=reminder.bundled_into is not None,
    )


def _view(
    found: care.Care,
    session_id: str,
    plan: Plan,
    rows: Iterable[ReminderView],
    *,
    notices: tuple[str, ...],
    ids: tuple[str | None, str | None],
) -> SessionView:
    session = next(session for session in found.sessions if session.id == session_id)
    course = plan.courses.get(session_id)
    left_out = tuple(left for left in plan.not_planned if left.session_id == session_id)
    reminders = tuple(sorted(rows, key=lambda row: (row.due_at, row.rule)))
    stored = {row.rule for row in reminders}
    return SessionView(
        id=ids[0],
        patient_id=ids[1],
        procedure=session.procedure,
        protocol_version=session.version,
        band=course.band.id if course and course.band else None,
        ended_at=session.ended_at,
        facts=dict(session.facts),
        voided=session.voided,
        notices=(*_band_notice(course), *_reach_notices(left_out), *notices),
        windows=_windows(found, plan, session_id),
        reminders=reminders,
        not_planned=tuple(
            NotPlannedView(rule=left.rule, reason=left.reason.code.value, because=left_out_because(left))
            for left in left_out
            if left.occurrence or left.rule not in stored
        ),
    )


def _shared(db: Db, found: care.Care, patient_id: str | None) -> tuple[str, ...]:
    shared = people.shared_with_others(db, found.patient.contacts, patient_id)
    return ("Another patient has the same number or address.",) if shared else ()


def left_out_because(left: NotPlanned) -> str:
    """Why a rule gives nothing, and for which of its days."""
    return f"day {left.occurrence}: {sentence(left.reason)}" if left.occurrence else sentence(left.reason)


def _band_notice(course: Course | None) -> tuple[str, ...]:
    if course is None or not course.protocol.bands:
        return ()
    if course.band is None:
        return ("No band of the protocol fits these facts, so nothing may be planned: check facts and protocol.",)
    return (course.band.notice,) if course.band.notice else ()


def _reach_notices(left_out: Iterable[NotPlanned]) -> tuple[str, ...]:
    """What staff should hear at once: that messages are missing since the patient can't be reached."""
    codes = dict.fromkeys(left.reason.code for left in left_out if left.reason.code in _UNREACHED)
    return tuple(f"Messages are not planned: {sentence(Reason(code))}." for code in codes)


def _windows(found: care.Care, plan: Plan, session_id: str) -> tuple[WindowView, ...]:
    zone = found.patient.zone or found.clinic.zone
    version = plan.courses[session_id].version if session_id in plan.courses else None
    return tuple(
        WindowView(
            topic=topic,
            advice=version.topics[topic].advice.value if version and topic in version.topics else "avoid",
            start=stretch.start,
            until=stretch.end,
            until_local=last_day(stretch.end, zone),
            because=stretch_because(stretch, plan.courses),
        )
        for topic in plan.topics_of(session_id)
        for stretch in plan.windows[topic]
        if any(window.session_id == session_id for window in stretch.contributors)
    )
