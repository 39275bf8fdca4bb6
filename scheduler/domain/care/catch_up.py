"""Catch-up: what the patient must leave out now and no message of theirs says goes in one text, else to a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from scheduler.domain.care.drafts import Draft, NotPlanned, Standing
from scheduler.domain.care.merging import Stretch
from scheduler.domain.care.needs import Need, NeedsPerson
from scheduler.domain.care.protocols import Advice, ToldBy
from scheduler.domain.care.reasons import Reason, Why
from scheduler.domain.care.ruleless import CATCH_UP, SoFar
from scheduler.domain.delivery.reminders import Kind, Status

_TOLD = frozenset({Status.SENT, Status.DELIVERED, Status.UNKNOWN, Status.SENDING, Status.IN_DOUBT})
Place = Callable[[Draft], Draft | NotPlanned]


def catch_up(so_far: SoFar, place: Place) -> tuple[Draft | None, list[NeedsPerson]]:
    """One message on the topics that no other names, where there is room for it; a need for what it can't tell."""
    _, row = so_far.turn(CATCH_UP)
    ends = dict(_untold(so_far, so_far.asked_at(row)))
    if not ends:
        return None, []
    why = Reason(Why.CATCH_UP, {"topics": so_far.names(ends)})
    made = so_far.draft(CATCH_UP, Kind.INSTRUCT, ends, why)
    placed = made if isinstance(made, Reason) else place(made)
    if isinstance(placed, Draft):
        late = {topic: end for topic, end in ends.items() if end <= placed.reminder.due_at}
        return placed, [_need(so_far, late, so_far.too_late(max(late.values())))] if late else []
    return None, [_need(so_far, ends, placed if isinstance(placed, Reason) else placed.reason)]


def _untold(so_far: SoFar, at: datetime) -> Iterator[tuple[str, datetime]]:
    """Topics that a text must tell, hold after an instant, and that nothing names; with their ends."""
    for topic in so_far.topics.values():
        if topic.advice is Advice.AVOID and topic.told_by is ToldBy.TEXT:
            for stretch in so_far.merged.get(topic.id, ()):
                if stretch.end > at and not _named(so_far, stretch):
                    yield topic.id, stretch.end


def _named(so_far: SoFar, stretch: Stretch) -> bool:
    """Whether a message names the topic while it holds: one that goes, went, or that a person decided about."""
    for draft in so_far.drafts:
        told = draft.reminder.kind is not Kind.RESUME and stretch.topic in draft.reminder.topic_ends
        if told and draft.standing(so_far.now) is Standing.FREE and stretch.holds(draft.reminder.due_at):
            return True
    return any(
        stretch.topic in row.topic_ends and row.kind is not Kind.RESUME and stretch.holds(row.due_at)
        for row in so_far.history.reminders.values()
        if row.touched or row.status in _TOLD
    )


def _need(so_far: SoFar, ends: Mapping[str, datetime], reason: Reason) -> NeedsPerson:
    occurrence, _ = so_far.turn(CATCH_UP)
    return NeedsPerson(
        kind=Need.CATCH_UP,
        session_id=so_far.carrier.session.id,
        rule=CATCH_UP,
        occurrence=occurrence,
        topics=tuple(ends),
        names=so_far.names(ends),
        reason=reason,
    )
