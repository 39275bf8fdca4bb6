"""The next channel of a reminder that one channel could not bring to the patient."""

from __future__ import annotations

from scheduler.domain.people.reach import NoReach, first_reach
from scheduler.storage.answers import Way
from scheduler.storage.clinics import clinics_by_id
from scheduler.storage.database import Db
from scheduler.storage.open_reminders import channels_of
from scheduler.storage.patients import patients_by_id
from scheduler.storage.senders import sender_for


def other_way(db: Db, reminder_id: str) -> Way | None:
    """Where a reminder goes when its channel is of no use: the first of its others that is open; None if none is.

    The handle may cross clinics.
    """
    planned = channels_of(db, reminder_id)
    tried = (*planned.tried, planned.channel)
    left = tuple(channel for channel in planned.channels if channel not in tried)
    if not left:
        return None
    patient = patients_by_id(db, {planned.patient_id})[planned.patient_id]
    found = first_reach(patient, left, planned.kind.purpose)
    if isinstance(found, NoReach):
        return None
    channel, _ = found
    live = clinics_by_id(db, {planned.clinic_id})[planned.clinic_id].live
    return Way(channel=channel, sender_id=sender_for(db, planned.clinic_id, channel, live=live), tried=tried)
