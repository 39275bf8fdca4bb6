"""Planning in this process, with no database: how many sessions a second of one core the rule engine plans."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from time import process_time

from benchmarks.rows import Benchmark, Figures, Row, Setting
from scheduler.catalog.document import publishable
from scheduler.catalog.shipped import load_catalog
from scheduler.domain.care.fitting import fitting
from scheduler.domain.care.history import NOTHING_YET
from scheduler.domain.care.planning import Plan, Protocols, plan
from scheduler.domain.care.sessions import TreatmentSession, read_facts
from scheduler.domain.clinics import zones
from scheduler.domain.people.consent import Consent, Purpose, Word
from scheduler.domain.people.patients import Channel, ContactPoint, Line, Patient
from scheduler.services.clinics import new_clinic
from scheduler.settings.model import shipped_config

_FIRST = datetime(2026, 3, 3, 14, 30, tzinfo=UTC)
_APART = timedelta(weeks=4)
_FACTS = {"needle_mm": 0.5, "modality": "pen", "areas": ["face"]}
_CLINIC = new_clinic("Willow Skin", zone="Europe/London", country="GB", phone="020 7946 0018")
_PATIENT = Patient(
    id="patient",
    language="en",
    contacts=(ContactPoint(id="phone", channel=Channel.SMS, line=Line.MOBILE, value="+447700900101"),),
    consents=(Consent(channel=Channel.SMS, purpose=Purpose.CARE, word=Word.GIVEN, source="desk", at=_FIRST),),
)


def _protocols() -> Protocols:
    catalog = load_catalog(shipped_config())
    checked = publishable(catalog.sources["microneedling"], file="microneedling.toml", catalog=catalog)
    return {("microneedling", 1): checked.version(1)}


def _session(number: int, protocols: Protocols) -> TreatmentSession:
    ended_at = _FIRST + number * _APART
    return TreatmentSession(
        id=f"session-{number}",
        procedure="microneedling",
        version=1,
        ended_at=ended_at,
        day_0=zones.local(ended_at, _CLINIC.zone).date(),
        facts=read_facts(protocols["microneedling", 1].protocol, _FACTS),
        known_at=ended_at + timedelta(minutes=5),
    )


def _run(setting: Setting) -> Figures:
    protocols = _protocols()
    rounds, sessions = (3, 50) if setting.quick else (10, 400)
    makes = {number: partial(_plan, number, protocols) for number in (1, 5, 50)}
    for make in makes.values():
        make()  # reads zones and fills caches, as the first request of a process does
    taken = [
        {number: _seconds(make, max(1, sessions // number)) for number, make in makes.items()} for _ in range(rounds)
    ]
    yield "first", [1 / one[1] for one in taken]
    yield "fifth", [5 / one[5] for one in taken]
    yield "fifty", [50 / one[50] for one in taken]
    yield "fifty-times-one", [one[50] / one[1] for one in taken]


def _plan(number: int, protocols: Protocols) -> Plan:
    """The plan of a patient with this many sessions, just after the last one."""
    sessions = [_session(place, protocols) for place in range(number)]
    fits = fitting(_PATIENT, _CLINIC, sessions, protocols)
    return plan(_PATIENT, sessions, protocols, _CLINIC, NOTHING_YET, sessions[-1].known_at, fits=fits)


def _seconds(make: Callable[[], object], times: int) -> float:
    """Of processor time, what one call takes."""
    start = process_time()
    for _ in range(times):
        make()
    return (process_time() - start) / times


BENCHMARK = Benchmark(
    name="planning",
    title="Planning",
    about=(
        "The whole microneedling protocol that ships (every window, modifier and reminder rule) for a 0.5 mm pen "
        "session, bundled and held to the clinic's limits as plans in service are, and with the facts that staff gave "
        "read anew each time; by the processor time of one thread, with no database. A patient's plan is always made "
        "out of all their sessions, so the fifth session plans five: the rate counts each of them. Where time goes "
        "(a profile of one session): two fifths to the rules one by one (conditions, intended times, hours and "
        "reasons), a fifth to the session's windows and their merging, a third to seeing all reminders together, where "
        "making and measuring the texts that may go as one costs most. What is asked over and over is remembered: the "
        "instant of a wall-clock time, and the stretch that holds at an instant is found by bisection, so that fifty "
        "sessions cost less than fifty times one."
    ),
    rows=(
        Row(name="first", what="a patient's first session", unit="sessions/s", aim="at least 1,000"),
        Row(name="fifth", what="a patient with five sessions, four weeks apart", unit="sessions/s"),
        Row(name="fifty", what="a patient with fifty", unit="sessions/s"),
        Row(
            name="fifty-times-one", what="the plan of fifty as a multiple of that of one", unit="times", aim="under 60"
        ),
    ),
    run=_run,
)
