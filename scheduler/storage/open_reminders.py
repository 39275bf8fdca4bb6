"""Reminders that were not handed over yet: read for a change of the patient or of a sender, and freed of claims."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from scheduler.domain.delivery.reminders import OPEN, Kind, Status
from scheduler.domain.people.patients import Channel
from scheduler.storage.database import Db
from scheduler.storage.reminders import ReminderRow, move


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReminder:
    """What a change of the patient must know of it."""

    id: str
    kind: Kind
    status: Status
    status_reason: str | None
    channel: Channel
    channels: tuple[Channel, ...]
    touched: bool


def open_of(db: Db, patient_id: str) -> list[OpenReminder]:
    """A patient's open reminders."""
    columns = (getattr(ReminderRow, name) for name in (*_PLAIN, "channels", "touched_by"))
    rows = db.execute(select(*columns).where(ReminderRow.patient_id == patient_id, ReminderRow.status.in_(OPEN)))
    return [
        OpenReminder(
            channels=tuple(Channel(channel) for channel in row.channels),
            touched=row.touched_by is not None,
            **{name: getattr(row, name) for name in _PLAIN},
        )
        for row in rows
    ]


def release_claims(db: Db, patient_id: str, *, now: datetime) -> None:
    """Take back what a worker prepared with what was known of the patient before; it is claimed anew."""
    claimed = {row.id for row in open_of(db, patient_id) if row.status is Status.CLAIMED}
    if claimed:
        move(db, claimed, Status.SCHEDULED, reason="patient", now=now, only_from=frozenset({Status.CLAIMED}))


def change_channel(db: Db, reminder_id: str, channel: Channel, sender_id: str) -> None:
    """Let an open reminder go by another channel."""
    db.execute(
        update(ReminderRow)
        .where(ReminderRow.id == reminder_id, ReminderRow.status.in_(OPEN))
        .values(channel=channel, sender_id=sender_id)
        .execution_options(synchronize_session=False)
    )


def use_sender(db: Db, channel: Channel, sender_id: str, *, now: datetime) -> None:
    """Point what the clinic in scope still has to send on a channel at this sender."""
    here = update(ReminderRow).where(ReminderRow.channel == channel).execution_options(synchronize_session=False)
    db.execute(here.where(ReminderRow.status.in_((Status.SCHEDULED, Status.HELD))).values(sender_id=sender_id))
    # A worker that took one for the other sender must not send it there.
    db.execute(
        here.where(ReminderRow.status == Status.CLAIMED).values(
            sender_id=sender_id,
            status=Status.SCHEDULED,
            status_reason="sender",
            status_at=now,
            claim_token=None,
            lease_until=None,
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """The channels of one reminder."""

    clinic_id: str
    patient_id: str
    kind: Kind
    channel: Channel
    """The one that it goes by."""
    channels: tuple[Channel, ...]
    """All that it may go by, the preferred one first."""
    tried: tuple[Channel, ...]
    """Those that could not bring it there."""


def channels_of(db: Db, reminder_id: str) -> Channels:
    """What a reminder may go by, and what was of no use already. The handle may cross clinics."""
    names = ("clinic_id", "patient_id", "kind", "channel", "channels", "tried_channels")
    row = db.execute(select(*(getattr(ReminderRow, name) for name in names)).where(ReminderRow.id == reminder_id)).one()
    return Channels(
        clinic_id=row.clinic_id,
        patient_id=row.patient_id,
        kind=row.kind,
        channel=row.channel,
        channels=tuple(Channel(channel) for channel in row.channels),
        tried=tuple(Channel(channel) for channel in row.tried_channels or ()),
    )


_PLAIN = ("id", "kind", "status", "status_reason", "channel")
