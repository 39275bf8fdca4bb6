"""A clinic's rules for one procedure, as values: facts, topics, bands, windows, modifiers and reminder rules.

How they are written in files is `scheduler.catalog`'s; what they mean is in the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from enum import StrEnum

from scheduler.domain.care.conditions import ALWAYS, Condition, Value
from scheduler.domain.delivery.messages import MessageTemplate
from scheduler.domain.delivery.reminders import Kind
from scheduler.domain.people.patients import Channel

DERIVED_FACTS = ("session_number", "days_since_last", "ended_time", "flags", "band")
"""Names that the planner fills in; a protocol's own facts can't have them, nor `any_of`."""


class FactType(StrEnum):
    """What a fact may be."""

    NUMBER = "number"
    CHOICE = "choice"
    """One of the choices."""
    LIST = "list"
    """Any of the choices, in any number."""
    YES_NO = "yes_no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that registering a session records about it."""

    id: str
    type: FactType
    label: str
    unit: str | None = None
    min: float | None = None
    max: float | None = None
    choices: tuple[str | float, ...] = ()
    """All allowed words of a choice or list; quick picks, not limits, of a number. An open list has none."""
    required: bool = False
    if_missing: Value | None = None


class Unit(StrEnum):
    """Units of a duration."""

    SECONDS = "s"
    MINUTES = "m"
    HOURS = "h"
    DAYS = "d"
    """Local calendar days, never 24 hours."""


_ELAPSED = {
    Unit.SECONDS: timedelta(seconds=1),
    Unit.MINUTES: timedelta(minutes=1),
    Unit.HOURS: timedelta(hours=1),
}


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time as written: `90m`, `48h`, `5d`."""

    count: int
    unit: Unit

    @property
    def elapsed(self) -> timedelta:
        """The length as elapsed time; a day counts 24 hours."""
        return self.count * _ELAPSED.get(self.unit, timedelta(days=1))

    def __str__(self) -> str:
        """As written in a file."""
        return f"{self.count}{self.unit.value}"


class Advice(StrEnum):
    """What a topic says."""

    AVOID = "avoid"
    DO = "do"


class ToldBy(StrEnum):
    """How a patient learns of a topic."""

    TEXT = "text"
    """Some reminder must name it while it holds."""
    SHEET = "sheet"
    """It stands on the clinic's sheet and the plan page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicWords:
    """A topic in one language."""

    name: str
    counts: str = ""
    """What counts as it, for the patient."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One piece of advice."""

    id: str
    advice: Advice
    told_by: ToldBy
    opposes: str | None = None
    """The topic that says the opposite; while the one that avoids holds, it wins."""
    words: Mapping[str, TopicWords] = field(default_factory=dict)
    """By language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A depth class and the condition under which a session is in it; the first that matches wins."""

    id: str
    when: Condition = ALWAYS
    notice: str | None = None
    """Shown to staff when this table matched."""


class SignOff(StrEnum):
    """Who must sign a number (clinical.md 1.1)."""

    GENERAL = "G"
    PROTOCOL = "P"
    MEDICAL = "M"


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRule:
    """From when until when a topic holds, by band, counted from the end of the session."""

    topic: str
    until: Mapping[str, Duration]
    """By band id; under the empty id, for every band that isn't named."""
    start: Duration | str | None = None
    """`from`: a duration, or the topic at whose end this one begins; None: from the end of the session."""
    when: Condition = ALWAYS
    sign_off: SignOff = SignOff.PROTOCOL
    why: str = ""
    source: str = ""

    def length(self, band: str | None) -> Duration | None:
        """The duration for a band; None where the rule has none for it."""
        return self.until.get(band or "", self.until.get(""))


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The window lasts at least this long."""

    length: Duration


@dataclass(frozen=True, slots=True)
class Add:
    """The window lasts this much longer."""

    more: Duration


@dataclass(frozen=True, slots=True)
class NextBand:
    """The window is the next deeper band's; at the deepest, this much longer than its own."""

    at_deepest: Duration | None


Effect = AtLeast | Add | NextBand


@dataclass(frozen=True, slots=True, kw_only=True)
class Modifier:
    """What lengthens windows of this protocol's own sessions; it can't shorten one."""

    id: str
    when: Condition
    topics: tuple[str, ...]
    effect: Effect
    why: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class After:
    """So much elapsed time after the session ended."""

    delay: Duration


@dataclass(frozen=True, slots=True)
class OnDays:
    """On these days after day 0, at this local time; one reminder a day named."""

    days: tuple[int, ...]
    at: time

    def day(self, occurrence: int) -> int:
        """The day of one of the rule's reminders, which is named by its day where there are several."""
        return occurrence if len(self.days) > 1 else self.days[0]


@dataclass(frozen=True, slots=True)
class AtWindowEnd:
    """The first such local time at or after the merged end of all the rule's topics."""

    at: time


SendTime = After | OnDays | AtWindowEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderRule:
    """What to say, of what, when, and on which channel."""

    id: str
    kind: Kind
    template: str
    send: SendTime
    topics: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = (Channel.SMS, Channel.EMAIL)
    """In order of preference; one is used."""
    when: Condition = ALWAYS
    useful_for: Duration | None = None
    """Counted from the intended time (a resume: from the end); None: the kind's own rule (design 3.2)."""
    same_as: str | None = None
    """Another rule that says the same: one a day of both, and of all that have its template."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CareProtocol:
    """A clinic's rules for one procedure."""

    procedure: str
    title: str
    facts: Mapping[str, Fact]
    bands: tuple[Band, ...]
    windows: tuple[WindowRule, ...]
    modifiers: tuple[Modifier, ...]
    reminders: tuple[ReminderRule, ...]

    @property
    def band_order(self) -> tuple[str, ...]:
        """Band ids from the shallowest to the deepest: the order in which the file names them first."""
        return tuple(dict.fromkeys(band.id for band in self.bands))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolVersion:
    """A protocol as published: with its number, and the topics and messages that it was published with."""

    number: int
    protocol: CareProtocol
    topics: Mapping[str, Topic]
    messages: Mapping[tuple[str, str], MessageTemplate]
    """By (template, language)."""

    def topic_names(self, *languages: str) -> dict[str, str]:
        """What patients read for each topic, in the first of the languages that has a word for it."""
        return {
            topic.id: words.name
            for topic in self.topics.values()
            if (words := next((topic.words[one] for one in languages if one in topic.words), None))
        }
