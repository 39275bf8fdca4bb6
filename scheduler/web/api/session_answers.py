"""What is answered about a session: its share of the patient's plan."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from scheduler.domain.care.protocols import Advice
from scheduler.domain.delivery.reminders import Kind, Status
from scheduler.domain.people.patients import Channel
from scheduler.web.api.fields import Answer, UtcInstant, WallClock


class WindowAnswer(Answer):
    """When a topic holds for the patient, over all their sessions."""

    topic: str
    advice: Advice
    start: UtcInstant = Field(serialization_alias="from")
    until: UtcInstant = Field(description="The first instant outside.")
    until_local: date = Field(description="The patient's date at the last instant inside: until after this day.")
    because: str


class PlannedReminder(Answer):
    """One planned message."""

    rule: str
    kind: Kind
    channel: Channel
    status: Status
    due_at: UtcInstant
    due_local: WallClock = Field(description="The patient's wall clock at `due_at`, without a zone.")
    useful_until: UtcInstant = Field(description="Not sent from then on.")
    bundled_into: str | None = Field(description="The reminder with which it goes as one message.")
    because: str


class _Identified(Answer):
    id: str


class SessionReminder(PlannedReminder, _Identified):
    """One stored reminder of a session."""


class NotPlanned(Answer):
    """A rule that gives nothing for the session."""

    rule: str
    reason: str = Field(description="A word for programs.")
    because: str = Field(description="The same for people.")


class _Course(Answer):
    procedure: str
    protocol_version: int
    band: str | None = Field(description="The depth class that the facts give.")
    notices: list[str] = Field(description="What staff should know of how it was planned.")
    windows: list[WindowAnswer] = Field(description="The patient's windows of this session's topics.")


class PreviewAnswer(_Course):
    """What registering would plan."""

    reminders: list[PlannedReminder] = Field(description="Of this session, by due time.")
    not_planned: list[NotPlanned]


class _Stored(Answer):
    id: str
    patient_id: str


class SessionAnswer(_Course, _Stored):
    """A session and what follows from it."""

    reminders: list[SessionReminder] = Field(description="Of this session, by due time.")
    not_planned: list[NotPlanned]


class SessionDetail(SessionAnswer):
    """A session as it was registered, and what follows from it."""

    ended_at: UtcInstant
    facts: dict[str, object] = Field(description="With the protocol's defaults for what was left out.")
    voided: bool
