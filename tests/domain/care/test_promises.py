from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain.care.changes import diff
from scheduler.domain.care.planning import Plan
from scheduler.domain.care.protocols import (
    Add,
    After,
    AtLeast,
    AtWindowEnd,
    Band,
    CareProtocol,
    Duration,
    Modifier,
    NextBand,
    OnDays,
    ReminderRule,
    SendTime,
    Unit,
)
from scheduler.domain.care.sessions import TreatmentSession
from scheduler.domain.care.steps import PlannedReminder
from scheduler.domain.care.timing import end_after
from scheduler.domain.clinics import zones
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.clinics.hours import Span, WeekHours
from scheduler.domain.delivery.reminders import Kind
from scheduler.domain.people.consent import Purpose, Word
from scheduler.domain.people.patients import Patient
from tests.domain.care.builders import (
    YES,
    a_clinic,
    a_modifier,
    a_patient,
    a_protocol,
    a_rule,
    a_session,
    a_window,
    said,
    when,
)
from tests.domain.care.plans import a_plan, history_of, stored

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
conditions = st.sampled_from([when(), when(depth="D0"), when(unheard="of")])
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


@st.composite
def protocols(draw: st.DrawFn, procedure: str = "microneedling") -> CareProtocol:
    lengths = st.fixed_dictionaries(dict.fromkeys(("D0", "D1", "D2"), durations))
    windows = [replace(a_window(topic), until=draw(lengths), when=draw(conditions)) for topic in TOPICS]
    found: list[ReminderRule] = draw(st.lists(rules, max_size=3))
    named = [replace(rule, id=f"rule-{place}") for place, rule in enumerate(found)]
    return a_protocol(
        *named, procedure=procedure, bands=BANDS, windows=windows, modifiers=draw(st.lists(modifiers, max_size=3))
    )


@st.composite
def session_lists(draw: st.DrawFn) -> list[TreatmentSession]:
    """Sessions around a spring with clock changes in most zones."""
    starts = st.datetimes(datetime(2026, 3, 1), datetime(2026, 4, 20), timezones=st.just(UTC))  # noqa: DTZ001  bounds are naive
    return [
        a_session(
            f"s-{place}",
            ended_at=ended_at,
            procedure=draw(st.sampled_from(PROCEDURES)),
            known_at=ended_at + timedelta(hours=draw(st.integers(0, 100))),
            voided=draw(st.sampled_from([False, False, False, True])),
            facts={"depth": draw(st.sampled_from(["D0", "D1", "D2", "D9"]))},
        )
        for place, ended_at in enumerate(draw(st.lists(starts, min_size=1, max_size=4)))
    ]


clinics = st.sampled_from(CLINICS)
patients = st.sampled_from([a_patient(zone=zone, consents=AGREED) for zone in (None, *ZONES)])
pairs = st.tuples(protocols(), protocols("peel"))


def covers(after: Plan, before: Plan) -> bool:
    """Whether every stretch of the one plan lies inside one of the other."""
    return all(
        any(wider.start <= part.start and part.end <= wider.end for wider in after.windows.get(topic, ()))
        for topic, stretches in before.windows.items()
        for part in stretches
    )


def check_time(reminder: PlannedReminder, session: TreatmentSession, clinic: Clinic, zone: str) -> None:
    assert clinic.sending_hours.hold(reminder.due_at, zone)
    assert reminder.intended_at <= reminder.due_at < reminder.useful_until
    assert reminder.due_at >= session.known_at
    if reminder.kind in {Kind.CHECK, Kind.REBOOK}:
        assert OPENING.hold(reminder.due_at, clinic.zone)
        assert zones.local(reminder.due_at, clinic.zone).date() not in clinic.closed_days


@settings(max_examples=40)
@given(pairs, session_lists(), clinics, patients)
def test_a_window_never_ends_before_its_bands_own_end(
    found: tuple[CareProtocol, ...], sessions: list[TreatmentSession], clinic: Clinic, patient: Patient
) -> None:
    plan = a_plan(*found, sessions=sessions, clinic=clinic, patient=patient)

    windows = [window for parts in plan.windows.values() for part in parts for window in part.contributors]
    for window in windows:
        course = plan.courses[window.session_id]
        day_0, ended_at = course.session.day_0, course.session.ended_at
        assert window.end >= end_after(window.base, ended_at, day_0=day_0, zone=course.zone)
        assert window.end > window.start == ended_at


@settings(max_examples=40)
@given(pairs, session_lists(), modifiers)
def test_another_modifier_never_shortens_a_merged_window(
    found: tuple[CareProtocol, ...], sessions: list[TreatmentSession], more: Modifier
) -> None:
    needling, peel = found
    longer = replace(needling, modifiers=(*needling.modifiers, more))

    before, after = (a_plan(protocol, peel, sessions=sessions) for protocol in (needling, longer))

    assert covers(after, before)


@settings(max_examples=40)
@given(pairs, session_lists())
def test_another_session_never_shortens_a_merged_window(
    found: tuple[CareProtocol, ...], sessions: list[TreatmentSession]
) -> None:
    before, after = (a_plan(*found, sessions=some) for some in (sessions[:-1], sessions))

    assert covers(after, before)


@settings(max_examples=40)
@given(pairs, session_lists(), clinics, patients)
def test_nothing_goes_outside_its_hours_before_its_time_or_when_its_use_is_over(
    found: tuple[CareProtocol, ...], sessions: list[TreatmentSession], clinic: Clinic, patient: Patient
) -> None:
    plan = a_plan(*found, sessions=sessions, clinic=clinic, patient=patient, now=sessions[0].ended_at)

    by_id = {session.id: session for session in sessions}
    for reminder in plan.reminders:
        check_time(reminder, by_id[reminder.identity.session_id], clinic, patient.zone or clinic.zone)


@settings(max_examples=40)
@given(pairs, session_lists(), topics, times)
def test_what_waits_for_the_end_is_never_meant_for_a_time_at_which_any_session_still_forbids_it(
    found: tuple[CareProtocol, ...], sessions: list[TreatmentSession], named: tuple[str, ...], at: time
) -> None:
    rule = a_rule(kind=Kind.RESUME, send=AtWindowEnd(at), topics=named)

    plan = a_plan(*(replace(protocol, reminders=(rule,)) for protocol in found), sessions=sessions)

    held = [part for topic in named for part in plan.windows.get(topic, ())]
    for reminder in plan.reminders:
        assert not any(part.holds(reminder.intended_at) for part in held)


@settings(max_examples=40)
@given(pairs, session_lists().flatmap(lambda sessions: st.tuples(st.just(sessions), st.permutations(sessions))))
def test_the_plan_does_not_depend_on_the_order_of_the_sessions(
    found: tuple[CareProtocol, ...], orders: tuple[list[TreatmentSession], list[TreatmentSession]]
) -> None:
    now = orders[0][0].known_at

    one, other = (a_plan(*found, sessions=sessions, now=now) for sessions in orders)

    assert one == other


@settings(max_examples=40)
@given(pairs, session_lists(), clinics, patients, st.timedeltas(timedelta(0), timedelta(days=40)))
def test_planning_again_later_changes_nothing(
    found: tuple[CareProtocol, ...],
    sessions: list[TreatmentSession],
    clinic: Clinic,
    patient: Patient,
    waited: timedelta,
) -> None:
    now = max(session.known_at for session in sessions)
    first = a_plan(*found, sessions=sessions, clinic=clinic, patient=patient, now=now)
    rows = [stored(reminder, planned_at=now) for reminder in first.reminders]

    again = a_plan(
        *found, sessions=sessions, clinic=clinic, patient=patient, history=history_of(*rows), now=now + waited
    )

    assert diff(again, rows, now + waited).empty
