"""What says the same goes to a patient once a day, whichever of their sessions asks for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from scheduler.domain.care.drafts import Draft, NotPlanned, Standing
from scheduler.domain.care.openings import Openings
from scheduler.domain.care.reasons import Reason, Why
from scheduler.domain.delivery.reminders import Identity, Kind

Words = tuple[str, str]
"""What two reminders that say the same have in common: a template, or a rule of a procedure."""


def one_a_day(drafts: Sequence[Draft], openings: Openings, now: datetime) -> tuple[list[Draft], list[NotPlanned]]:
    """The drafts without those that only repeat another of the same day on the patient's clock, and these.

    What went, or what a person moved, stays; else what tells the latest end; else the first, of texts that permit
    the last.
    """
    said = _Said(openings)
    left_out: dict[int, NotPlanned] = {}
    repeated: dict[Identity, tuple[str, ...]] = {}
    for place in sorted(_alike(drafts, now), key=lambda place: _preference(drafts[place], now)):
        draft = drafts[place]
        other = said.already(draft) if draft.standing(now) is Standing.FREE else None
        if other is None:
            said.add(draft)
        else:
            day = other.local_day(other.goes_at)
            told = Reason(Why.SAME_DAY, {"other": other.rule.id, "day": f"{day.day} {day:%B}"})
            left_out[place] = draft.refused(told)
            repeated[other.identity] = (*repeated.get(other.identity, other.speaks_for), draft.identity.session_id)
    kept = [
        replace(draft, speaks_for=repeated[draft.identity]) if draft.identity in repeated else draft
        for place, draft in enumerate(drafts)
        if place not in left_out
    ]
    return kept, [left_out[place] for place in sorted(left_out)]


def _alike(drafts: Sequence[Draft], now: datetime) -> list[int]:
    """The places of those that go and share words with another."""
    going = [place for place, draft in enumerate(drafts) if draft.standing(now) is not Standing.GONE]
    shared = Counter(words for place in going for words in set(_words(drafts[place])))
    return [place for place in going if any(shared[words] > 1 for words in _words(drafts[place]))]


class _Said:
    """What is said on which day."""

    def __init__(self, openings: Openings) -> None:
        self._openings = openings
        self._days: dict[tuple[Words, date], Draft] = {}
        self._all: dict[Words, list[Draft]] = {}

    def add(self, draft: Draft) -> None:
        for words in _words(draft):
            self._all.setdefault(words, []).append(draft)
            for day in self._days_of(draft):
                self._days.setdefault((words, day), draft)

    def already(self, draft: Draft) -> Draft | None:
        """What says the same on the day of a draft."""
        for words in _words(draft):
            for day in self._days_of(draft):
                if (words, day) in self._days:
                    return self._days[words, day]
        return self._was_already(draft) if draft.row is None and draft.floor > draft.reminder.intended_at else None

    def _was_already(self, late: Draft) -> Draft | None:
        """What said the same on the day of a draft that is late by now only because it was left out then."""
        for words in _words(late):
            for other in self._all.get(words, ()):
                if late.local_day(self._first(late, other.floor)) in self._days_of(other):
                    return other
        return None

    def _days_of(self, draft: Draft) -> set[date]:
        """The day on which it goes, and the one on which it would have gone had it been planned with its session."""
        return {draft.local_day(draft.goes_at), draft.local_day(self._first(draft, draft.course.session.known_at))}

    def _first(self, draft: Draft, floor: datetime) -> datetime:
        at = max(draft.reminder.intended_at, draft.course.session.known_at, floor)
        if at == draft.reminder.due_at:
            return at
        return self._openings.hours(at, draft.reminder.kind) or at


def _words(draft: Draft) -> Iterator[Words]:
    yield "", draft.reminder.template
    yield draft.course.session.procedure, draft.rule.id
    if draft.rule.same_as is not None:
        yield draft.course.session.procedure, draft.rule.same_as
        # Another procedure's rule may have the same words as the one that is named.
        yield from (("", rule.template) for rule in draft.course.protocol.reminders if rule.id == draft.rule.same_as)


def _preference(draft: Draft, now: datetime) -> tuple[bool, float, float]:
    """By what stays the same through every re-planning."""
    reminder = draft.reminder
    end = max((end.timestamp() for end in reminder.topic_ends.values()), default=0.0)
    at = reminder.intended_at.timestamp()
    return draft.standing(now) is not Standing.FIXED, -end, -at if reminder.kind is Kind.RESUME else at
