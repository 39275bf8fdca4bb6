"""What saving a session would do, and what about it asks for a second look; made before anything is stored."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from scheduler.domain.care.drafts import PlannedReminder
from scheduler.domain.care.fact_words import label_words, value_words
from scheduler.domain.care.protocols import Fact, FactType
from scheduler.domain.care.reasons import Why
from scheduler.domain.clinics import zones
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.rendering import Occasion
from scheduler.domain.people.consent import Purpose
from scheduler.domain.people.patients import Channel
from scheduler.domain.people.reach import NoReach, reach
from scheduler.services import registering
from scheduler.services.registering import Given, Look
from scheduler.services.wording import Piece, about
from scheduler.storage import clinics
from scheduler.storage.database import Db

LONG_AGO = timedelta(days=2)
SOON = timedelta(days=7)
"""Both ends included; of the same procedure, before or after."""
_FAR = 2
"""From so many times the largest quick pick on, and down to that part of the smallest, a number is asked about."""


class DoubtKind(StrEnum):
    """What asks for a second look."""

    UNLIKELY = "unlikely"
    LONG_AGO = "long ago"
    SOON_AGAIN = "soon again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Something that may be a slip; whoever saves may go on."""

    kind: DoubtKind
    subject: str
    """What it is about, so that the same doubt is known again: a fact and its value, a day, another session."""
    label: str = ""
    told: str = ""
    usual: str = ""
    days: int = 0
    late: int = 0
    other_id: str = ""
    other_day: date | None = None

    @property
    def name(self) -> str:
        """What a page gives back when a person has seen it."""
        return f"{self.kind.value}: {self.subject}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """One message that would go."""

    about: str
    due_at: datetime
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """What saving would do."""

    notices: tuple[str, ...]
    """What staff should know of how it would be planned."""
    messages: tuple[Coming, ...]
    """In order of time; what goes as one message stands once."""
    late: int
    """Messages that are not sent, since their use is over already."""
    no_texts: NoReach | None
    """Why the patient gets no texts; None if they do."""
    stopped_on: date | None
    """When they stopped texts, on the clinic's calendar."""
    paused: bool
    is_twin: bool
    doubts: tuple[Doubt, ...]

    def count(self, channel: Channel) -> int:
        """How many of the messages go by this channel."""
        return sum(message.channel is channel for message in self.messages)


def consequence(db: Db, given: Given, *, flags: Collection[str], now: datetime) -> Consequence:
    """What registering this at `now` would do; nothing is stored. Raises Invalid and NotFound as registering does."""
    seen = registering.look(db, given, flags=flags, now=now)
    clinic = clinics.get_clinic(db)
    late = sum(left.reason == Why.TOO_LATE.value for left in seen.view.not_planned)
    closed = reach(seen.patient, Channel.SMS, Purpose.CARE)
    no_texts = closed if isinstance(closed, NoReach) else None
    return Consequence(
        notices=seen.view.notices,
        messages=_messages(seen, clinic),
        late=late,
        no_texts=no_texts,
        stopped_on=_stopped_on(seen, clinic.zone) if no_texts is NoReach.STOPPED else None,
        paused=seen.patient.paused,
        is_twin=seen.is_twin,
        doubts=() if seen.is_twin else tuple(_doubts(seen, late=late, zone=clinic.zone, now=now)),
    )


def _messages(seen: Look, clinic: Clinic) -> tuple[Coming, ...]:
    leads = [one for one in seen.planned if one.bundled_into is None]
    made = [Coming(about=_about(seen, one, clinic), due_at=one.due_at, channel=one.channel) for one in leads]
    return tuple(sorted(made, key=lambda message: message.due_at))


def _about(seen: Look, one: PlannedReminder, clinic: Clinic) -> str:
    ends = one.topic_ends
    piece = Piece(version=seen.version, rule=one.identity.rule, template=one.template, topic_ends=ends)
    return about(piece, Occasion(patient=seen.patient, clinic=clinic, topic_ends=ends, at=one.due_at))


def _stopped_on(seen: Look, zone: str) -> date:
    """The day of the last word about texts, which stopped them."""
    said = [w for w in seen.patient.consents if w.channel == Channel.SMS and w.purpose is Purpose.CARE]
    return zones.local(said[-1].at, zone).date()


def _doubts(seen: Look, *, late: int, zone: str, now: datetime) -> Iterator[Doubt]:
    for fact in seen.version.protocol.facts.values():
        yield from _unlikely(fact, seen)
    ago = now - seen.session.ended_at
    if ago > LONG_AGO:
        yield Doubt(kind=DoubtKind.LONG_AGO, subject=seen.session.day_0.isoformat(), days=ago.days, late=late)
    for other in seen.before:
        near = abs(seen.session.ended_at - other.ended_at) <= SOON
        if near and not other.voided and other.procedure == seen.session.procedure:
            day = zones.local(other.ended_at, zone).date()
            yield Doubt(kind=DoubtKind.SOON_AGAIN, subject=other.id, other_id=other.id, other_day=day)


def _unlikely(fact: Fact, seen: Look) -> Iterator[Doubt]:
    """A number far beyond what the clinic picks: its protocol names picks, and no other sign of what is usual."""
    value = seen.session.facts.get(fact.id)
    picks = sorted(float(pick) for pick in fact.choices if not isinstance(pick, str))
    if fact.type is not FactType.NUMBER or not picks or not isinstance(value, int | float):
        return
    if picks[0] / _FAR < value < picks[-1] * _FAR:
        return
    usual = value_words(fact, picks[0]), value_words(fact, picks[-1])
    yield Doubt(
        kind=DoubtKind.UNLIKELY,
        subject=f"{fact.id} {value:g}",
        label=label_words(fact),
        told=value_words(fact, value),
        usual=usual[0] if usual[0] == usual[1] else f"{usual[0]} to {usual[1]}",
    )
