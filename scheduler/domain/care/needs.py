"""What a person of the clinic must do since no message can: values, which a service keeps as to-dos."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from scheduler.domain.care.drafts import NotPlanned
from scheduler.domain.care.history import History
from scheduler.domain.care.reasons import Reason, Why, sentence
from scheduler.domain.care.windows import Course, Window
from scheduler.domain.delivery.reminders import Identity, Kind


class Need(StrEnum):
    """What happened."""

    SAFETY = "safety"
    """Warning signs can't be told by a message."""
    CATCH_UP = "catch_up"
    """Topics that hold are told by no message, and none can be sent."""
    CORRECTION = "correction"
    """A date that the patient was told has moved, and no message can say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsPerson:
    """One thing to do; (kind, session, rule, occurrence) stays the same through every re-planning."""

    kind: Need
    session_id: str
    rule: str
    occurrence: int = 0
    topics: tuple[str, ...] = ()
    """What the patient should hear of; empty for safety."""
    names: str = ""
    """Those topics as staff call them."""
    reason: Reason
    """Why no message goes."""

    @property
    def sentence(self) -> str:
        """What to do, and why."""
        return f"{_SENTENCES[self.kind].format(names=self.names)}: {sentence(self.reason)}."


_SENTENCES = {
    Need.SAFETY: "Tell the patient the warning signs; no message does",
    Need.CATCH_UP: "Tell the patient what to leave out ({names}); no message does",
    Need.CORRECTION: "Tell the patient that dates have moved ({names}); no message does",
}
_NOT_MEANT = frozenset({Why.CONDITION, Why.NO_WINDOW, Why.SAME_DAY})
"""Reasons for which a safety rule does not speak to this patient, or another message says the same."""


def safety_needs(
    left_out: Iterable[NotPlanned],
    *,
    courses: Mapping[str, Course],
    own: Mapping[str, tuple[Window, ...]],
    history: History,
) -> Iterator[NeedsPerson]:
    """One for each safety rule that a session asks for and that can't be planned; not for what went already.

    A session that was registered when its last window had ended needs none.
    """
    found: dict[tuple[str, str], NeedsPerson] = {}
    for left in left_out:
        course = courses[left.session_id]
        if left.reason.code not in _NOT_MEANT and _is_safety(course, left.rule) and _matters(course, own):
            row = history.reminders.get(Identity(left.session_id, left.rule, left.occurrence))
            if row is None or not (row.went or row.touched):
                found.setdefault((left.session_id, left.rule), _need(left))
    yield from found.values()


def _need(left: NotPlanned) -> NeedsPerson:
    return NeedsPerson(
        kind=Need.SAFETY,
        session_id=left.session_id,
        rule=left.rule,
        occurrence=left.occurrence,
        reason=left.reason,
    )


def _is_safety(course: Course, rule_id: str) -> bool:
    return any(rule.id == rule_id and rule.kind is Kind.SAFETY for rule in course.protocol.reminders)


def _matters(course: Course, own: Mapping[str, tuple[Window, ...]]) -> bool:
    ends = [window.end for window in own[course.session.id]]
    return not ends or course.session.known_at < max(ends)
