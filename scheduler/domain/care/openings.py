"""When a message may go for a patient: inside the hours, and while no window of theirs speaks against it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.care.merging import Merged, holding
from scheduler.domain.care.opposites import Opposites
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.clinics.openings import first_allowed
from scheduler.domain.delivery.reminders import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Openings:
    """The hours of a clinic on the patient's wall clock, and the patient's windows."""

    clinic: Clinic
    zone: str
    merged: Merged
    opposed: Opposites

    def first(self, at: datetime, *, kind: Kind, topics: Iterable[str]) -> datetime | None:
        """The first instant at or after `at` when a message on these topics may go; None if there is none soon."""
        allowed = self.hours(at, kind)
        while allowed is not None and (until := self.against(allowed, kind=kind, topics=topics)) is not None:
            allowed = self.hours(until, kind)
        return allowed

    def hours(self, at: datetime, kind: Kind) -> datetime | None:
        """The first instant at or after `at` inside the hours of a message of this kind."""
        return first_allowed(self.clinic, at, zone=self.zone, staffed=kind.keeps_opening_hours)

    def against(self, at: datetime, *, kind: Kind, topics: Iterable[str]) -> datetime | None:
        """Until when a window speaks against it: one of what it permits, or the opposite of what it asks for."""
        found: datetime | None = None
        for topic in topics:
            permitted = (topic,) if kind is Kind.RESUME else ()
            for name in (*permitted, *self.opposed.get(topic, ())):
                part = holding(self.merged, name, at)
                if part is not None and (found is None or part.end > found):
                    found = part.end
        return found
