"""Every text that sample patients get from the protocols that ship, made by the real planner and renderer.

A session is planned when it ends, knowing what was sent by then and nothing of sessions to come. Nothing is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from scheduler.catalog.document import publishable
from scheduler.catalog.shipped import Catalog, load_catalog
from scheduler.domain.care.fitting import clause, fitting
from scheduler.domain.care.history import History, KnownReminder, ToldDate
from scheduler.domain.care.planning import Plan, plan
from scheduler.domain.care.protocols import ProtocolVersion
from scheduler.domain.care.sessions import TreatmentSession, read_facts
from scheduler.domain.care.steps import PlannedReminder
from scheduler.domain.clinics import zones
from scheduler.domain.clinics.clinics import Clinic, ContactLines
from scheduler.domain.delivery.messages import Message
from scheduler.domain.delivery.reminders import Identity, Kind, Status
from scheduler.domain.delivery.rendering import Clause, Occasion, render, render_bundle
from scheduler.domain.people.consent import Consent, Purpose, Word
from scheduler.domain.people.patients import Channel, ContactPoint, Line, Patient

CHECKOUT = Path(__file__).parents[1]
ENDED = datetime(2026, 3, 3, 14, 30, tzinfo=UTC)
"""When each first session ends: a Tuesday, 14:30 in London."""
CLINIC = Clinic(
    id="clinic",
    name="Willow Skin",
    zone="Europe/London",
    country="GB",
    lines=ContactLines(phone="020 7946 0018", out_of_hours="111", urgent="111", emergency="999"),
)
_PATIENT = Patient(
    id="patient",
    language="en",
    contacts=(ContactPoint(id="phone", channel=Channel.SMS, line=Line.MOBILE, value="+447700900123"),),
    consents=(Consent(channel=Channel.SMS, purpose=Purpose.CARE, word=Word.GIVEN, source="desk", at=ENDED),),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """One session of a sample patient."""

    procedure: str
    facts: Mapping[str, object]
    days: int = 0
    """After the first."""
    ended_at: datetime = ENDED
    """Moved by `days`."""

    @property
    def session(self) -> TreatmentSession:
        """It as registered when it ended, under the first version of its protocol."""
        protocol = _versions()[self.procedure, 1].protocol
        wall = zones.local(self.ended_at, CLINIC.zone)
        ended_at = zones.instant(wall.date() + timedelta(days=self.days), wall.time(), CLINIC.zone)
        return TreatmentSession(
            id=f"{self.procedure}, day {self.days}",
            procedure=self.procedure,
            version=1,
            ended_at=ended_at,
            day_0=zones.local(ended_at, CLINIC.zone).date(),
            facts=read_facts(protocol, self.facts),
            known_at=ended_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A patient, by what was done to them and what a clinician recorded."""

    title: str
    treatments: tuple[Treatment, ...]
    """In order of time."""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text as it reaches the patient's phone."""

    members: tuple[PlannedReminder, ...]
    """The reminders that go as this text, the lead first."""
    message: Message
    names: tuple[datetime | None, ...]
    """For each member the end that its words name."""
    wall: datetime
    """When it goes, on the patient's clock."""
    plan: Plan
    """As it stood when the text went."""

    @property
    def at(self) -> datetime:
        """When it goes."""
        return self.members[0].due_at

    @property
    def kinds(self) -> set[Kind]:
        """The kinds of its members."""
        return {member.kind for member in self.members}

    @property
    def templates(self) -> set[str]:
        """The templates that its words come from."""
        return {member.template for member in self.members}

    @property
    def named(self) -> Mapping[str, datetime | None]:
        """By topic, the end that it names."""
        pairs = zip(self.members, self.names, strict=True)
        return {topic: end for member, end in pairs for topic in member.topic_ends}


@dataclass(slots=True)
class _Told:
    """What one patient has read so far."""

    clinic: Clinic
    patient: Patient
    texts: list[Text] = field(default_factory=list)
    known: dict[Identity, KnownReminder] = field(default_factory=dict)
    dates: list[ToldDate] = field(default_factory=list)

    def read(self, made: Plan, until: datetime | None, *, now: datetime) -> None:
        """Let time pass to `until`: what is due by then is sent, the rest stays planned."""
        for planned in sorted(made.reminders, key=lambda one: (one.due_at, one.kind.rank)):
            known = self.known.get(planned.identity)
            if known and known.sent_at:
                continue
            planned_at = known.planned_at if known and known.planned_at else now
            stored = _stored(planned, planned_at=planned_at)
            if until is None or planned.due_at < until:
                if planned.bundled_into is None:
                    self._send(made, planned)
                stored = replace(stored, status=Status.SENT, sent_at=planned.due_at)
            self.known[planned.identity] = stored

    def _send(self, made: Plan, lead: PlannedReminder) -> None:
        members = (lead, *(one for one in made.reminders if one.bundled_into == lead.identity))
        occasion = Occasion(
            patient=self.patient,
            clinic=self.clinic,
            topic_ends=lead.topic_ends,
            at=lead.due_at,
            first_text=not self.texts,
        )
        clauses = [clause(made.courses[one.identity.session_id].version, one, occasion) for one in members]
        message, names = _words(clauses, occasion)
        wall = zones.local(lead.due_at, occasion.zone)
        self.texts.append(Text(members=members, message=message, names=names, wall=wall, plan=made))
        self.dates += [
            ToldDate(topic=topic, until=until, told_at=lead.due_at)
            for member, until in zip(members, names, strict=True)
            for topic, end in member.topic_ends.items()
            if until is not None and end > lead.due_at
        ]


def _words(clauses: list[Clause], occasion: Occasion) -> tuple[Message, tuple[datetime | None, ...]]:
    if len(clauses) > 1:
        return render_bundle(clauses, Channel.SMS, occasion)
    alone = replace(occasion, topic_names=clauses[0].topic_names)
    message = render(clauses[0].templates, clauses[0].template, Channel.SMS, alone)
    return message, (message.names_until,)


def texts_of(sample: Sample, clinic: Clinic = CLINIC) -> list[Text]:
    """The sample's texts in the order in which they arrive."""
    sessions = [treatment.session for treatment in sample.treatments]
    told = _Told(clinic=clinic, patient=replace(_PATIENT, flags=frozenset(sample.flags)))
    ends = [*(session.ended_at for session in sessions[1:]), None]
    for count, until in enumerate(ends, start=1):
        now = sessions[count - 1].known_at
        history = History(reminders=dict(told.known), told=tuple(told.dates))
        fits = fitting(told.patient, clinic, sessions[:count], _versions())
        made = plan(told.patient, sessions[:count], _versions(), clinic, history, now, fits=fits)
        told.read(made, until, now=now)
    return told.texts


def sample(title: str, *treatments: Treatment, flags: Iterable[str] = ()) -> Sample:
    """A sample patient, their treatments one after the other."""
    return Sample(title=title, treatments=treatments, flags=tuple(flags))


def needling(needle_mm: float, modality: str = "pen", *, days: int = 0, **facts: object) -> Treatment:
    """A session of microneedling."""
    given = {"needle_mm": needle_mm, "modality": modality, "areas": ["face"], **facts}
    return Treatment(procedure="microneedling", facts=given, days=days)


def peel(depth: str, *, days: int = 0) -> Treatment:
    """A chemical peel."""
    return Treatment(procedure="chemical_peel", facts={"depth": depth, "areas": ["face"]}, days=days)


@cache
def shipped() -> Catalog:
    """Everything in `config/`."""
    return load_catalog(CHECKOUT / "config")


@cache
def _versions() -> dict[tuple[str, int], ProtocolVersion]:
    catalog = shipped()
    return {
        (procedure, 1): publishable(source, f"{procedure}.toml", catalog).version(1)
        for procedure, source in catalog.sources.items()
    }


def _stored(planned: PlannedReminder, *, planned_at: datetime) -> KnownReminder:
    """The reminder as storage would give it back."""
    return KnownReminder(
        id=str(planned.identity),
        identity=planned.identity,
        kind=planned.kind,
        status=Status.SCHEDULED,
        channel=planned.channel,
        due_at=planned.due_at,
        useful_until=planned.useful_until,
        intent=planned.intent,
        topic_ends=planned.topic_ends,
        planned_at=planned_at,
        bundled_into=str(planned.bundled_into) if planned.bundled_into else None,
        reasons=planned.reasons,
    )
