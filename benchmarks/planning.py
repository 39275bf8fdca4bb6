"""Planning in this process, with no database: how many sessions a second the rule engine turns into a plan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from time import perf_counter

from benchmarks.rows import Benchmark, Figures, Row, Setting
from scheduler.catalog.document import publishable
from scheduler.catalog.shipped import load_catalog
from scheduler.domain.care.history import NOTHING_YET
from scheduler.domain.care.planning import Protocols, plan
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
    rounds, plans = (3, 50) if setting.quick else (10, 200)
    for name, number in (("first", 1), ("fifth", 5)):
        sessions = [_session(place, protocols) for place in range(number)]
        now = sessions[-1].known_at
        make = partial(plan, _PATIENT, sessions, protocols, _CLINIC, NOTHING_YET, now)
        make()  # reads zones and fills caches, as the first request of a process does
        yield name, [plans * number / _seconds(make, plans) for _ in range(rounds)]


def _seconds(make: Callable[[], object], times: int) -> float:
    start = perf_counter()
    for _ in range(times):
        make()
    return perf_counter() - start


BENCHMARK = Benchmark(
    name="planning",
    title="Planning",
    about=(
        "The whole microneedling protocol that ships (every window, modifier and reminder rule) for a 0.5 mm pen "
        "session, in one thread and with no database. A patient's plan is always made out of all their sessions, so "
        "the fifth session plans five: the rate counts each of them."
    ),
    rows=(
        Row(name="first", what="a patient's first session", unit="sessions/s"),
        Row(name="fifth", what="a patient with five sessions, four weeks apart", unit="sessions/s"),
    ),
    run=_run,
)
