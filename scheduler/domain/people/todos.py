"""To-dos: what a person of the clinic must do, and the one plain sentence that says so. Keeping them is storage's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Detail = str | int


class TodoKind(StrEnum):
    """Why a person is needed."""

    VOIDED = "voided"
    """A session was voided after the patient was told something about it."""
    NOT_TOLD = "not_told"
    """Advice holds that no message of the patient names."""
    NOT_CORRECTED = "not_corrected"
    """A date that the patient was told has moved, and no message can say so."""
    SAFETY_NOT_PLANNED = "safety_not_planned"
    SAFETY_NOT_SENT = "safety_not_sent"
    MAYBE_NOT_ARRIVED = "maybe_not_arrived"
    """Posted, and no answer to be had."""
    NOT_ARRIVED = "not_arrived"
    """A message did not reach the patient; made when a person notes what they did about it."""

    @property
    def planned(self) -> bool:
        """Whether each planning finds it anew: it is made once, and is over when planning finds it no more."""
        return self in {TodoKind.NOT_TOLD, TodoKind.NOT_CORRECTED, TodoKind.SAFETY_NOT_PLANNED}

    @property
    def urgent(self) -> bool:
        """Whether it comes before all others: the patient lacks what they need to know to call in time."""
        return self in {TodoKind.SAFETY_NOT_PLANNED, TodoKind.SAFETY_NOT_SENT}


_SENTENCES: dict[TodoKind, str] = {
    TodoKind.VOIDED: "{title} of {day} was voided when {messages} of its messages had gone out or were on their way: "
    "tell the patient what holds now.",
    **dict.fromkeys((TodoKind.NOT_TOLD, TodoKind.NOT_CORRECTED, TodoKind.SAFETY_NOT_PLANNED), "{sentence}"),
    TodoKind.SAFETY_NOT_SENT: "The safety message {rule} did not reach the patient, since {because}: tell the patient.",
    TodoKind.MAYBE_NOT_ARRIVED: "Nobody knows whether the message {rule} arrived: ask the patient, or send it again.",
    TodoKind.NOT_ARRIVED: "The message {rule} did not arrive, since {because}: tell the patient.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """Something that a person must do, and what it is about."""

    kind: TodoKind
    details: Mapping[str, Detail] = field(default_factory=dict)
    """What its sentence needs, under the names that stand in it."""
    patient_id: str | None = None
    session_id: str | None = None
    reminder_id: str | None = None
    topic: str | None = None
    rule: str | None = None
    """The rule and day for which it is needed, where a session may need one for each."""

    @property
    def subject(self) -> str:
        """What makes two of a kind the same one; it outlives the merging of patients where it can."""
        return "/".join(
            (self.session_id or self.patient_id or "", self.reminder_id or "", self.topic or "", self.rule or "")
        )


def todo_sentence(kind: TodoKind, details: Mapping[str, Detail]) -> str:
    """What is to be done, and why. Raises KeyError if a detail is missing."""
    return _SENTENCES[kind].format(**details)
