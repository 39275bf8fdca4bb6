"""Protocols, sessions, clinics and patients for property tests: small, mixed, and full of clock changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from hypothesis import strategies as st

from scheduler.domain.care.protocols import (
    Add,
    Advice,
    After,
    AtLeast,
    AtWindowEnd,
    Band,
    CareProtocol,
    Duration,
    NextBand,
    OnDays,
    ReminderRule,
    SendTime,
    Unit,
)
from scheduler.domain.care.sessions import TreatmentSession
from scheduler.domain.clinics.hours import Span, WeekHours
from scheduler.domain.delivery.reminders import Kind
from scheduler.domain.people.consent import Purpose, Word
from tests.domain.care.builders import (
    YES,
    a_clinic,
    a_modifier,
    a_patient,
    a_protocol,
    a_rule,
    a_session,
    a_topic,
    a_window,
    said,
    when,
    words,
)

BANDS = tuple(Band(id=name, when=when(depth=name)) for name in ("D0", "D1", "D2"))
TOPICS = ("acids", "makeup", "swim")
PROCEDURES = ("microneedling", "peel")
ZONES = ("Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati", "Asia/Beirut")
OPENING = WeekHours(((Span(time(9), time(12)), Span(time(13), time(17))),) * 5 + ((),) * 2)
CLOSED = [f"2026-{month:02}-{day:02}" for month in (3, 4, 5) for day in range(1, 31, 3)]
CLINICS = [a_clinic(opening_hours=OPENING, zone=zone, closed_days=CLOSED) for zone in ZONES]
AGREED = (*YES, said(Word.GIVEN, purpose=Purpose.MARKETING))
KINDS = [kind for kind in Kind if kind is not Kind.CORRECTION]

durations = st.one_of(
    st.builds(Duration, st.integers(1, 120), st.just(Unit.HOURS)),
    st.builds(Duration, st.integers(1, 15), st.just(Unit.DAYS)),
)
times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))
topics = st.lists(st.sampled_from(TOPICS), min_size=1, max_size=3, unique=True).map(tuple)
conditions = st.sampled_from([when(), when(), when(), when(depth="D0"), when(unheard="of")])
modifiers = st.builds(
    lambda effect, found, condition: a_modifier(effect, topics=found, condition=condition),
    st.one_of(st.builds(AtLeast, durations), st.builds(Add, durations), st.builds(NextBand, st.none() | durations)),
    topics,
    conditions,
)
sends: st.SearchStrategy[SendTime] = st.one_of(
    st.builds(After, durations),
    st.builds(OnDays, st.lists(st.integers(0, 12), min_size=1, max_size=3, unique=True).map(tuple), times),
    st.builds(AtWindowEnd, times),
)
rules = st.builds(
    lambda kind, send, found, useful_for: replace(a_rule(kind=kind, send=send, topics=found), useful_for=useful_for),
    st.sampled_from(KINDS),
    sends,
    topics,
    st.none() | durations,
)


_QUARTER = timedelta(minutes=15)


@st.composite
def protocols(draw: st.DrawFn, procedure: str = "microneedling") -> CareProtocol:
    lengths = st.fixed_dictionaries(dict.fromkeys(("D0", "D1", "D2"), durations))
    windows = [replace(a_window(topic), until=draw(lengths), when=draw(conditions)) for topic in TOPICS]
    found: list[ReminderRule] = draw(st.lists(rules, min_size=1, max_size=5))
    named = [replace(rule, id=f"rule-{place}", template=f"rule-{place}") for place, rule in enumerate(found)]
    named = [replace(rule, same_as=draw(st.sampled_from([None, *(other.id for other in named)]))) for rule in named]
    return a_protocol(
        *named, procedure=procedure, bands=BANDS, windows=windows, modifiers=draw(st.lists(modifiers, max_size=3))
    )


@st.composite
def session_lists(draw: st.DrawFn) -> list[TreatmentSession]:
    """Sessions within ten days of a spring with clock changes in most zones.

    On quarters of an hour, as the slow planner that the plans are compared with looks no closer.
    """
    first = datetime(2026, 3, 1, tzinfo=UTC) + draw(st.integers(0, 4800)) * _QUARTER
    starts = [first, *(first + quarters * _QUARTER for quarters in draw(st.lists(st.integers(0, 960), max_size=3)))]
    return [
        a_session(
            f"s-{place}",
            ended_at=ended_at,
            procedure=draw(st.sampled_from(PROCEDURES)),
            known_at=ended_at + timedelta(hours=draw(st.sampled_from([0, 0, 0, 1, 20, 40, 100]))),
            voided=draw(st.sampled_from([False, False, False, False, True])),
            facts={"depth": draw(st.sampled_from(["D0", "D1", "D1", "D2", "D2", "D9"]))},
        )
        for place, ended_at in enumerate(starts)
    ]


clinics = st.sampled_from(CLINICS)
patients = st.sampled_from([a_patient(zone=zone, consents=AGREED) for zone in (None, *ZONES)])
pairs = st.tuples(protocols(), protocols("peel"))
WORDS = (words("catch-up"), words("correction"))
TOLD = tuple(a_topic(topic) for topic in TOPICS)
OPPOSED = (a_topic("acids"), a_topic("makeup", opposes="swim"), a_topic("swim", Advice.DO))
