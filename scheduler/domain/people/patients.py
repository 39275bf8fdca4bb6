"""A patient as rules see them: where they can be reached, what a clinician flagged, what they agreed to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scheduler.domain.people.consent import Consent


class Channel(StrEnum):
    """A way to a patient."""

    SMS = "sms"
    EMAIL = "email"


class Line(StrEnum):
    """What kind of line a number is, as far as its numbering plan tells."""

    MOBILE = "mobile"
    """Also where the plan can't tell mobile from landline (United States, Canada)."""
    LANDLINE = "landline"
    """Kept for calls; never texted."""
    EMAIL = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPoint:
    """A number or address of a patient; two patients may share one."""

    id: str
    channel: Channel
    line: Line
    value: str
    """E.164 number or email address."""

    @property
    def takes_messages(self) -> bool:
        """Whether a message can go there at all."""
        return self.line is not Line.LANDLINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A named clinician's own end for one topic of one session: the only thing that may shorten a window."""

    session_id: str
    topic: str
    until: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """What planning and the gate know of a person."""

    id: str
    language: str
    zone: str | None = None
    """IANA zone where it differs from the clinic's; never guessed from a number."""
    flags: frozenset[str] = frozenset()
    """What a clinician recorded; a flag that isn't here is false."""
    contacts: tuple[ContactPoint, ...] = ()
    """Oldest first; the newest point of a channel is the one used."""
    consents: tuple[Consent, ...] = ()
    """Oldest first, append only."""
    overrides: tuple[Override, ...] = ()
    private: bool = False
    """Wants no details on the lock screen."""
    paused: bool = False
    erased: bool = False

    def contact(self, channel: Channel) -> ContactPoint | None:
        """The newest contact point of the channel that takes messages; else the newest at all; else None."""
        points = [point for point in self.contacts if point.channel is channel]
        usable = [point for point in points if point.takes_messages]
        return next(reversed(usable or points), None)
