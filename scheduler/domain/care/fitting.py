"""Whether several planned reminders fit into one message: rendered with the words of their own versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from scheduler.domain.care.bundling import Fits
from scheduler.domain.care.drafts import PlannedReminder
from scheduler.domain.care.protocols import ProtocolVersion
from scheduler.domain.care.sessions import TreatmentSession
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.parts import parts
from scheduler.domain.delivery.rendering import Clause, NoWording, Occasion, render_bundle
from scheduler.domain.people.patients import Channel, Patient

MOST_PARTS = 2
"""Of a text that several go in as one (design 3.2)."""


def fitting(
    patient: Patient,
    clinic: Clinic,
    sessions: Iterable[TreatmentSession],
    protocols: Mapping[tuple[str, int], ProtocolVersion],
) -> Fits:
    """Tells of reminders of one patient whether they have the words to go as one, and stay within two parts.

    Each is measured as the first text to the patient, which also says how to stop: any may turn out to be it.
    """
    versions = {session.id: protocols[session.procedure, session.version] for session in sessions}

    def fits(reminders: Sequence[PlannedReminder]) -> bool:
        lead = reminders[0]
        occasion = Occasion(patient=patient, clinic=clinic, topic_ends=lead.topic_ends, at=lead.due_at, first_text=True)
        clauses = [clause(versions[one.identity.session_id], one, occasion) for one in reminders]
        try:
            message, _ = render_bundle(clauses, lead.channel, occasion)
        except NoWording:
            return False
        return lead.channel is not Channel.SMS or parts(message.body).parts <= MOST_PARTS

    return fits


def clause(version: ProtocolVersion, one: PlannedReminder, occasion: Occasion) -> Clause:
    """A planned reminder as a part of a bundle, with the words of the version that it was planned under."""
    return Clause(
        templates=version.messages,
        template=one.template,
        topic_ends=one.topic_ends,
        topic_names=version.topic_names(occasion.patient.language, *occasion.clinic.languages),
    )
