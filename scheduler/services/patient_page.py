"""What the page of a patient shows: whom we may contact how, and since when; sessions, flags, overrides, pause."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from scheduler.domain.care.timing import last_day
from scheduler.domain.care.windows import own_windows
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import OPEN
from scheduler.domain.people.consent import Purpose, Word
from scheduler.domain.people.patients import Channel
from scheduler.services import care
from scheduler.services.overriding import OverrideView, overrides_view
from scheduler.services.patient_views import ConsentView, ContactView, PatientView, patient_view
from scheduler.services.told_lines import TopicWords
from scheduler.storage import outbox
from scheduler.storage.database import Db
from scheduler.storage.patient_records import names_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedContact:
    """A number or address, and the other patients who have it."""

    point: ContactView
    in_use: bool
    """Whether messages on its channel go there."""
    also_of: tuple[tuple[str, str], ...]
    """Id and name of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The patient's last word for a channel and purpose."""

    channel: Channel
    purpose: Purpose
    last: ConsentView | None
    """None where they were never asked."""

    @property
    def agreed(self) -> bool:
        """Whether messages may go."""
        return self.last is not None and self.last.word is Word.GIVEN

    @property
    def stopped(self) -> bool:
        """Whether they may not until the patient lifts the stop."""
        return self.last is not None and self.last.word is Word.STOPPED


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """A session of the patient, which is a plan."""

    id: str
    title: str
    ended_at: datetime
    voided: bool
    left: int
    """Messages still to go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedOverride:
    """An override, with what it is about in words."""

    override: OverrideView
    topic: str
    session: SessionLine | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientPage:
    """A patient with all that their page shows."""

    view: PatientView
    clinic: Clinic
    zone: str
    contacts: tuple[SharedContact, ...]
    standings: tuple[Standing, ...]
    """Care by text and by email, then marketing."""
    sessions: tuple[SessionLine, ...]
    """Newest first."""
    overrides: tuple[NamedOverride, ...]
    merged_name: str | None
    """Of the patient who this one turned out to be."""

    @property
    def changeable(self) -> bool:
        """Whether anything of them may still be changed."""
        return self.view.merged_into is None and not self.view.erased

    @property
    def left(self) -> int:
        """Messages still to go, of all sessions."""
        return sum(session.left for session in self.sessions)


def patient_page(db: Db, patient_id: str) -> PatientPage:
    """A patient's page, merged and erased ones too. Raises NotFound."""
    view, found = patient_view(db, patient_id), care.load_care(db, patient_id)
    zone = found.patient.zone or found.clinic.zone
    lines = _sessions(db, found)
    words, by_id = TopicWords(found), {line.id: line for line in lines}
    return PatientPage(
        view=view,
        clinic=found.clinic,
        zone=zone,
        contacts=_contacts(db, view, found),
        standings=tuple(_standing(view, channel, purpose) for purpose in Purpose for channel in Channel),
        sessions=lines,
        overrides=tuple(
            NamedOverride(override=one, topic=words.name(one.topic), session=by_id.get(one.session_id))
            for one in overrides_view(db, patient_id, zone)
        ),
        merged_name=names_of(db, {view.merged_into}).get(view.merged_into) if view.merged_into else None,
    )


def _contacts(db: Db, view: PatientView, found: care.Care) -> tuple[SharedContact, ...]:
    names = names_of(db, {other for point in view.contact_points for other in point.shared_with})
    used = {contact.id for channel in Channel if (contact := found.patient.contact(channel)) is not None}
    return tuple(
        SharedContact(
            point=point,
            in_use=point.id in used,
            also_of=tuple((other, names[other]) for other in point.shared_with if other in names),
        )
        for point in view.contact_points
    )


def _standing(view: PatientView, channel: Channel, purpose: Purpose) -> Standing:
    said = [one for one in view.consents if one.channel == channel and one.purpose is purpose]
    return Standing(channel=channel, purpose=purpose, last=said[-1] if said else None)


def _sessions(db: Db, found: care.Care) -> tuple[SessionLine, ...]:
    """Newest first; a bundle counts once, for its lead's session."""
    stored = outbox.listed(db, outbox.Wanted(patient_id=found.patient.id))
    left = Counter(one.session_id for one in stored if one.status in OPEN and one.bundled_into is None)
    return tuple(
        SessionLine(
            id=session.id,
            title=found.protocols[session.procedure, session.version].protocol.title,
            ended_at=session.ended_at,
            voided=session.voided,
            left=left[session.id],
        )
        for session in reversed(found.sessions)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTopic:
    """A piece of advice that one session asks for and that still holds."""

    session_id: str
    title: str
    ended_at: datetime
    topic: str
    name: str
    """As patients read it."""
    until: date
    """The last day on the patient's calendar."""


def own_topics(db: Db, patient_id: str, *, now: datetime) -> tuple[OwnTopic, ...]:
    """What could end earlier, by session and then by day. Raises NotFound."""
    found = care.load_care(db, patient_id)
    words, zone = TopicWords(found), found.patient.zone or found.clinic.zone
    topics = [
        OwnTopic(
            session_id=course.session.id,
            title=course.protocol.title,
            ended_at=course.session.ended_at,
            topic=window.topic,
            name=words.name(window.topic),
            until=last_day(window.end, zone),
        )
        for course in found.plan(now).courses.values()
        for window in own_windows(course, found.patient.overrides)
        if window.end > now
    ]
    return tuple(sorted(topics, key=lambda one: (one.ended_at, one.session_id, one.until, one.name)))
