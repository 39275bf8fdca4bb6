"""Conditions alone, against other engines that read conditions: the same ones, on the same facts, in turns."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from time import process_time
from typing import Any

from benchmarks.rows import Benchmark, Figures, Row, Setting
from benchmarks.stores import CannotRun
from scheduler.catalog.document import publishable
from scheduler.catalog.shipped import load_catalog
from scheduler.domain.care.boundaries import BAND, conditions, values
from scheduler.domain.care.conditions import ALWAYS, Condition, Facts, truth
from scheduler.domain.care.protocols import DERIVED_FACTS, CareProtocol
from scheduler.domain.care.windows import find_band
from scheduler.settings.model import shipped_config

_SESSIONS = 24
_STEP = 7
"""Each fact walks through its values at a pace of its own, so that sessions differ in more than one."""
Ask = Callable[[], object]


def _run(setting: Setting) -> Figures:
    peers = _peers()
    asks: dict[str, list[Ask]] = {"ours": [], "rule-engine": [], "cel-python": []}
    for protocol in _protocols():
        sessions = list(_sessions(protocol))
        for condition in conditions(protocol):
            if condition != ALWAYS:
                asks["ours"] += [_ask(condition, facts) for facts in sessions]
                asks["rule-engine"] += peers.rule_engine_asks(condition, sessions)
                asks["cel-python"] += peers.cel_asks(condition, sessions)
    _check(asks)
    rounds = 2 if setting.quick else 10
    taken = [{name: _rate(each) for name, each in asks.items()} for _ in range(rounds)]
    for name in asks:
        yield name, [one[name] for one in taken]
    for name in ("rule-engine", "cel-python"):
        yield f"times-{name}", [one["ours"] / one[name] for one in taken]


def _peers() -> Any:  # noqa: ANN401  a module that is there only where the peers are
    try:
        return importlib.import_module("benchmarks.condition_peers")
    except ImportError as error:
        message = f"{error.name} isn't installed; make bench does it"
        raise CannotRun(message) from error


def _protocols() -> Iterator[CareProtocol]:
    catalog = load_catalog(shipped_config())
    for name, source in catalog.sources.items():
        yield publishable(source, file=f"{name}.toml", catalog=catalog).version(1).protocol


def _sessions(protocol: CareProtocol) -> Iterator[Facts]:
    """Facts around every threshold that the protocol names, and without them; with the band that they fall into."""
    asked = list(conditions(protocol))
    names = [*protocol.facts, *(name for name in DERIVED_FACTS if name != BAND)]
    possible = [(name, values(name, protocol.facts.get(name), asked)) for name in names]
    for number in range(_SESSIONS):
        chosen = ((name, each[number * (place + _STEP) % len(each)]) for place, (name, each) in enumerate(possible))
        facts = {name: value for name, value in chosen if value is not None}
        band = find_band(protocol, facts)
        yield facts if band is None else {**facts, BAND: band.id}


def _ask(condition: Condition, facts: Facts) -> Ask:
    return lambda: truth(condition, facts) is True


def _check(asks: dict[str, list[Ask]]) -> None:
    """A figure counts only if all three answer alike, and not always the same."""
    ours = [bool(ask()) for ask in asks["ours"]]
    for name, theirs in asks.items():
        if [bool(ask()) for ask in theirs] != ours:
            message = f"{name} answers otherwise"
            raise RuntimeError(message)
    if len(set(ours)) == 1:
        message = "every condition has the same answer"
        raise RuntimeError(message)


def _rate(asks: Sequence[Ask]) -> float:
    start = process_time()
    for ask in asks:
        ask()
    return len(asks) / (process_time() - start)


BENCHMARK = Benchmark(
    name="conditions",
    title="Conditions",
    about=(
        "Every condition of the protocols that ship (bands, windows, modifiers, reminder rules), each asked of "
        f"{_SESSIONS} sessions around its thresholds, some with facts missing: by us, by rule-engine and cel-python, "
        "in turns and by processor time, with equal answers or no figure. Theirs are parsed and their facts made ready "
        "beforehand, and each of their tests asks first whether the fact is there, which our three-valued truth does "
        "by itself."
    ),
    rows=(
        Row(name="ours", what="this project", unit="conditions/s"),
        Row(name="rule-engine", what="rule-engine", unit="conditions/s"),
        Row(name="cel-python", what="cel-python", unit="conditions/s"),
        Row(name="times-rule-engine", what="ours as a multiple of rule-engine", unit="times", aim="at least 3"),
        Row(name="times-cel-python", what="ours as a multiple of cel-python", unit="times", aim="at least 3"),
    ),
    run=_run,
)
