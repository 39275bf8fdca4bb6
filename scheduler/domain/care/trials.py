"""What the planner makes of a sample: its windows, its messages with their words, and what gives none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.domain.care.fitting import clause, fitting
from scheduler.domain.care.history import NOTHING_YET, History, KnownReminder
from scheduler.domain.care.merging import Stretch
from scheduler.domain.care.planning import Plan, plan
from scheduler.domain.care.protocols import ProtocolVersion
from scheduler.domain.care.samples import Reach, Sample
from scheduler.domain.care.sessions import TreatmentSession
from scheduler.domain.care.steps import NotPlanned, PlannedReminder
from scheduler.domain.clinics import zones
from scheduler.domain.clinics.clinics import Clinic, ContactLines
from scheduler.domain.delivery.messages import Message
from scheduler.domain.delivery.reminders import Identity, Status
from scheduler.domain.delivery.rendering import NoWording, Occasion, render, render_bundle
from scheduler.domain.people.consent import Consent, Purpose, Word
from scheduler.domain.people.patients import Channel, ContactPoint, Line, Patient

_LINES = ContactLines(phone="020 7946 0018", out_of_hours="111", urgent="111", emergency="999")
_PHONE = ContactPoint(id="phone", channel=Channel.SMS, line=Line.MOBILE, value="+447700900123")
_EMAIL = ContactPoint(id="email", channel=Channel.EMAIL, line=Line.EMAIL, value="patient@example.org")
_CONTACTS = {
    Reach.PHONE_AND_EMAIL: (_PHONE, _EMAIL),
    Reach.NO_PHONE: (_EMAIL,),
    Reach.STOPPED: (_PHONE,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A sample as it was planned on the day of its session."""

    sample: Sample
    version: ProtocolVersion
    clinic: Clinic
    patient: Patient
    session: TreatmentSession
    plan: Plan

    @property
    def reminders(self) -> tuple[PlannedReminder, ...]:
        """The session's own, by due time; those of its earlier sessions are left out."""
        own = (reminder for reminder in self.plan.reminders if reminder.identity.session_id == self.session.id)
        return tuple(sorted(own, key=lambda reminder: reminder.due_at))

    @property
    def not_planned(self) -> tuple[NotPlanned, ...]:
        """The session's rules that give nothing, in their order."""
        return tuple(left for left in self.plan.not_planned if left.session_id == self.session.id)

    @property
    def band(self) -> str | None:
        """The session's band."""
        band = self.plan.courses[self.session.id].band
        return band.id if band else None

    def stretches(self) -> Iterator[Stretch]:
        """Each stretch of time in which the session asks for a topic."""
        for stretches in self.plan.windows.values():
            for stretch in stretches:
                if any(window.session_id == self.session.id for window in stretch.contributors):
                    yield stretch

    def messages(self) -> Iterator[tuple[PlannedReminder, Message | None]]:
        """Each reminder with the words of the message it goes in; None where the template has none for the channel."""
        texted = self.sample.number > 1
        made: dict[Identity, Message | None] = {}
        for reminder in sorted(self.reminders, key=lambda one: one.bundled_into is not None):
            if reminder.bundled_into is None:
                made[reminder.identity] = self._words(reminder, first_text=not texted)
                texted = texted or reminder.channel is Channel.SMS
        for reminder in self.reminders:
            yield reminder, made.get(reminder.bundled_into or reminder.identity)

    def _words(self, lead: PlannedReminder, *, first_text: bool) -> Message | None:
        occasion = Occasion(
            patient=self.patient,
            clinic=self.clinic,
            topic_ends=lead.topic_ends,
            at=lead.due_at,
            first_text=first_text,
            topic_names=self.version.topic_names(self.patient.language, *self.clinic.languages),
        )
        followers = [one for one in self.reminders if one.bundled_into == lead.identity]
        try:
            if followers:
                clauses = [clause(self.version, one, occasion) for one in (lead, *followers)]
                return render_bundle(clauses, lead.channel, occasion)[0]
            return render(self.version.messages, lead.template, lead.channel, occasion)
        except NoWording:
            return None


def made_up_clinic(zone: str, languages: tuple[str, ...] = ("en",)) -> Clinic:
    """A clinic with the settings that a new one starts with."""
    return Clinic(id="sample", name="Willow Skin", zone=zone, country="GB", lines=_LINES, languages=languages)


def try_out(version: ProtocolVersion, sample: Sample, clinic: Clinic) -> Trial:
    """The plan of the sample's patient at the moment when its session ended, with what was sent before."""
    patient = _patient(sample, clinic)
    sessions = _sessions(version, sample, clinic)
    protocols = {(version.protocol.procedure, version.number): version}
    fits = fitting(patient, clinic, sessions, protocols)
    history = NOTHING_YET
    for place, session in enumerate(sessions[:-1]):
        made = plan(patient, sessions[: place + 1], protocols, clinic, history, session.ended_at, fits=fits)
        history = _sent(history, made, before=sessions[place + 1].ended_at)
    session = sessions[-1]
    return Trial(
        sample=sample,
        version=version,
        clinic=clinic,
        patient=patient,
        session=session,
        plan=plan(patient, sessions, protocols, clinic, history, session.ended_at, fits=fits),
    )


def _patient(sample: Sample, clinic: Clinic) -> Patient:
    word = Word.STOPPED if sample.reach is Reach.STOPPED else Word.GIVEN
    at = zones.instant(sample.ended.date(), sample.ended.time(), clinic.zone)
    return Patient(
        id="sample",
        language=clinic.languages[0],
        flags=frozenset(sample.flags),
        contacts=_CONTACTS[sample.reach],
        consents=tuple(
            Consent(channel=channel, purpose=purpose, word=word, source="desk", at=at)
            for channel in Channel
            for purpose in Purpose
        ),
    )


def _sessions(version: ProtocolVersion, sample: Sample, clinic: Clinic) -> tuple[TreatmentSession, ...]:
    """The sample's session, after those before it."""
    apart = timedelta(days=sample.days_since_last or 0, minutes=0 if sample.days_since_last else 1)
    ends = [sample.ended - back * apart for back in reversed(range(sample.number))]
    return tuple(_session(version, sample, end, f"s-{place}", clinic) for place, end in enumerate(ends, 1))


def _session(version: ProtocolVersion, sample: Sample, end: datetime, name: str, clinic: Clinic) -> TreatmentSession:
    ended_at = zones.instant(end.date(), end.time(), clinic.zone)
    return TreatmentSession(
        id=name,
        procedure=version.protocol.procedure,
        version=version.number,
        ended_at=ended_at,
        day_0=end.date(),
        facts=sample.facts,
        known_at=ended_at,
    )


def _sent(history: History, made: Plan, *, before: datetime) -> History:
    """The history with all that went out before the next session."""
    sent: dict[Identity, KnownReminder] = {
        reminder.identity: KnownReminder(
            id=f"{reminder.identity}",
            identity=reminder.identity,
            kind=reminder.kind,
            status=Status.SENT,
            channel=reminder.channel,
            due_at=reminder.due_at,
            useful_until=reminder.useful_until,
            intent=reminder.intent,
            topic_ends=reminder.topic_ends,
            planned_at=made.courses[reminder.identity.session_id].session.known_at,
            sent_at=reminder.due_at,
        )
        for reminder in made.reminders
        if reminder.due_at < before
    }
    return History(reminders={**sent, **history.reminders})
