"""Reminders that go as one message: those of one patient that are due within an hour of each other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scheduler.domain.care import reasons
from scheduler.domain.care.drafts import Draft, PlannedReminder
from scheduler.domain.care.openings import Openings
from scheduler.domain.care.reasons import Reason, Why
from scheduler.domain.clinics import zones
from scheduler.domain.delivery.reminders import Kind

Fits = Callable[[Sequence[PlannedReminder]], bool]
"""Whether the message of these, the lead first, stays within two parts; all are for one patient and channel."""

WITHIN = timedelta(hours=1)
"""Both ends included: what is due at nine and at ten goes together."""
_ALONE = frozenset({Kind.SAFETY, Kind.REBOOK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Drafts that go as one message; most are of one draft."""

    drafts: tuple[Draft, ...]
    """The lead first."""
    due_at: datetime

    @property
    def lead(self) -> Draft:
        """The one that is claimed."""
        return self.drafts[0]

    @property
    def useful_until(self) -> datetime:
        """Until when it is of use with all that is in it."""
        return min(draft.reminder.useful_until for draft in self.drafts)

    def reminders(self) -> Iterator[Draft]:
        """The drafts with what they are in the bundle: its time, the lead, and why."""
        lead, others = self.drafts[0], self.drafts[1:]
        if not others:
            yield _at(lead, self.due_at)
            return
        at = reasons.day_and_time(zones.local(self.due_at, lead.course.zone))
        followers = ", ".join(draft.rule.id for draft in others)
        yield _at(lead, self.due_at).because(Reason(Why.LEADS, {"others": followers, "at": at}))
        follows = Reason(Why.FOLLOWS, {"others": lead.rule.id, "at": at})
        for draft in others:
            led = replace(draft, reminder=replace(draft.reminder, bundled_into=lead.identity))
            yield _at(led, self.due_at).because(follows)


def single(draft: Draft) -> Bundle:
    """One draft by itself."""
    return Bundle(drafts=(draft,), due_at=draft.reminder.due_at)


def bundled(drafts: Sequence[Draft], openings: Openings, fits: Fits) -> list[Bundle]:
    """All drafts, those that can go together in one bundle: at the latest one's time, which each of them allows.

    Safety and rebook go alone.
    """
    left = deque(sorted(drafts, key=lambda draft: draft.reminder.due_at))
    found: list[Bundle] = []
    while left:
        bundle = single(left.popleft())
        last = bundle.due_at + WITHIN
        alone: list[Draft] = []
        while left and left[0].reminder.due_at <= last:
            draft = left.popleft()
            joined = _joined(bundle, draft, openings, fits)
            bundle = joined or bundle
            if joined is None:
                alone.append(draft)
        found.append(bundle)
        left.extendleft(reversed(alone))
    return found


def _joined(bundle: Bundle, draft: Draft, openings: Openings, fits: Fits) -> Bundle | None:
    """The bundle with one more that is due no earlier; None if they can't go together."""
    if not _may_join(bundle.lead, draft):
        return None
    drafts = tuple(sorted((*bundle.drafts, draft), key=_leads))
    more = Bundle(drafts=drafts, due_at=draft.reminder.due_at)
    if more.due_at >= more.useful_until or not all(_may_go(inner, more.due_at, openings) for inner in drafts):
        return None
    return more if fits([inner.reminder for inner in drafts]) else None


def _may_join(lead: Draft, draft: Draft) -> bool:
    return lead.reminder.channel is draft.reminder.channel and not {lead.reminder.kind, draft.reminder.kind} & _ALONE


def _may_go(draft: Draft, at: datetime, openings: Openings) -> bool:
    return openings.first(at, kind=draft.reminder.kind, topics=draft.rule.topics) == at


def _leads(draft: Draft) -> tuple[int, datetime]:
    return draft.reminder.kind.rank, draft.reminder.intended_at


def _at(draft: Draft, due_at: datetime) -> Draft:
    if draft.reminder.due_at == due_at:
        return draft
    return replace(draft, reminder=replace(draft.reminder, due_at=due_at))
