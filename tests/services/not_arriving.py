"""A reminder that is handed over, or tried to be, and what comes of it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.outcomes import Fault, Outcome, Refused
from scheduler.domain.delivery.receipts import Failure, Receipt, ReceiptRank
from scheduler.domain.delivery.reminders import Kind
from scheduler.domain.people.patients import Channel
from scheduler.services import receipts
from scheduler.services.views import SessionView
from scheduler.storage.attempts import AttemptRow
from scheduler.storage.database import Database
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import (
    NOW,
    a_planned,
    add_reminders,
    drain_at,
)
from tests.fakes import AnsweringSender

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BOTH = (Channel.SMS, Channel.EMAIL)
OFF = Failure(fault=Fault.TEMPORARY, code="30003", reason="off", resend_after=timedelta(minutes=30))
LANDLINE = Failure(fault=Fault.PERMANENT, code="30006", reason="a landline")
STOP = Failure(fault=Fault.OPTED_OUT, code="21610", reason="stopped")
LATER = Refused(Fault.TEMPORARY, "451", "an email goes a little later")
NO_NUMBER = Refused(Fault.PERMANENT, "21211", "not a number")


def one(
    database: Database,
    clinic: Clinic,
    view: SessionView,
    answer: Outcome,
    *,
    kind: Kind = Kind.INSTRUCT,
    channels: tuple[Channel, ...] = BOTH,
) -> str:
    """A reminder that was handed over, or tried to be."""
    planned = a_planned(str(view.id), kind=kind, channels=channels)
    (reminder_id,) = add_reminders(database, clinic, view, [planned])
    drain_at(database, AnsweringSender(by=lambda one: answer if one.channel is Channel.SMS else LATER), NOW)
    return reminder_id


def not_arrived(database: Database, failure: Failure, *, after: timedelta = timedelta(minutes=5)) -> None:
    """The newest attempt's message did not arrive."""
    with database.write(ALL_CLINICS) as db:
        newest = db.scalars(select(AttemptRow).order_by(AttemptRow.started_at.desc())).first()
        assert newest is not None
        receipt = Receipt(
            attempt_id=newest.id,
            provider_id=newest.provider_id or "SM1",
            provider_status="undelivered",
            rank=ReceiptRank.UNDELIVERED,
            failure=failure,
            at=NOW + after,
        )
        receipts.take(db, [receipt], now=NOW + after)
