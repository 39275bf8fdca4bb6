"""What requests say about to-dos, and what is answered about them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from scheduler.domain.people.todos import TodoKind
from scheduler.services.todos import TodoPage
from scheduler.storage.todos import TodoState, WantedTodos
from scheduler.web.api.cursors import write_cursor
from scheduler.web.api.fields import Answer, Body, Text, UtcInstant

_MOST = 200


class TodoQuery(BaseModel):
    """Which to-dos are listed; what is left out doesn't narrow the list, but for the state."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    state: TodoState = Field(default=TodoState.OPEN, description="Those that are open, done, or all.")
    kind: TodoKind | None = None
    patient_id: Text | None = None
    limit: Annotated[int, Field(ge=1, le=_MOST)] = Field(default=50, description="The most in one answer.")
    after: Text | None = Field(default=None, description="`next` of the page before.")

    def wanted(self) -> WantedTodos:
        """The same for the services."""
        return WantedTodos(state=self.state, kind=self.kind, patient_id=self.patient_id)


class DoneBody(Body):
    """What came of it."""

    note: Text = Field(default="", description="3 to 500 letters, or nothing; staff will read it.")


class TodoAnswer(Answer):
    """Something that a person of the clinic must do."""

    id: str
    kind: TodoKind
    sentence: str = Field(description="What is to be done, and why.")
    patient_id: str | None
    session_id: str | None
    reminder_id: str | None
    topic: str | None
    created_at: UtcInstant
    done_at: UtcInstant | None
    done_by: str | None = Field(description="Null in one that is over by itself, since planning needs nobody any more.")
    note: str | None = Field(description="What came of it.")


class TodoList(Answer):
    """A page of to-dos, oldest first."""

    items: list[TodoAnswer]
    next: str | None = Field(description="Pass it as `after` for the next page; null on the last.")

    @classmethod
    def of(cls, page: TodoPage) -> TodoList:
        """The answer that shows a page."""
        items = [TodoAnswer.model_validate(item) for item in page.items]
        return cls(items=items, next=write_cursor(page.next) if page.next else None)
