"""What requests say about reminders: which are listed, and what is decided about one."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from scheduler.domain.delivery.reminders import Status
from scheduler.storage.outbox import Wanted
from scheduler.web.api.fields import Body, Instant, Reason, Text

_MOST = 200


class ReminderQuery(BaseModel):
    """Which reminders are listed; what is left out doesn't narrow the list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: Status | None = None
    patient_id: Text | None = None
    session_id: Text | None = None
    due_from: Instant | None = Field(default=None, description="Due then or later.", examples=["2026-03-01T00:00:00Z"])
    due_before: Instant | None = Field(
        default=None, description="Due earlier than then.", examples=["2026-04-01T00:00:00Z"]
    )
    limit: Annotated[int, Field(ge=1, le=_MOST)] = Field(default=50, description="The most in one answer.")
    after: Text | None = Field(default=None, description="`next` of the page before.")

    def wanted(self) -> Wanted:
        """The same for the services."""
        return Wanted(
            status=self.status,
            patient_id=self.patient_id,
            session_id=self.session_id,
            due_from=self.due_from,
            due_before=self.due_before,
        )


class ReasonBody(Body):
    """Why; staff will read it."""

    reason: Reason = Field(description="3 to 200 letters.")


class MoveBody(Body):
    """When to send it."""

    to: Instant = Field(description="A coming time at which the reminder is still of use.")


class RestoreBody(Body):
    """Nothing."""


class SendNowBody(Body):
    """Nothing."""
