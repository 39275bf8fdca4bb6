"""Whether each modifier makes at least one window longer for somebody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scheduler.domain.care.boundaries import BAND
from scheduler.domain.care.checks.cases import Cases
from scheduler.domain.care.checks.findings import Called, RuleFinding, Severity
from scheduler.domain.care.protocols import Add, AtLeast, CareProtocol, Duration, Modifier, Unit, WindowRule


def check_modifiers(protocol: CareProtocol, cases: Cases, called: Called) -> Iterator[RuleFinding]:
    """Modifiers of topics without a window; those that change nothing by a note, as some stand there to be sure."""
    windows: dict[str, list[WindowRule]] = {}
    for window in protocol.windows:
        windows.setdefault(window.topic, []).append(window)
    for rule, modifier in zip(called.modifiers, protocol.modifiers, strict=True):
        without = [topic for topic in modifier.topics if topic not in windows]
        if without:
            yield RuleFinding(
                rule=rule,
                key="topics",
                fault=f"names {', '.join(without)}, which has no [[window]] here",
                mend="take it out or add the window",
            )
            continue
        longest = [window for topic in modifier.topics for window in windows[topic]]
        if not cases.impossible(modifier.when) and not _lengthens(protocol, modifier, longest, cases):
            yield RuleFinding(
                rule=rule,
                key="effect",
                fault="makes nothing longer, as its windows last at least as long by themselves",
                mend="write a longer time or take the modifier out",
                severity=Severity.NOTE,
            )


def _lengthens(protocol: CareProtocol, modifier: Modifier, windows: Iterable[WindowRule], cases: Cases) -> bool:
    """Whether it proposes more than the window's own length in some band; true where that can't be told."""
    if isinstance(modifier.effect, Add):
        return True
    fitting = cases.fitting(modifier.when)
    if fitting is None:
        return True
    bands = {str(case.get(BAND, "")) for case in fitting}
    return any(_longer(protocol, modifier, window, band) for band in bands for window in windows)


def _longer(protocol: CareProtocol, modifier: Modifier, window: WindowRule, band: str) -> bool:
    own, effect = window.length(band), modifier.effect
    if own is None:
        return False
    if isinstance(effect, AtLeast):
        return _later(effect.length, own)
    order = protocol.band_order
    place = order.index(band) + 1 if band in order else len(order)
    if place >= len(order):
        return getattr(effect, "at_deepest", None) is not None
    deeper = window.length(order[place])
    return deeper is not None and _later(deeper, own)


def _later(one: Duration, other: Duration) -> bool:
    """Whether the first can end after the second: of two that last as long, days end at midnight."""
    if one.elapsed == other.elapsed:
        return one.unit is Unit.DAYS and other.unit is not Unit.DAYS
    return one.elapsed > other.elapsed
