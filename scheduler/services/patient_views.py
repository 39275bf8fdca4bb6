"""What staff and other programs see of a patient: details, history of consent, and the whole plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from scheduler.domain.care.explain import stretch_because
from scheduler.domain.care.merging import Stretch
from scheduler.domain.care.planning import Plan
from scheduler.domain.care.timing import last_day
from scheduler.domain.people.consent import Purpose, Word
from scheduler.domain.people.patients import Channel, Line
from scheduler.domain.people.pauses import Pause
from scheduler.services import care, patient_changes
from scheduler.services.contact_points import last_four, lookup_form
from scheduler.services.overriding import OverrideView, overrides_view
from scheduler.services.views import NotPlannedView, ReminderView, WindowView, left_out_because, reminder_view
from scheduler.storage import audit, consents, contacts, outbox, patients
from scheduler.storage.database import Db
from scheduler.storage.patient_records import PatientRecord, WantedPatients, get_patient_record, listed_patients


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactView:
    """A number or address, and who else of the clinic has it."""

    id: str
    channel: Channel
    line: Line
    value: str
    shared_with: tuple[str, ...]
    """Ids of other patients."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentView:
    """One word of the history."""

    channel: str
    purpose: Purpose
    word: Word
    source: str
    wording: str | None
    evidence: str | None
    recorded_by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientView:
    """A patient with all that staff recorded of them."""

    id: str
    name: str
    birth_date: date | None
    language: str
    zone: str | None
    flags: tuple[str, ...]
    private: bool
    contact_points: tuple[ContactView, ...]
    consents: tuple[ConsentView, ...]
    paused: Pause | None
    merged_into: str | None
    erased: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPatient:
    """A patient as a list shows them, their numbers by their last four digits."""

    id: str
    name: str
    birth_date: date | None
    numbers_end_in: tuple[str, ...]
    shares_contact: bool
    paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientPage:
    """Some patients, and the place behind which the next ones stand; None if these are the last."""

    items: tuple[FoundPatient, ...]
    next: tuple[datetime, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionShare:
    """A session of the plan."""

    id: str
    procedure: str
    protocol_version: int
    band: str | None
    ended_at: datetime
    voided: bool
    not_planned: tuple[NotPlannedView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientPlanView:
    """All windows and reminders of a patient."""

    patient_id: str
    sessions: tuple[SessionShare, ...]
    windows: tuple[WindowView, ...]
    overrides: tuple[OverrideView, ...]
    reminders: tuple[ReminderView, ...]


def show_patient(db: Db, patient_id: str, *, by: str, now: datetime) -> PatientView:
    """A patient, as somebody looks at them, which the audit keeps. Raises NotFound."""
    view = patient_view(db, patient_id)
    patient_changes.record(db, patient_id, "view", "Looked at the patient's details.", by=by, now=now)
    return view


def patient_view(db: Db, patient_id: str) -> PatientView:
    """A patient, merged and erased ones too. Raises NotFound."""
    record = get_patient_record(db, patient_id)
    return PatientView(
        id=record.id,
        name=record.name,
        birth_date=record.birth_date,
        language=record.language,
        zone=record.zone,
        flags=record.flags,
        private=record.private,
        contact_points=_contacts(db, patient_id),
        consents=_consents(db, patient_id),
        paused=record.pause,
        merged_into=record.merged_into,
        erased=record.erased,
    )


def find_patients(
    db: Db, wanted: WantedPatients, *, after: tuple[datetime, str] | None, limit: int, by: str, now: datetime
) -> PatientPage:
    """At most `limit` of the clinic's patients behind a place, which the audit keeps."""
    records = listed_patients(db, wanted, after=after, limit=limit + 1)
    shown = records[:limit]
    seen = ", ".join(record.id for record in shown) or "nobody"
    audit.record(db, at=now, actor=by, action="patient.list", subject="patients", sentence=f"Saw in a list: {seen}.")
    last = shown[-1] if len(records) > limit else None
    return PatientPage(
        items=tuple(_found(db, record) for record in shown),
        next=(last.created_at, last.id) if last else None,
    )


def show_plan(db: Db, patient_id: str, *, by: str, now: datetime) -> PatientPlanView:
    """All that is planned for a patient and was, as somebody looks at it, which the audit keeps. Raises NotFound."""
    found = care.load_care(db, patient_id)
    patient_changes.record(db, patient_id, "view", "Looked at the patient's plan.", by=by, now=now)
    plan, zone = found.plan(now), found.patient.zone or found.clinic.zone
    stored = outbox.listed(db, outbox.Wanted(patient_id=patient_id))
    windows = (_window(stretch, plan, zone) for stretches in plan.windows.values() for stretch in stretches)
    planned = {(record.session_id, record.rule) for record in stored}
    return PatientPlanView(
        patient_id=patient_id,
        sessions=_sessions(found, plan, planned),
        windows=tuple(sorted(windows, key=lambda window: (window.start, window.topic))),
        overrides=overrides_view(db, patient_id, zone),
        reminders=tuple(reminder_view(record, zone) for record in stored),
    )


def _contacts(db: Db, patient_id: str) -> tuple[ContactView, ...]:
    points = patients.get_patient(db, patient_id).contacts
    sharing = {point.id: contacts.find_sharing(db, lookup_form(point.channel, point.value)) for point in points}
    return tuple(
        ContactView(
            id=point.id,
            channel=point.channel,
            line=point.line,
            value=point.value,
            shared_with=tuple(other for other in sharing[point.id] if other != patient_id),
        )
        for point in points
    )


def _consents(db: Db, patient_id: str) -> tuple[ConsentView, ...]:
    return tuple(
        ConsentView(
            channel=said.channel,
            purpose=said.purpose,
            word=said.word,
            source=said.source,
            wording=told.wording,
            evidence=told.text,
            recorded_by=told.recorded_by,
            at=said.at,
        )
        for said, told in consents.history_of(db, patient_id)
    )


def _found(db: Db, record: PatientRecord) -> FoundPatient:
    points = _contacts(db, record.id)
    return FoundPatient(
        id=record.id,
        name=record.name,
        birth_date=record.birth_date,
        numbers_end_in=tuple(last_four(point.value) for point in points if point.channel is Channel.SMS),
        shares_contact=any(point.shared_with for point in points),
        paused=record.pause is not None,
    )


def _sessions(found: care.Care, plan: Plan, planned: set[tuple[str, str]]) -> tuple[SessionShare, ...]:
    courses = plan.courses
    bands = {name: course.band.id for name, course in courses.items() if course.band}
    return tuple(
        SessionShare(
            id=session.id,
            procedure=session.procedure,
            protocol_version=session.version,
            band=bands.get(session.id),
            ended_at=session.ended_at,
            voided=session.voided,
            not_planned=tuple(
                NotPlannedView(rule=left.rule, reason=left.reason.code.value, because=left_out_because(left))
                for left in plan.not_planned
                if left.session_id == session.id and (left.occurrence or (session.id, left.rule) not in planned)
            ),
        )
        for session in found.sessions
    )


def _window(stretch: Stretch, plan: Plan, zone: str) -> WindowView:
    topics = plan.courses[stretch.owner.session_id].version.topics
    return WindowView(
        topic=stretch.topic,
        advice=topics[stretch.topic].advice.value if stretch.topic in topics else "avoid",
        start=stretch.start,
        until=stretch.end,
        until_local=last_day(stretch.end, zone),
        because=stretch_because(stretch, plan.courses),
    )
