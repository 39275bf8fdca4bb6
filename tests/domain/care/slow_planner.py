"""A slow, obvious planner that the real one is compared with: it looks at every quarter of an hour.

It knows what the strategies make: sessions that nothing was sent for yet, one channel, topics without opposites.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from scheduler.domain.care.protocols import (
    Add,
    After,
    AtLeast,
    CareProtocol,
    Duration,
    Modifier,
    OnDays,
    ReminderRule,
    Unit,
    WindowRule,
)
from scheduler.domain.care.sessions import TreatmentSession
from scheduler.domain.clinics import zones
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Kind

QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)
USEFUL = {Kind.SAFETY: 72, Kind.CHECK: 168, Kind.RESUME: 72, Kind.REASSURE: 24, Kind.REBOOK: 336}
BANDS = ("D0", "D1", "D2")


@dataclass(slots=True)
class Slow:
    """One message."""

    place: int
    session: TreatmentSession
    rule: ReminderRule
    occurrence: int
    ends: dict[str, datetime]
    intended: datetime
    due: datetime
    useful: datetime
    floor: datetime
    lead: Slow | None = None

    @property
    def name(self) -> tuple[str, str, int]:
        return self.session.id, self.rule.id, self.occurrence


@dataclass(slots=True)
class World:
    """One patient of one clinic."""

    protocols: dict[str, CareProtocol]
    sessions: list[TreatmentSession]
    clinic: Clinic
    zone: str
    now: datetime
    size: int | None
    """How many reminders a message has room for; None: no bundles and no limits."""
    spans: dict[str, dict[str, tuple[datetime, datetime]]] = field(default_factory=dict)

    def holds(self, topic: str, at: datetime) -> bool:
        return any(start <= at < end for start, end in self.spans.get(topic, {}).values())

    def end(self, topic: str, session: TreatmentSession) -> datetime:
        """When the topic stops holding for the patient: one window touching another goes on in it."""
        end = self.spans[topic][session.id][1]
        while self.holds(topic, end):
            end = max(stop for start, stop in self.spans[topic].values() if start <= end < stop)
        return end

    def may_go(self, rule: ReminderRule, at: datetime) -> bool:
        wall, desk = zones.local(at, self.zone), zones.local(at, self.clinic.zone)
        if not any(span.holds(wall.time()) for span in self.clinic.sending_hours.days[wall.weekday()]):
            return False
        if rule.kind in {Kind.CHECK, Kind.REBOOK}:
            spans = self.clinic.opening_hours.days[desk.weekday()] if self.clinic.opening_hours else ()
            if desk.date() in self.clinic.closed_days or not any(span.holds(desk.time()) for span in spans):
                return False
        return rule.kind is not Kind.RESUME or not any(self.holds(topic, at) for topic in rule.topics)

    def first(
        self, rules: Sequence[ReminderRule], at: datetime, before: datetime, taken: Sequence[datetime] = ()
    ) -> datetime | None:
        """The first quarter at or after an instant when all may go and nothing else goes within the hour."""
        while at < before:
            if all(self.may_go(rule, at) for rule in rules) and all(abs(at - other) >= HOUR for other in taken):
                return at
            at += QUARTER
        return None


def slow_plan(world: World) -> list[Slow]:
    """The messages, in the order of sessions and rules."""
    world.sessions = sorted((one for one in world.sessions if not one.voided), key=lambda one: (one.ended_at, one.id))
    for session in world.sessions:
        _open_windows(world, session)
    found = [slow for session in world.sessions for slow in _of_session(world, session)]
    for place, slow in enumerate(found):
        slow.place = place
    found = _once_a_day(world, found)
    if world.size is not None:
        found = _once_a_day(world, _limited(world, _bundled(world, found)))
    return sorted(found, key=lambda slow: slow.place)


def _open_windows(world: World, session: TreatmentSession) -> None:
    protocol = world.protocols[session.procedure]
    band = session.facts["depth"]
    for window in protocol.windows:
        if band not in window.until or not _applies(window.when, session):
            continue
        ends = [_end(world, session, window.until[str(band)])]
        ends += [
            _proposed(world, session, window, modifier)
            for modifier in protocol.modifiers
            if window.topic in modifier.topics and _applies(modifier.when, session)
        ]
        world.spans.setdefault(window.topic, {})[session.id] = (session.ended_at, max(ends))


def _proposed(world: World, session: TreatmentSession, window: WindowRule, modifier: Modifier) -> datetime:
    band, effect = str(session.facts["depth"]), modifier.effect
    own = _end(world, session, window.until[band])
    if isinstance(effect, AtLeast):
        return _end(world, session, effect.length)
    if isinstance(effect, Add):
        return _later(world, own, effect.more)
    if band in BANDS[:-1]:
        return _end(world, session, window.until[BANDS[BANDS.index(band) + 1]])
    return _later(world, own, effect.at_deepest) if effect.at_deepest else own


def _applies(condition: object, session: TreatmentSession) -> bool:
    tests = condition.tests  # type: ignore[attr-defined]  # a Condition of the strategies: one test at most
    return all(session.facts.get(test.name) == test.test.value for test in tests)


def _end(world: World, session: TreatmentSession, length: Duration) -> datetime:
    if length.unit is Unit.HOURS:
        return session.ended_at + timedelta(hours=length.count)
    day = session.day_0 + timedelta(days=length.count)
    end = zones.midnight_after(day, world.zone)
    enough = end - session.ended_at >= timedelta(days=length.count)
    return end if enough else zones.midnight_after(day + timedelta(days=1), world.zone)


def _later(world: World, end: datetime, more: Duration) -> datetime:
    if more.unit is Unit.HOURS:
        return end + timedelta(hours=more.count)
    wall = zones.local(end, world.zone)
    return (wall.replace(fold=0) + timedelta(days=more.count)).astimezone(UTC)


def _of_session(world: World, session: TreatmentSession) -> Iterator[Slow]:
    for rule in world.protocols[session.procedure].reminders:
        ends = {topic: world.end(topic, session) for topic in rule.topics if session.id in world.spans.get(topic, {})}
        days = rule.send.days if isinstance(rule.send, OnDays) else (0,)
        for day in days if ends else ():
            slow = _meant(world, session, rule, day if len(days) > 1 else 0, ends, day)
            due = world.first([rule], max(slow.intended, slow.floor), slow.useful)
            if due is not None:
                slow.due = due
                yield slow


def _meant(
    world: World, session: TreatmentSession, rule: ReminderRule, occurrence: int, ends: dict[str, datetime], day: int
) -> Slow:
    end = max(ends.values())
    if isinstance(rule.send, After):
        at = session.ended_at + rule.send.delay.elapsed
    elif isinstance(rule.send, OnDays):
        at = zones.instant(session.day_0 + timedelta(days=day), rule.send.at, world.zone)
    else:
        at = _at(world, end, rule)
        while any(world.holds(topic, at) for topic in rule.topics):
            end += QUARTER
            if not any(world.holds(topic, end) for topic in rule.topics):
                at = _at(world, end, rule)
    start = end if rule.kind is Kind.RESUME else at
    useful = start + timedelta(hours=USEFUL[rule.kind]) if rule.kind in USEFUL else end
    useful = start + rule.useful_for.elapsed if rule.useful_for else useful
    floor = max(session.known_at, world.now)
    return Slow(0, session, rule, occurrence, ends, at, at, useful, floor)


def _at(world: World, end: datetime, rule: ReminderRule) -> datetime:
    day = zones.local(end, world.zone).date()
    at = zones.instant(day, rule.send.at, world.zone)  # type: ignore[union-attr]  # only called for the end of a window
    return at if at >= end else zones.instant(day + timedelta(days=1), rule.send.at, world.zone)  # type: ignore[union-attr]  # as above


def _once_a_day(world: World, found: list[Slow]) -> list[Slow]:
    def preference(slow: Slow) -> tuple[float, float, int]:
        at = slow.intended.timestamp()
        return (
            -max(end.timestamp() for end in slow.ends.values()),
            -at if slow.rule.kind is Kind.RESUME else at,
            slow.place,
        )

    def days(slow: Slow) -> set[date]:
        natural = world.first(
            [replace(slow.rule, topics=())], max(slow.intended, slow.session.known_at), datetime.max.replace(tzinfo=UTC)
        )
        return {zones.local(at, world.zone).date() for at in (slow.due, natural) if at is not None}

    kept: list[Slow] = []
    for slow in sorted(found, key=preference):
        if not any(_same(world, slow, other) and days(slow) & days(other) for other in kept):
            kept.append(slow)
    return sorted(kept, key=lambda slow: slow.place)


def _same(world: World, one: Slow, other: Slow) -> bool:
    if _templates(world, one) & _templates(world, other):
        return True
    alike = one.rule.id in {other.rule.id, other.rule.same_as} or one.rule.same_as == other.rule.id
    return one.session.procedure == other.session.procedure and (
        alike or (one.rule.same_as is not None and one.rule.same_as == other.rule.same_as)
    )


def _templates(world: World, slow: Slow) -> set[str]:
    """Its own, and that of the rule that it says the same as."""
    rules = world.protocols[slow.session.procedure].reminders
    return {rule.template for rule in rules if rule.id in {slow.rule.id, slow.rule.same_as}}


def _bundled(world: World, found: list[Slow]) -> list[list[Slow]]:
    waiting = sorted(found, key=lambda slow: (slow.due, slow.place))
    bundles: list[list[Slow]] = []
    while waiting:
        bundle = [waiting.pop(0)]
        first = bundle[0].due
        for slow in list(waiting):
            together = [*bundle, slow]
            alone = any(one.rule.kind in {Kind.SAFETY, Kind.REBOOK} for one in together)
            if slow.due - first > HOUR or alone or len(together) > (world.size or 0):
                continue
            if all(slow.due < one.useful and world.may_go(one.rule, slow.due) for one in together):
                bundle = together
                waiting.remove(slow)
        bundles.append(bundle)
    return bundles


def _limited(world: World, bundles: list[list[Slow]]) -> list[Slow]:
    used: list[tuple[date, datetime, set[str]]] = []
    out: list[Slow] = []
    for bundle in bundles:
        bundle.sort(key=lambda slow: (slow.rule.kind.rank, slow.intended))
    for bundle in sorted(bundles, key=lambda bundle: (bundle[0].rule.kind.rank, bundle[0].intended)):
        if bundle[0].rule.kind is Kind.SAFETY:
            out += bundle
            continue
        most = world.clinic.limits.per_course
        left = [slow for slow in bundle if sum(slow.session.id in of for _, _, of in used) < most]
        found = _with_room(world, left, used)
        if found is not None:
            left, at = found
            used.append((zones.local(left[0].intended, world.zone).date(), at, {slow.session.id for slow in left}))
            for slow in left:
                slow.due, slow.lead = at, left[0] if slow is not left[0] else None
            out += left
    return out


def _with_room(
    world: World, left: list[Slow], used: Sequence[tuple[date, datetime, set[str]]]
) -> tuple[list[Slow], datetime] | None:
    limits, days_0 = world.clinic.limits, {session.day_0 for session in world.sessions}
    taken = [at for _, at, _ in used]
    start = max((slow.due for slow in left), default=world.now)
    while left:
        day = zones.local(left[0].intended, world.zone).date()
        room = sum(other == day for other, _, _ in used) < (limits.day_0 if day in days_0 else limits.per_day)
        last = max(slow.useful for slow in left)
        at = world.first([slow.rule for slow in left], start, last, taken) if room else start
        useful = [slow for slow in left if at is not None and at < slow.useful]
        if useful == left and room and at is not None:
            return left, at
        if useful == left:
            for slow in left:
                _move_a_day(world, slow)
            start = max(max(slow.intended, slow.floor) for slow in left)
        left = useful
    return None


def _move_a_day(world: World, slow: Slow) -> None:
    wall = zones.local(slow.intended, world.zone)
    at = wall.time() if isinstance(slow.rule.send, After) else slow.rule.send.at
    slow.intended = zones.instant(wall.date() + timedelta(days=1), at, world.zone)
