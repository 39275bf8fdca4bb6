"""What the page of a session shows: the treatment, its messages past and coming, what did not apply, what was told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.care.protocols import CareProtocol
from scheduler.domain.care.sessions import TreatmentSession
from scheduler.domain.clinics.clinics import Clinic
from scheduler.services import care, timeline, views
from scheduler.services.facts_told import told_facts
from scheduler.services.told_lines import SheetLine, ToldLine, sheet_lines, told_lines
from scheduler.storage import outbox, sessions, told_dates
from scheduler.storage.database import Db
from scheduler.storage.patient_records import PatientRecord, get_patient_record
from scheduler.storage.sessions import Handling
from scheduler.storage.told_dates import ToldWhere


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPage:
    """One session with all that its page shows."""

    session: TreatmentSession
    handling: Handling
    patient: PatientRecord
    clinic: Clinic
    zone: str
    """The patient's own where it is known, by whose clock the page tells times."""
    protocol: CareProtocol
    band: str | None
    facts: tuple[tuple[str, str], ...]
    """Label and value of what was recorded."""
    notices: tuple[str, ...]
    messages: tuple[timeline.TimelineMessage, ...]
    left_out: tuple[views.NotPlannedView, ...]
    """Rules that did not apply, and why."""
    told: tuple[ToldLine, ...]
    sheet: tuple[SheetLine, ...]
    """Empty for a voided session."""

    @property
    def next_id(self) -> str | None:
        """The first message that is still to go."""
        return next((one.id for one in self.messages if one.is_open), None)

    @property
    def unsent_if_voided(self) -> int:
        """Messages that would not be sent any more; one that has another session's part still goes, without its own."""
        return sum(one.is_open and all(part.other_session is None for part in one.parts) for one in self.messages)


def session_page(db: Db, session_id: str, *, now: datetime) -> SessionPage:
    """A stored session's page. Raises NotFound."""
    patient_id = sessions.patient_of(db, session_id)
    found, patient = care.load_care(db, patient_id), get_patient_record(db, patient_id)
    plan, stored = found.plan(now), outbox.listed(db, outbox.Wanted(patient_id=patient_id))
    own = [record for record in stored if record.session_id == session_id]
    view = views.stored_view(db, found, plan, own, session_id)
    session = next(one for one in found.sessions if one.id == session_id)
    protocol = found.protocols[session.procedure, session.version].protocol
    zone = found.patient.zone or found.clinic.zone
    return SessionPage(
        session=session,
        handling=sessions.handling(db, session_id),
        patient=patient,
        clinic=found.clinic,
        zone=zone,
        protocol=protocol,
        band=view.band,
        facts=told_facts(protocol, session.facts),
        notices=view.notices,
        messages=timeline.messages(db, found, stored, session_id, first_name=first_name(patient.name), now=now),
        left_out=() if session.voided else view.not_planned,
        told=told_lines(found, plan, _of_now(told_dates.told_where(db, patient_id), session.ended_at, now), zone),
        sheet=() if session.voided else sheet_lines(found, plan, session_id, zone),
    )


def _of_now(told: Iterable[ToldWhere], ended_at: datetime, now: datetime) -> list[ToldWhere]:
    """What was told since the session, and before it what still lies ahead; the rest is history."""
    return [one for one in told if one.told_at >= ended_at or one.until > now]


def first_name(name: str) -> str:
    """The first word of a name, by which pages speak of a patient."""
    return next(iter(name.split()), "The patient")
