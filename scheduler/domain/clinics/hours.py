"""Hours of a week on a zone's wall clock: when a text may go, and when somebody answers the phone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from scheduler.domain.clinics import zones

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS_TO_SAME_DAY_NEXT_WEEK = 7


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open stretch of one local day: open at `opens`, shut at `closes`."""

    opens: time
    closes: time | None
    """None: until the day is over."""

    def __post_init__(self) -> None:
        """Refuse a stretch that has no inside, or that doesn't begin and end on a whole minute."""
        if self.closes is not None and self.closes <= self.opens:
            raise ValueError(
                f"hours must end after they start, not {self.opens:%H:%M}-{self.closes:%H:%M}: "
                "write 24:00 for the end of the day, and a night in two, 22:00-24:00 and 00:00-02:00"
            )
        if any(at.second or at.microsecond for at in (self.opens, self.closes) if at is not None):
            raise ValueError("hours begin and end on a whole minute: leave out the seconds")

    def holds(self, at: time) -> bool:
        """Whether the wall time is inside; the closing minute is outside."""
        return self.opens <= at and (self.closes is None or at < self.closes)


@dataclass(frozen=True, slots=True)
class WeekHours:
    """Spans for each weekday, Monday first; a day without spans is shut."""

    days: tuple[tuple[Span, ...], ...]

    def __post_init__(self) -> None:
        """Refuse anything but seven days of spans in order."""
        if len(self.days) != len(DAY_NAMES):
            raise ValueError("a week has seven days")
        for name, spans in zip(DAY_NAMES, self.days, strict=True):
            for before, after in pairwise(spans):
                if before.closes is None or after.opens < before.closes:
                    raise ValueError(f"the hours of {name} overlap: write them as one, or end one sooner")

    @classmethod
    def daily(cls, opens: time, closes: time | None) -> WeekHours:
        """The same hours every day."""
        return cls(((Span(opens, closes),),) * 7)

    def hold(self, at: datetime, zone_name: str) -> bool:
        """Whether the instant lies inside the hours on the zone's wall clock."""
        wall = zones.local(at, zone_name)
        return any(span.holds(wall.time()) for span in self.days[wall.weekday()])

    def wait(self, wall: datetime) -> timedelta | None:
        """How long a clock that nobody changes runs from the wall time to the next opening after it.

        None if the week has no hours.
        """
        clock = wall.replace(tzinfo=None)
        for ahead in range(_DAYS_TO_SAME_DAY_NEXT_WEEK + 1):
            day = clock.date() + timedelta(days=ahead)
            for span in self.days[day.weekday()]:
                opening = datetime.combine(day, span.opens)
                if opening > clock:
                    return opening - clock
        return None


DEFAULT_SENDING_HOURS = WeekHours.daily(time(8), time(20))


def next_open(hours: WeekHours, at: datetime, zone_name: str) -> datetime | None:
    """The first instant at or after `at` inside the hours, in UTC; None if the week has no hours at all.

    What the wall clock shows decides: hours that a clock change repeats are open twice, and an opening that a
    change skips is the moment at which the clock arrives behind it, if it arrives inside the hours.
    """
    moment = at.astimezone(UTC)
    while not hours.hold(moment, zone_name):
        wait = hours.wait(zones.local(moment, zone_name))
        if wait is None:
            return None
        moment = zones.next_change(moment, moment + wait, zone_name) or moment + wait
    return moment


def open_until(hours: WeekHours, at: datetime, zone_name: str) -> datetime:
    """When the stretch of hours around `at` shuts, in UTC; `at` itself outside the hours.

    Stretches that touch at midnight count as two: whoever hands over a deadline wants the earlier one.
    """
    wall = zones.local(at, zone_name)
    span = next((span for span in hours.days[wall.weekday()] if span.holds(wall.time())), None)
    if span is None:
        return at
    if span.closes is None:
        return zones.midnight_after(wall.date(), zone_name)
    return max(at, zones.instant(wall.date(), span.closes, zone_name))
