"""What is answered about reminders."""

from __future__ import annotations

from pydantic import Field

from scheduler.services.listing import Page
from scheduler.web.api.cursors import write_cursor
from scheduler.web.api.fields import Answer, UtcInstant
from scheduler.web.api.session_answers import PlannedReminder


class _Owned(Answer):
    id: str
    session_id: str
    patient_id: str


class ReminderAnswer(PlannedReminder, _Owned):
    """One reminder."""

    reason: str | None = Field(description="Why it is in this status, where somebody or something put it there.")
    sent_at: UtcInstant | None


class ReminderList(Answer):
    """A page of reminders by due time."""

    items: list[ReminderAnswer]
    next: str | None = Field(description="Pass it as `after` for the next page; null on the last.")

    @classmethod
    def of(cls, page: Page) -> ReminderList:
        """The answer that shows a page."""
        items = [ReminderAnswer.model_validate(item) for item in page.items]
        return cls(items=items, next=write_cursor(page.next) if page.next else None)
