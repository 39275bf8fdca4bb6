"""Patients, sessions, protocols and plans for tests: sound by themselves, each field by keyword."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time

from scheduler.domain.care.conditions import ALWAYS, Condition, Equal, FactTest, Scalar, Test, Value
from scheduler.domain.care.protocols import (
    Advice,
    Band,
    CareProtocol,
    Duration,
    Effect,
    Fact,
    FactType,
    Modifier,
    NextBand,
    OnDays,
    ProtocolVersion,
    ReminderRule,
    SendTime,
    ToldBy,
    Topic,
    TopicWords,
    Unit,
    WindowRule,
)
from scheduler.domain.care.sessions import TreatmentSession
from scheduler.domain.clinics import zones
from scheduler.domain.clinics.clinics import Clinic, ContactLines, Limits
from scheduler.domain.clinics.hours import DEFAULT_SENDING_HOURS, WeekHours
from scheduler.domain.delivery.messages import EmailTemplate, MessageTemplate
from scheduler.domain.delivery.reminders import Kind
from scheduler.domain.people.consent import Consent, Purpose, Word
from scheduler.domain.people.patients import Channel, ContactPoint, Line, Override, Patient

LONDON = "Europe/London"
LINES = ContactLines(phone="020 7946 0000", out_of_hours="020 7946 0001", urgent="111", emergency="999")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


ENDED = utc("2026-03-03T14:30")
"""A Tuesday."""


def wall(text: str, zone: str = LONDON) -> datetime:
    """The UTC instant of a wall-clock time."""
    at = datetime.fromisoformat(text)
    return zones.instant(at.date(), at.time(), zone)


def on_clock(at: datetime, zone: str = LONDON) -> str:
    """An instant as a clock on the wall shows it: `2026-03-04 10:00`."""
    return f"{zones.local(at, zone):%Y-%m-%d %H:%M}"


def lasts(text: str) -> Duration:
    return Duration(int(text[:-1]), Unit(text[-1]))


def when(*alternatives: Condition, **tests: Test | Scalar) -> Condition:
    """A condition: a plain value means equal; what stands without a name is an alternative of `any_of`."""
    found = {name: Equal(test) if isinstance(test, str | float | int | time) else test for name, test in tests.items()}
    return Condition(tests=tuple(FactTest(name, test) for name, test in found.items()), any_of=alternatives)


def a_fact(name: str = "needle_mm", kind: FactType = FactType.NUMBER, label: str = "Longest needle") -> Fact:
    return Fact(id=name, type=kind, label=label, unit="mm" if kind is FactType.NUMBER else None)


def a_window(
    topic: str = "retinoid_otc",
    until: str | Mapping[str, str] = "5d",
    *,
    start: Duration | str | None = None,
    condition: Condition = ALWAYS,
    why: str = "The barrier is open.",
) -> WindowRule:
    lengths = {"": until} if isinstance(until, str) else until
    found = {band: lasts(length) for band, length in lengths.items()}
    return WindowRule(topic=topic, until=found, start=start, when=condition, why=why)


def a_modifier(
    effect: Effect | None = None,
    *,
    id: str = "longer",  # noqa: A002  named as the field
    topics: tuple[str, ...] = ("retinoid_otc",),
    condition: Condition = ALWAYS,
) -> Modifier:
    return Modifier(id=id, when=condition, topics=topics, effect=effect or NextBand(lasts("7d")))


def on_days(*days: int, at: str = "10:00") -> OnDays:
    return OnDays(days, time.fromisoformat(at))


def a_rule(
    id: str = "no-actives",  # noqa: A002  named as the field
    *,
    kind: Kind = Kind.INSTRUCT,
    send: SendTime | None = None,
    topics: tuple[str, ...] = ("retinoid_otc",),
    channels: tuple[Channel, ...] = (Channel.SMS, Channel.EMAIL),
    condition: Condition = ALWAYS,
    useful_for: str | None = None,
    template: str | None = None,
    same_as: str | None = None,
) -> ReminderRule:
    return ReminderRule(
        id=id,
        kind=kind,
        template=template or id,
        same_as=same_as,
        send=send or on_days(1),
        topics=topics,
        channels=channels,
        when=condition,
        useful_for=lasts(useful_for) if useful_for else None,
    )


def a_protocol(
    *reminders: ReminderRule,
    procedure: str = "microneedling",
    facts: Iterable[Fact] = (),
    bands: Iterable[Band] = (),
    windows: Iterable[WindowRule] | None = None,
    modifiers: Iterable[Modifier] = (),
) -> CareProtocol:
    return CareProtocol(
        procedure=procedure,
        title=procedure.capitalize(),
        facts={fact.id: fact for fact in facts},
        bands=tuple(bands),
        windows=(a_window(),) if windows is None else tuple(windows),
        modifiers=tuple(modifiers),
        reminders=reminders,
    )


def a_topic(
    id: str,  # noqa: A002  named as the field
    advice: Advice = Advice.AVOID,
    *,
    told_by: ToldBy = ToldBy.TEXT,
    opposes: str | None = None,
) -> Topic:
    return Topic(id=id, advice=advice, told_by=told_by, opposes=opposes, words={"en": TopicWords(name=f"the {id}")})


def words(template: str, sms: str | None = "No until after ((until))", email: str | None = None) -> MessageTemplate:
    letter = EmailTemplate(subject="Today", markdown=email) if email else None
    return MessageTemplate(template=template, language="en", sms=sms, email=letter)


def a_version(
    protocol: CareProtocol | None = None,
    number: int = 1,
    *,
    topics: Iterable[Topic] = (),
    messages: Iterable[MessageTemplate] = (),
) -> ProtocolVersion:
    return ProtocolVersion(
        number=number,
        protocol=protocol or a_protocol(),
        topics={topic.id: topic for topic in topics},
        messages={(message.template, message.language): message for message in messages},
    )


def a_session(
    id: str = "s-1",  # noqa: A002  named as the field
    *,
    ended_at: datetime = ENDED,
    procedure: str = "microneedling",
    version: int = 1,
    zone: str = LONDON,
    day_0: date | None = None,
    known_at: datetime | None = None,
    voided: bool = False,
    facts: Mapping[str, Value] | None = None,
) -> TreatmentSession:
    return TreatmentSession(
        id=id,
        procedure=procedure,
        version=version,
        ended_at=ended_at,
        day_0=day_0 or zones.local(ended_at, zone).date(),
        facts=facts or {},
        known_at=known_at or ended_at,
        voided=voided,
    )


MOBILE = ContactPoint(id="c-1", channel=Channel.SMS, line=Line.MOBILE, value="+447700900123")
LANDLINE = ContactPoint(id="c-2", channel=Channel.SMS, line=Line.LANDLINE, value="+442079460000")
MAILBOX = ContactPoint(id="c-3", channel=Channel.EMAIL, line=Line.EMAIL, value="amira@example.org")


def said(word: Word, channel: Channel = Channel.SMS, purpose: Purpose = Purpose.CARE, at: datetime = ENDED) -> Consent:
    return Consent(channel=channel, purpose=purpose, word=word, source="desk", at=at)


YES = (said(Word.GIVEN), said(Word.GIVEN, Channel.EMAIL))


def a_patient(
    *,
    zone: str | None = None,
    flags: Iterable[str] = (),
    contacts: tuple[ContactPoint, ...] = (MOBILE,),
    consents: tuple[Consent, ...] = YES,
    overrides: tuple[Override, ...] = (),
    language: str = "en",
    private: bool = False,
    paused: bool = False,
    erased: bool = False,
) -> Patient:
    return Patient(
        id="p-1",
        language=language,
        zone=zone,
        flags=frozenset(flags),
        contacts=contacts,
        consents=consents,
        overrides=overrides,
        private=private,
        paused=paused,
        erased=erased,
    )


def a_clinic(
    *,
    zone: str = LONDON,
    paused: bool = False,
    languages: tuple[str, ...] = ("en",),
    sending_hours: WeekHours = DEFAULT_SENDING_HOURS,
    opening_hours: WeekHours | None = None,
    closed_days: Iterable[str] = (),
    limits: Limits | None = None,
) -> Clinic:
    return Clinic(
        id="clinic-1",
        name="Lumen Clinic",
        zone=zone,
        country="GB",
        lines=LINES,
        paused=paused,
        languages=languages,
        sending_hours=sending_hours,
        opening_hours=opening_hours,
        closed_days=frozenset(date.fromisoformat(day) for day in closed_days),
        limits=limits or Limits(),
    )


def an_override(until: datetime, *, topic: str = "retinoid_otc", session_id: str = "s-1") -> Override:
    return Override(session_id=session_id, topic=topic, until=until, by="Dr Okafor", reason="the skin has closed")
