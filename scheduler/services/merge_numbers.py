"""What merging two patients, or splitting one, would move: numbers that staff read before they do it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from scheduler.domain.delivery.reminders import OPEN
from scheduler.domain.errors import Invalid
from scheduler.domain.people.consent import Consent, Word, latest
from scheduler.domain.people.patients import Channel
from scheduler.services.patient_changes import check_present
from scheduler.services.registering import twin_of
from scheduler.storage import outbox, patients, sessions
from scheduler.storage.database import Db
from scheduler.storage.patient_records import PatientRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeNumbers:
    """What the one who goes would bring to the one who stays."""

    gone: PatientRecord
    kept: PatientRecord
    sessions: int
    twins: int
    """Of these, sessions that both have: each is voided once."""
    contact_points: int
    open_messages: int
    stopped: tuple[str, ...]
    """Channels on which what either of them stopped stays stopped for the one who stays."""


def merge_numbers(db: Db, patient_id: str, into: str) -> MergeNumbers:
    """Counted now. Raises NotFound, Invalid for the patient themselves, NotNow for one merged or erased."""
    gone, kept = check_present(db, patient_id), check_present(db, into)
    if patient_id == into:
        raise Invalid.of("into", "this is the same patient; choose another one")
    theirs, own = sessions.sessions_of(db, patient_id), sessions.sessions_of(db, into)
    points = {one.value for one in patients.get_patient(db, patient_id).contacts}
    histories = [patients.get_patient(db, one).consents for one in (patient_id, into)]
    return MergeNumbers(
        gone=gone,
        kept=kept,
        sessions=len(theirs),
        twins=sum(not one.voided and twin_of(own, one) is not None for one in theirs),
        contact_points=len(points - {one.value for one in patients.get_patient(db, into).contacts}),
        open_messages=open_messages(db, patient_id),
        stopped=tuple(channel.value for channel in Channel if any(_stopped(one, channel) for one in histories)),
    )


def open_messages(db: Db, patient_id: str, *, of_sessions: Collection[str] | None = None) -> int:
    """Messages of a patient still to go, a bundle counted once; only those of some sessions where they are given."""
    return sum(
        one.status in OPEN and one.bundled_into is None and (of_sessions is None or one.session_id in of_sessions)
        for one in outbox.listed(db, outbox.Wanted(patient_id=patient_id))
    )


def _stopped(history: tuple[Consent, ...], channel: Channel) -> bool:
    purposes = {one.purpose for one in history if one.channel == channel}
    return any(latest(history, channel=channel, purpose=purpose) is Word.STOPPED for purpose in purposes)
