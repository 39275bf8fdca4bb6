"""Whether every session finds its band, every band its sessions, and every rule somebody it is for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from scheduler.domain.care.checks.cases import Case, Cases, told
from scheduler.domain.care.checks.findings import Called, RuleFinding, Severity
from scheduler.domain.care.conditions import ALWAYS, Condition, truth
from scheduler.domain.care.protocols import Band, CareProtocol


@dataclass(slots=True)
class _Seen:
    """What trying every case showed about the tables of bands, by their place."""

    wins: set[int] = field(default_factory=set)
    fits: dict[int, int] = field(default_factory=dict)
    """A table that holds, and the one above it that won."""
    overlaps: dict[int, tuple[int, Case]] = field(default_factory=dict)
    """A table with a condition that also holds where one of another band won, and the case."""
    gap: Case | None = None


def check_bands(protocol: CareProtocol, cases: Cases, called: Called) -> Iterator[RuleFinding]:
    """Gaps, tables that never win, and tables that share sessions with one above."""
    asked = [band.when for band in protocol.bands]
    found = cases.of(*asked) if asked else None
    if found is None:
        return
    seen = _try(protocol.bands, found)
    names = list(dict.fromkeys(name for condition in asked for name in condition.names()))
    if seen.gap is not None:
        yield RuleFinding(
            rule="",
            key="band",
            fault=f"fits no session with {told(seen.gap, names, protocol)}",
            mend="widen one or add a last one without when",
        )
    for place, band in enumerate(protocol.bands):
        yield from _lost(band, place, seen, called)
        if place in seen.overlaps and place in seen.wins:
            winner, case = seen.overlaps[place]
            yield RuleFinding(
                rule=called.bands[place],
                key="when",
                fault=f"also fits {told(case, names, protocol)}, where {called.bands[winner]} above wins",
                mend="make the two meet without overlap",
                severity=Severity.NOTE,
            )


def _try(bands: Sequence[Band], cases: Iterator[Case]) -> _Seen:
    seen = _Seen()
    for case in cases:
        fitting = [place for place, band in enumerate(bands) if truth(band.when, case) is True]
        if not fitting:
            seen.gap = seen.gap or case
            continue
        winner, *others = fitting
        seen.wins.add(winner)
        for place in others:
            seen.fits.setdefault(place, winner)
            if bands[place].when != ALWAYS and bands[place].id != bands[winner].id:
                seen.overlaps.setdefault(place, (winner, case))
    return seen


def _lost(band: Band, place: int, seen: _Seen, called: Called) -> Iterator[RuleFinding]:
    if place in seen.wins:
        return
    if place in seen.fits:
        yield RuleFinding(
            rule=called.bands[place],
            key="when" if band.when != ALWAYS else "id",
            fault=f"can't be reached, as {called.bands[seen.fits[place]]} and others above fit all of its sessions",
            mend="move it up or take it out",
        )
    else:
        yield _never(called.bands[place])


def check_conditions(protocol: CareProtocol, cases: Cases, called: Called) -> Iterator[RuleFinding]:
    """Windows, modifiers and reminders for which no session can ever be."""
    asked: list[tuple[str, Condition]] = [
        *zip(called.windows, (window.when for window in protocol.windows), strict=True),
        *zip(called.modifiers, (modifier.when for modifier in protocol.modifiers), strict=True),
        *zip(called.reminders, (reminder.when for reminder in protocol.reminders), strict=True),
    ]
    yield from (_never(rule) for rule, condition in asked if condition != ALWAYS and cases.impossible(condition))


def _never(rule: str) -> RuleFinding:
    return RuleFinding(
        rule=rule,
        key="when",
        fault="can never hold, as its parts contradict each other",
        mend="take one part out or put the two in any_of",
    )
