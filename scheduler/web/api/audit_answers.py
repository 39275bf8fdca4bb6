"""What requests say about the audit, and what is answered about it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from scheduler.services.audit_pages import AuditPage
from scheduler.storage.audit_list import WantedEntries
from scheduler.web.api.cursors import write_cursor
from scheduler.web.api.fields import Answer, Instant, Text, UtcInstant

_MOST = 200


class AuditQuery(BaseModel):
    """Which entries are listed; what is left out doesn't narrow the list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subject: Text | None = Field(default=None, description="What it was done to: kind and id, as `subject` gives it.")
    actor: Text | None = Field(default=None, description="Who did it, as `actor` gives it.")
    since: Instant | None = Field(
        default=None, alias="from", description="Done then or later.", examples=["2026-03-01T00:00:00Z"]
    )
    before: Instant | None = Field(
        default=None, alias="to", description="Done earlier than then.", examples=["2026-04-01T00:00:00Z"]
    )
    limit: Annotated[int, Field(ge=1, le=_MOST)] = Field(default=50, description="The most in one answer.")
    after: Text | None = Field(default=None, description="`next` of the page before.")

    def wanted(self) -> WantedEntries:
        """The same for the services."""
        return WantedEntries(subject=self.subject, actor=self.actor, since=self.since, before=self.before)


class AuditEntry(Answer):
    """One thing that somebody did."""

    id: str
    at: UtcInstant
    actor: str = Field(description="A person of the staff, a token, or `aftercare` for what the service did itself.")
    action: str = Field(description="What kind of thing, such as `session.void`.")
    subject: str = Field(description="What it was done to: kind and id.")
    sentence: str
    sequence: int | None = Field(
        description="Its place in the clinic's chain, which proves that it was not changed since; null until sealed."
    )


class AuditList(Answer):
    """A page of the audit, newest first."""

    items: list[AuditEntry]
    next: str | None = Field(description="Pass it as `after` for the next page; null on the last.")

    @classmethod
    def of(cls, page: AuditPage) -> AuditList:
        """The answer that shows a page."""
        items = [AuditEntry.model_validate(item) for item in page.items]
        return cls(items=items, next=write_cursor(page.next) if page.next else None)
