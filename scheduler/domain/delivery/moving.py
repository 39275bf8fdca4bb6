"""To when a message may be moved: the times that are offered, and whether one that a person chose will do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from scheduler.domain.clinics import zones
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.clinics.openings import first_allowed
from scheduler.domain.delivery.reminders import Kind

_LATER = timedelta(hours=2)
_STEP = timedelta(minutes=30)
_MORNING = time(10)
_MOST_DAYS = 14


class Offer(StrEnum):
    """What a person would say."""

    LATER_TODAY = "later today"
    TOMORROW = "tomorrow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Movable:
    """A message with what limits when it may go."""

    clinic: Clinic
    zone: str
    """The patient's, by which sending hours count."""
    kind: Kind
    due_at: datetime
    useful_until: datetime

    def goes(self, at: datetime) -> datetime | None:
        """When it goes if it is due then: at once, or in the next hours in which it may; None where there are none."""
        return first_allowed(self.clinic, at, zone=self.zone, staffed=self.kind.keeps_opening_hours)

    def fits(self, at: datetime, now: datetime) -> bool:
        """Whether it goes at that very moment, and is of use then."""
        return now < at < self.useful_until and self.goes(at) == at


def offers(movable: Movable, now: datetime) -> tuple[tuple[Offer, datetime], ...]:
    """Later today and tomorrow at ten on the clinic's clock, as far as they fit and are another time than it has."""
    zone = movable.clinic.zone
    today = zones.local(now, zone).date()
    later = _rounded(now + _LATER)
    found = [(Offer.TOMORROW, zones.instant(today + timedelta(days=1), _MORNING, zone))]
    if zones.local(later, zone).date() == today:
        found.insert(0, (Offer.LATER_TODAY, later))
    return tuple((offer, at) for offer, at in found if movable.fits(at, now) and at != movable.due_at)


def days(movable: Movable, now: datetime) -> tuple[date, ...]:
    """The clinic's days on which it is of use, today first; of a long time the first two weeks."""
    zone = movable.clinic.zone
    first = zones.local(now, zone).date()
    last = zones.local(movable.useful_until - timedelta(microseconds=1), zone).date()
    count = min((last - first).days + 1, _MOST_DAYS)
    return tuple(first + timedelta(days=place) for place in range(max(count, 0)))


def _rounded(at: datetime) -> datetime:
    """The next half hour."""
    past = timedelta(minutes=at.minute, seconds=at.second, microseconds=at.microsecond) % _STEP
    return at if not past else at + _STEP - past
