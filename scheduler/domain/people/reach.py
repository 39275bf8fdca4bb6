"""Whether a patient can be reached on a channel for a purpose: asked when planning and before sending."""

from __future__ import annotations

from enum import StrEnum

from scheduler.domain.people.consent import Purpose, Word, latest
from scheduler.domain.people.patients import Channel, ContactPoint, Patient


class NoReach(StrEnum):
    """Why a channel is closed."""

    NO_CONTACT = "no_contact"
    LANDLINE = "landline"
    NO_CONSENT = "no_consent"
    STOPPED = "stopped"


def reach(patient: Patient, channel: Channel, purpose: Purpose) -> ContactPoint | NoReach:
    """Where a message may go, or why it may not.

    An opt-out comes first: it says more than a missing number does.
    """
    word = latest(patient.consents, channel=channel, purpose=purpose)
    if word is Word.STOPPED:
        return NoReach.STOPPED
    point = patient.contact(channel)
    if point is None:
        return NoReach.NO_CONTACT
    if not point.takes_messages:
        return NoReach.LANDLINE
    return point if word is Word.GIVEN else NoReach.NO_CONSENT


def first_reach(
    patient: Patient, channels: tuple[Channel, ...], purpose: Purpose
) -> tuple[Channel, ContactPoint] | NoReach:
    """The first channel that is open, or the reason that tells staff most about why none is."""
    refusals: list[NoReach] = []
    for channel in channels:
        found = reach(patient, channel, purpose)
        if isinstance(found, ContactPoint):
            return channel, found
        refusals.append(found)
    return next((refusal for refusal in refusals if refusal is not NoReach.NO_CONTACT), NoReach.NO_CONTACT)
