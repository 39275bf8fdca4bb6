"""How much a sender may take: a bucket of parts a second, and parts a local day.

What is taken is an estimate that is corrected later, so a bucket may be owed something.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from scheduler.domain.clinics import zones


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a provider lets a sender have; None: no bound."""

    parts_per_second: float | None = None
    parts_per_day: int | None = None
    zone: str = "UTC"
    """Whose days count: the clinic's, or UTC for a sender that several share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What was taken of a budget so far."""

    tokens: float | None = None
    """Parts left in the bucket, at `refilled_at`; below nothing where more was taken. None: never touched, so full."""
    refilled_at: datetime | None = None
    day: date | None = None
    """The local day that `parts_today` counts."""
    parts_today: int = 0


def allowed(budget: Budget, spent: Spent, now: datetime) -> int | None:
    """How many parts may be taken now, 0 or more; None: as many as there are."""
    current = _at(budget, spent, now)
    bounds: list[int] = []
    if current.tokens is not None:
        bounds.append(max(0, math.floor(current.tokens + _ROUNDING)))
    if budget.parts_per_day is not None:
        bounds.append(max(0, budget.parts_per_day - current.parts_today))
    return min(bounds, default=None)


def charge(budget: Budget, spent: Spent, parts: int, now: datetime) -> Spent:
    """What is spent after so many more parts; fewer than none gives back, and never more than a full bucket."""
    current = _at(budget, spent, now)
    tokens = None
    if current.tokens is not None and budget.parts_per_second is not None:
        tokens = min(_capacity(budget.parts_per_second), current.tokens - parts)
    return replace(current, tokens=tokens, parts_today=max(0, current.parts_today + parts))


def spent_until(budget: Budget, spent: Spent, now: datetime) -> datetime | None:
    """When a part may be taken again; None if one may be taken now."""
    current = _at(budget, spent, now)
    waits: list[datetime] = []
    if budget.parts_per_second is not None and current.tokens is not None and current.tokens + _ROUNDING < 1:
        waits.append(now + timedelta(seconds=(1 - current.tokens) / budget.parts_per_second))
    if budget.parts_per_day is not None and current.parts_today >= budget.parts_per_day:
        waits.append(zones.midnight_after(zones.local(now, budget.zone).date(), budget.zone))
    return max(waits, default=None)


_ROUNDING = 1e-6
"""A bucket that is this close to a part holds it: instants are kept in microseconds."""


def _at(budget: Budget, spent: Spent, now: datetime) -> Spent:
    """The same as of now: the bucket refilled, a day that is over forgotten."""
    today = zones.local(now, budget.zone).date()
    parts_today = spent.parts_today if spent.day == today else 0
    tokens = _refilled(budget.parts_per_second, spent, now) if budget.parts_per_second is not None else None
    return Spent(tokens=tokens, refilled_at=now if tokens is not None else None, day=today, parts_today=parts_today)


def _refilled(per_second: float, spent: Spent, now: datetime) -> float:
    if spent.tokens is None or spent.refilled_at is None:
        return _capacity(per_second)
    passed = max(0.0, (now - spent.refilled_at).total_seconds())
    return min(_capacity(per_second), spent.tokens + passed * per_second)


def _capacity(per_second: float) -> float:
    """A full bucket is one second's worth, and at least the part that a slow one saves up for."""
    return max(1.0, per_second)
