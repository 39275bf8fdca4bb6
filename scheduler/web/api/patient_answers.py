"""What is answered about patients."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from scheduler.domain.people.consent import Purpose, Word
from scheduler.domain.people.patients import Channel, Line
from scheduler.domain.people.pauses import PauseReason
from scheduler.services.patient_views import PatientPage
from scheduler.web.api.cursors import write_cursor
from scheduler.web.api.fields import Answer, UtcInstant
from scheduler.web.api.reminder_answers import ReminderAnswer
from scheduler.web.api.session_answers import NotPlanned, WindowAnswer


class ContactAnswer(Answer):
    """A number or address of the patient; of a channel, the newest that takes messages is used."""

    id: str
    channel: Channel
    line: Line = Field(description="What kind of line it is; a landline is kept for calls.")
    value: str
    shared_with: list[str] = Field(description="Other patients with the same number or address.")


class ConsentAnswer(Answer):
    """One word of the history; per channel and purpose the last one counts."""

    channel: Channel
    purpose: Purpose
    word: Word
    source: str
    wording: str | None = Field(description="Version of the wording that was shown.")
    evidence: str | None
    recorded_by: str
    at: UtcInstant


class PauseAnswer(Answer):
    """Why and since when nothing is sent."""

    reason: PauseReason
    note: str
    since: UtcInstant


class PatientAnswer(Answer):
    """A patient."""

    id: str
    name: str
    birth_date: date | None
    language: str
    zone: str | None = Field(description="Null: the clinic's.")
    flags: list[str]
    private: bool
    contact_points: list[ContactAnswer] = Field(description="Oldest first.")
    consents: list[ConsentAnswer] = Field(description="Oldest first.")
    paused: PauseAnswer | None
    merged_into: str | None = Field(description="The patient who has all that was theirs.")
    erased: bool


class FoundPatientAnswer(Answer):
    """A patient in a list."""

    id: str
    name: str
    birth_date: date | None
    numbers_end_in: list[str] = Field(description="The last four digits of each number.")
    shares_contact: bool = Field(description="Whether another patient has a number or address of theirs.")
    paused: bool


class PatientList(Answer):
    """A page of patients by when they were added, without those that were merged."""

    items: list[FoundPatientAnswer]
    next: str | None = Field(description="Pass it as `after` for the next page; null on the last.")

    @classmethod
    def of(cls, page: PatientPage) -> PatientList:
        """The answer that shows a page."""
        items = [FoundPatientAnswer.model_validate(item) for item in page.items]
        return cls(items=items, next=write_cursor(page.next) if page.next else None)


class SessionShareAnswer(Answer):
    """A session of the plan."""

    id: str
    procedure: str
    protocol_version: int
    band: str | None = Field(description="The depth class that the facts give.")
    ended_at: UtcInstant
    voided: bool
    not_planned: list[NotPlanned]


class OverrideAnswer(Answer):
    """A clinician's own end for one topic of one session."""

    id: str
    session_id: str
    topic: str
    until: UtcInstant
    until_local: date = Field(description="Date of the last instant inside, on the patient's calendar.")
    by: str
    reason: str
    at: UtcInstant


class PatientPlanAnswer(Answer):
    """All windows and reminders of a patient, over all sessions."""

    patient_id: str
    sessions: list[SessionShareAnswer] = Field(description="By the time they ended, voided ones too.")
    windows: list[WindowAnswer] = Field(description="By start.")
    overrides: list[OverrideAnswer] = Field(description="Oldest first, those of voided sessions too.")
    reminders: list[ReminderAnswer] = Field(description="By due time, those that are done, too.")
