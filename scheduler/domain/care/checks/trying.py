"""The trials that checks look at: each different way through a protocol's rules once, as far as they differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from scheduler.domain.care.boundaries import BAND, DAYS_SINCE_LAST, ENDED_TIME, FLAGS, SESSION_NUMBER, conditions
from scheduler.domain.care.checks.cases import Case, Cases, told, weight
from scheduler.domain.care.conditions import Condition, Value, truth
from scheduler.domain.care.protocols import CareProtocol, ProtocolVersion
from scheduler.domain.care.samples import Sample, late_sample, plain_sample, variations
from scheduler.domain.care.trials import Trial, made_up_clinic, try_out
from scheduler.domain.care.windows import find_band

_ZONE = "Europe/London"
_MOST_PLANNED = 12_000
"""Rules planned in all trials, so that a protocol of many rules takes no longer than one of few."""
_FEWEST = 3
_MOST_TESTS = 150_000
"""Tests of facts made to find samples that differ."""


def trials(version: ProtocolVersion, cases: Cases) -> tuple[Trial, ...]:
    """Plans of plain sessions of every band, and of each with one thing that is special; the plainest first."""
    protocol, clinic = version.protocol, made_up_clinic(_ZONE)
    rules = 1 + len(protocol.windows) + len(protocol.modifiers) + len(protocol.reminders)
    most = max(_FEWEST, _MOST_PLANNED // rules)
    return tuple(try_out(version, sample, clinic) for sample in islice(_different(protocol, cases), most))


def _different(protocol: CareProtocol, cases: Cases) -> Iterator[Sample]:
    """Samples, none of which answers every condition as another one does."""
    asked = tuple(dict.fromkeys(conditions(protocol)))
    most = _MOST_TESTS // (1 + weight(asked))
    seen: set[tuple[object, ...]] = set()
    plain: list[Sample] = []
    for sample in islice(_of_each_band(protocol, cases), most):
        if _is_new(protocol, sample, asked, seen):
            plain.append(sample)
            yield sample
    yield from (late_sample(sample) for sample in plain)
    others = (other for sample in plain for other in variations(protocol, sample))
    yield from (sample for sample in islice(others, most) if _is_new(protocol, sample, asked, seen))


def _is_new(
    protocol: CareProtocol, sample: Sample, asked: tuple[Condition, ...], seen: set[tuple[object, ...]]
) -> bool:
    """Whether it answers otherwise than all before it, which it joins."""
    before = len(seen)
    seen.add(_answers(protocol, sample, asked))
    return len(seen) > before


def _of_each_band(protocol: CareProtocol, cases: Cases) -> Iterator[Sample]:
    plain = plain_sample(protocol)
    names = {name for band in protocol.bands for name in band.when.names()}
    yield plain
    for case in cases.of(*(band.when for band in protocol.bands)) or ():
        facts = {**plain.facts, **{name: value for name, value in case.items() if name in protocol.facts}}
        missing = names - case.keys()
        known = {name: value for name, value in facts.items() if name not in missing}
        special = [name for name in protocol.facts if name in names and known.get(name) != plain.facts.get(name)]
        yield replace(plain, name=told(known, special, protocol) or plain.name, facts=known)


def _answers(protocol: CareProtocol, sample: Sample, asked: tuple[Condition, ...]) -> tuple[object, ...]:
    facts = _facts(sample)
    band = find_band(protocol, facts)
    if band is not None:
        facts[BAND] = band.id
    return (facts.get(BAND), *(truth(condition, facts) for condition in asked))


def _facts(sample: Sample) -> Case:
    facts: dict[str, Value] = {
        **sample.facts,
        SESSION_NUMBER: float(sample.number),
        ENDED_TIME: sample.ended.time(),
        FLAGS: sample.flags,
    }
    if sample.days_since_last is not None:
        facts[DAYS_SINCE_LAST] = float(sample.days_since_last)
    return facts
