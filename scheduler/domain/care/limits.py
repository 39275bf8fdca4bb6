"""How many messages a patient gets: so many a day and a course, so far apart. What gives way is decided by rank."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from scheduler.domain.care import reasons, timing
from scheduler.domain.care.bundling import Bundle
from scheduler.domain.care.drafts import UNLIMITED, Draft, NotPlanned
from scheduler.domain.care.history import KnownReminder
from scheduler.domain.care.openings import Openings
from scheduler.domain.care.protocols import Duration, Unit
from scheduler.domain.care.reasons import Reason, Why
from scheduler.domain.clinics import zones
from scheduler.domain.clinics.clinics import Limits
from scheduler.domain.delivery.reminders import Identity

_A_DAY = Duration(1, Unit.DAYS)


class Room:
    """What is left of a patient's days and courses; each message that is given a place takes some of it.

    Messages count by the local date of their intended time, a bundle once, what went (or a person moved) first.
    """

    def __init__(self, limits: Limits, openings: Openings, days_0: Iterable[date]) -> None:
        self._limits = limits
        self._openings = openings
        self._days_0 = frozenset(days_0)
        self._days: Counter[date] = Counter()
        self._courses: Counter[str] = Counter()
        self._times: list[datetime] = []

    def take(self, day: date, sessions: Iterable[str], at: datetime) -> None:
        """Count one message: its intended day, the sessions that it is for, and when it goes."""
        self._days[day] += 1
        self._courses.update(set(sessions))
        insort(self._times, at)

    def place(self, bundle: Bundle) -> tuple[Bundle | None, list[NotPlanned]]:
        """The bundle where there is room for all or some of it, and what was left out.

        It moves day by day while it is useful; within a day, to the first time that keeps its distance.
        """
        left_out = [draft.refused(self._course_full()) for draft in bundle.drafts if not self._has_course(draft)]
        drafts = tuple(draft for draft in bundle.drafts if self._has_course(draft))
        # Who is left goes as if it had never been together with the others, which no re-planning will see again.
        start = max((draft.reminder.due_at for draft in drafts), default=bundle.due_at) if left_out else bundle.due_at
        while drafts:
            day = _day(drafts)
            room = self._days[day] < self._most(day)
            found = self._first_time(drafts, start) if room else start
            useful = tuple(draft for draft in drafts if found is not None and found < draft.reminder.useful_until)
            if useful != drafts:
                left_out += [draft.refused(Reason(Why.DAY_LIMIT)) for draft in drafts if draft not in useful]
                drafts = useful
            elif room and found is not None:
                return self._placed(bundle, drafts, found, day), left_out
            else:
                drafts = tuple(_a_day_later(draft) for draft in drafts)
                start = max(max(draft.reminder.intended_at, draft.floor) for draft in drafts)
        return None, left_out

    def _placed(self, bundle: Bundle, drafts: tuple[Draft, ...], due_at: datetime, day: date) -> Bundle:
        before, zone = bundle.due_at, drafts[0].course.zone
        self.take(day, (self._course(draft) for draft in drafts), due_at)
        meant_day = _day(bundle.drafts)
        if day != meant_day:
            why = reasons.moved(Why.DAY_MOVED, before, due_at, zone, most=self._most(meant_day))
        elif due_at > before:
            minutes = int(self._limits.apart.total_seconds() // 60)
            why = reasons.moved(Why.APART, before, due_at, zone, minutes=minutes)
        else:
            return Bundle(drafts=drafts, due_at=due_at)
        return Bundle(drafts=tuple(draft.because(why) for draft in drafts), due_at=due_at)

    def _first_time(self, drafts: tuple[Draft, ...], at: datetime) -> datetime | None:
        """The first time at or after an instant when all of them may go, far enough from what has a place."""
        if at == drafts[0].reminder.due_at and len(drafts) == 1 and self._apart(at) == at:
            return at  # it was found to be open when the rule gave it
        latest = max(draft.reminder.useful_until for draft in drafts)
        while at < latest:
            then = self._apart(at)
            for draft in drafts:
                opening = self._openings.first(then, kind=draft.reminder.kind, topics=draft.rule.topics)
                if opening is None:
                    return None
                then = max(then, opening)
            if then == at:
                return at
            at = then
        return None

    def _apart(self, at: datetime) -> datetime:
        """The instant itself, or the next one that what stands too near leaves free."""
        place = bisect_right(self._times, at - self._limits.apart)
        near = place < len(self._times) and self._times[place] < at + self._limits.apart
        return self._times[place] + self._limits.apart if near else at

    def _has_course(self, draft: Draft) -> bool:
        return self._courses[self._course(draft)] < self._limits.per_course

    def _course(self, draft: Draft) -> str:
        """The course that it counts in: its own, or one that it speaks for and that has room where its own has none."""
        open_ones = (one for one in draft.sessions if self._courses[one] < self._limits.per_course)
        return next(open_ones, draft.identity.session_id)

    def _most(self, day: date) -> int:
        return self._limits.day_0 if day in self._days_0 else self._limits.per_day

    def _course_full(self) -> Reason:
        return Reason(Why.COURSE_LIMIT, {"most": self._limits.per_course})


def count_sent(room: Room, rows: Iterable[KnownReminder], *, exempt: set[Identity], zone: str) -> None:
    """Take room for what went, or what a person moved: a bundle once, what limits leave alone not at all."""
    messages: dict[str, list[KnownReminder]] = {}
    for row in rows:
        if row.settled and row.identity not in exempt and row.kind not in UNLIMITED:
            messages.setdefault(row.bundled_into or row.id, []).append(row)
    for message in messages.values():
        first = min(message, key=lambda row: row.meant_at)
        day = zones.local(first.meant_at, zone).date()
        room.take(day, (row.identity.session_id for row in message), first.due_at)


def limited(bundles: Iterable[Bundle], room: Room) -> tuple[list[Bundle], list[Draft], list[NotPlanned]]:
    """The bundles where there is room for them, exempt drafts that must go without theirs, and what was left out.

    The lower rank gives way; at equal rank what is intended later, then what comes later in the rules.
    """
    alone: list[Draft] = []
    left_out: list[NotPlanned] = []
    split = [(bundle, *_split(bundle)) for bundle in bundles]
    stay = [bundle for bundle, counted, _ in split if not counted]
    for bundle, counted, exempt in sorted((one for one in split if one[1]), key=lambda one: _priority(one[1])):
        placed, refused = room.place(replace(bundle, drafts=counted) if exempt else bundle)
        left_out += refused
        if placed is not None and placed.due_at == bundle.due_at:
            placed = _together(bundle, (*placed.drafts, *exempt)) if exempt else placed
        else:
            alone += exempt
        stay += [placed] if placed is not None else []
    return stay, alone, left_out


def _together(bundle: Bundle, drafts: tuple[Draft, ...]) -> Bundle:
    """The bundle with what is left of it, in the same order."""
    order = [draft.identity for draft in bundle.drafts]
    return replace(bundle, drafts=tuple(sorted(drafts, key=lambda draft: order.index(draft.identity))))


def _split(bundle: Bundle) -> tuple[tuple[Draft, ...], tuple[Draft, ...]]:
    """Those that limits count, and those that they leave alone."""
    exempt = [draft.exempt for draft in bundle.drafts]
    counted = tuple(draft for draft, free in zip(bundle.drafts, exempt, strict=True) if not free)
    return counted, tuple(draft for draft, free in zip(bundle.drafts, exempt, strict=True) if free)


def _priority(counted: tuple[Draft, ...]) -> tuple[int, datetime]:
    return min((draft.reminder.kind.rank, draft.reminder.intended_at) for draft in counted)


def _day(drafts: tuple[Draft, ...]) -> date:
    """The day on which a message counts: its lead's."""
    return drafts[0].local_day(drafts[0].reminder.intended_at)


def _a_day_later(draft: Draft) -> Draft:
    reminder = draft.reminder
    intent = reminder.intent and replace(reminder.intent, day=reminder.intent.day + _A_DAY.elapsed)
    at = intent.instant() if intent else timing.extended(reminder.intended_at, _A_DAY, draft.course.zone)
    return replace(draft, reminder=replace(reminder, intent=intent, intended_at=at))
