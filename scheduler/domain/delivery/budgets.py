"""How much a sender may take: a bucket of parts a second, parts a local day, and the money of a local month.

What is taken is an estimate that is corrected later, so a bucket, a day or a month may be owed something.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from scheduler.domain.clinics import zones


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a provider lets a sender have, and what the clinic pays for; None: no bound."""

    parts_per_second: float | None = None
    parts_per_day: int | None = None
    money_per_month: int | None = None
    """In millionths (`money`), as `price_per_part` is; a bound only where both are set."""
    price_per_part: int | None = None
    """What the provider takes for a part at most; above nothing."""
    zone: str = "UTC"
    """Whose days and months count: the clinic's, or UTC for a sender that several share."""

    @property
    def bounded(self) -> bool:
        """Whether there is any bound."""
        return not (self.parts_per_second is None and self.parts_per_day is None and self.money_per_month is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What was taken of a budget so far."""

    tokens: float | None = None
    """Parts left in the bucket, at `refilled_at`; below nothing where more was taken. None: never touched, so full."""
    refilled_at: datetime | None = None
    day: date | None = None
    """The local day that `parts_today` counts."""
    parts_today: int = 0
    month: date | None = None
    """The first day of the local month that `money` counts."""
    money: int = 0
    """In millionths: each part at the price of its time. It may be more than the month's, by what texts are longer."""


def as_of(budget: Budget, spent: Spent, now: datetime) -> Spent:
    """What was taken, as of now: the bucket refilled, a day and a month that are over forgotten."""
    today = zones.local(now, budget.zone).date()
    month = today.replace(day=1)
    tokens = _refilled(budget.parts_per_second, spent, now) if budget.parts_per_second is not None else None
    return Spent(
        tokens=tokens,
        refilled_at=now if tokens is not None else None,
        day=today,
        parts_today=spent.parts_today if spent.day == today else 0,
        month=month,
        money=spent.money if spent.month == month else 0,
    )


def allowed(budget: Budget, spent: Spent, now: datetime) -> int | None:
    """How many parts may be taken now, 0 or more; None: as many as there are."""
    current = as_of(budget, spent, now)
    bounds = [*_parts_in_time(budget, current), *_parts_paid(budget, current)]
    return min(bounds, default=None)


def claimable(budget: Budget, spent: Spent, limit: int, now: datetime) -> int:
    """How many reminders may be claimed of `limit`, whose parts aren't counted yet.

    A second and a day take them for one part each and are owed the rest. Money that is gone doesn't come back with
    time, so where it runs short each is taken for as long as one may be, down to the last part that is paid for.
    """
    current = as_of(budget, spent, now)
    bounds = [limit, *_parts_in_time(budget, current)]
    bounds += [min(paid, max(1, paid // _PARTS_OF_A_TEXT)) for paid in _parts_paid(budget, current)]
    return min(bounds)


def charge(budget: Budget, spent: Spent, parts: int, now: datetime) -> Spent:
    """What is spent after so many more parts; fewer than none gives back, and never more than a full bucket."""
    current = as_of(budget, spent, now)
    tokens = None
    if current.tokens is not None and budget.parts_per_second is not None:
        tokens = min(_capacity(budget.parts_per_second), current.tokens - parts)
    money = max(0, current.money + parts * (budget.price_per_part or 0))
    return replace(current, tokens=tokens, parts_today=max(0, current.parts_today + parts), money=money)


def spent_until(budget: Budget, spent: Spent, now: datetime) -> datetime | None:
    """When a part may be taken again; None if one may be taken now."""
    current = as_of(budget, spent, now)
    waits: list[datetime] = []
    if budget.parts_per_second is not None and current.tokens is not None and current.tokens + _ROUNDING < 1:
        waits.append(now + timedelta(seconds=(1 - current.tokens) / budget.parts_per_second))
    if budget.parts_per_day is not None and current.parts_today >= budget.parts_per_day:
        waits.append(zones.midnight_after(zones.local(now, budget.zone).date(), budget.zone))
    if 0 in _parts_paid(budget, current):
        waits.append(month_ends(budget, now))
    return max(waits, default=None)


def money_used_up(budget: Budget, spent: Spent, now: datetime) -> bool:
    """Whether what is left of the month's money pays for no further part."""
    return 0 in _parts_paid(budget, as_of(budget, spent, now))


def month_of(budget: Budget, now: datetime) -> date:
    """The first day of the local month of now."""
    return zones.local(now, budget.zone).date().replace(day=1)


def month_ends(budget: Budget, now: datetime) -> datetime:
    """The instant at which the next local month begins."""
    last_of_month = (month_of(budget, now) + _OVER_A_MONTH).replace(day=1) - timedelta(days=1)
    return zones.midnight_after(last_of_month, budget.zone)


_ROUNDING = 1e-6
"""A bucket that is this close to a part holds it: instants are kept in microseconds."""
_PARTS_OF_A_TEXT = 2
"""What a text may have; checking a protocol warns of longer ones."""
_OVER_A_MONTH = timedelta(days=31)
"""From the first of a month, a day of the next one."""


def _parts_in_time(budget: Budget, current: Spent) -> list[int]:
    bounds: list[int] = []
    if current.tokens is not None:
        bounds.append(max(0, math.floor(current.tokens + _ROUNDING)))
    if budget.parts_per_day is not None:
        bounds.append(max(0, budget.parts_per_day - current.parts_today))
    return bounds


def _parts_paid(budget: Budget, current: Spent) -> list[int]:
    """How many parts the rest of the month's money pays for; empty where it has no bound."""
    if budget.money_per_month is None or not budget.price_per_part:
        return []
    return [max(0, (budget.money_per_month - current.money) // budget.price_per_part)]


def _refilled(per_second: float, spent: Spent, now: datetime) -> float:
    if spent.tokens is None or spent.refilled_at is None:
        return _capacity(per_second)
    passed = max(0.0, (now - spent.refilled_at).total_seconds())
    return min(_capacity(per_second), spent.tokens + passed * per_second)


def _capacity(per_second: float) -> float:
    """A full bucket is one second's worth, and at least the part that a slow one saves up for."""
    return max(1.0, per_second)
