"""Correction: a date that a message told and that has moved further away is told anew, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from scheduler.domain.care.drafts import Draft, Standing
from scheduler.domain.care.history import ToldDate
from scheduler.domain.care.needs import Need, NeedsPerson
from scheduler.domain.care.reasons import Reason, Why
from scheduler.domain.care.ruleless import CORRECTION, SoFar
from scheduler.domain.delivery.messages import Placeholder, placeholders
from scheduler.domain.delivery.reminders import OPEN, Kind
from scheduler.domain.people.patients import Channel


def correction(so_far: SoFar) -> tuple[Draft | None, list[NeedsPerson]]:
    """One message for all topics of which the patient knows too early an end; a need where none can go.

    What another message tells anew before the told date has come needs none.
    """
    occurrence, row = so_far.turn(CORRECTION)
    ends = dict(_moved(so_far, so_far.asked_at(row)))
    if not ends:
        return None, []
    made = so_far.draft(CORRECTION, Kind.CORRECTION, ends, Reason(Why.CORRECTION, {"topics": so_far.names(ends)}))
    if isinstance(made, Draft):
        return made, []
    need = NeedsPerson(
        kind=Need.CORRECTION,
        session_id=so_far.carrier.session.id,
        rule=CORRECTION,
        occurrence=occurrence,
        topics=tuple(ends),
        names=so_far.names(ends),
        reason=made,
    )
    return None, [need]


def _moved(so_far: SoFar, at: datetime) -> Iterator[tuple[str, datetime]]:
    """Topics whose told end lies inside a stretch that holds by then, with the stretch's end.

    Of what is to be done only later (sunscreen, while another session forbids it) no date is told now.
    """
    for topic, told in _last_told(so_far.history.told).items():
        for stretch in so_far.merged.get(topic, ()):
            stale = stretch.start <= told.until < stretch.end and stretch.holds(at)
            if stale and not _tried(so_far, topic, stretch.end) and not _told_anew(so_far, told, stretch.end):
                yield topic, stretch.end


def _last_told(told: tuple[ToldDate, ...]) -> dict[str, ToldDate]:
    """Of each topic what was told last."""
    return {date.topic: date for date in sorted(told, key=lambda date: (date.told_at, date.until))}


def _tried(so_far: SoFar, topic: str, end: datetime) -> bool:
    """Whether a correction to this end went, ended, or was left out by a person: it is not made again."""
    return any(
        row.kind is Kind.CORRECTION and row.status not in OPEN and row.topic_ends.get(topic, end) >= end
        for row in so_far.history.reminders.values()
        if topic in row.topic_ends
    )


def _told_anew(so_far: SoFar, told: ToldDate, end: datetime) -> bool:
    """Whether a message that is still to go names the new end before the told date has come."""
    return any(
        draft.reminder.topic_ends.get(told.topic) == end
        and draft.reminder.due_at <= told.until
        and draft.reminder.kind is Kind.INSTRUCT
        and draft.standing(so_far.now) is Standing.FREE
        and _names_a_date(draft)
        for draft in so_far.drafts
    )


def _names_a_date(draft: Draft) -> bool:
    template = draft.reminder.template
    words = [words for (name, _), words in draft.course.version.messages.items() if name == template]
    if draft.reminder.channel is Channel.EMAIL:
        texts = [one.email.markdown for one in words if one.email]
    else:
        texts = [one.sms for one in words if one.sms]
    return any(Placeholder.UNTIL in placeholders(text) for text in texts)
