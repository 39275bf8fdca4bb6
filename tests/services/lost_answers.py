"""Doubts, and a provider that loses its answers; what it really took can be listed."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.outcomes import Outcome, Unknown
from scheduler.domain.delivery.receipts import NoAnswer, ProviderMessage, ReceiptRank, body_hash
from scheduler.domain.delivery.reminders import Kind, Status
from scheduler.domain.delivery.senders import Posting, Sender
from scheduler.domain.people.patients import Channel
from scheduler.services.sending import WAITS
from scheduler.services.settling import Found, settle
from scheduler.services.views import SessionView
from scheduler.storage.attempts import AttemptRow
from scheduler.storage.database import Database
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import (
    NOW,
    StoppedClock,
    a_planned,
    add_reminders,
    drain_at,
    the_reminder,
)
from tests.fakes import AcceptingSender

MINUTE = timedelta(minutes=1)


class Forgetful(AcceptingSender):
    """Loses every answer; what it really took can be listed."""

    def __init__(self, *, takes: bool = True) -> None:
        super().__init__()
        self.takes = takes
        self.silent = False
        self.asked: list[str] = []
        self.others: list[ProviderMessage] = []

    def answer(self, posting: Posting) -> Outcome:
        del posting
        return Unknown("the connection broke")

    def list_to(self, to: str, *, since: datetime) -> list[ProviderMessage]:
        self.asked.append(to)
        if self.silent:
            raise NoAnswer("no")
        taken = [as_listed(one, number) for number, one in enumerate(self.sent)] if self.takes else []
        return [one for one in (*self.others, *taken) if one.created_at is None or one.created_at >= since - MINUTE]


def as_listed(posting: Posting, number: int = 0) -> ProviderMessage:
    return ProviderMessage(
        provider_id=f"SM{number}",
        to=posting.to,
        body_hash=body_hash(posting.message.body),
        sender="MG1",
        created_at=NOW,
        parts=2,
        provider_status="queued",
        rank=ReceiptRank.TAKEN,
        failure=None,
    )


def doubted(
    database: Database,
    clinic: Clinic,
    view: SessionView,
    sender: AcceptingSender,
    *,
    kind: Kind = Kind.INSTRUCT,
    channel: Channel = Channel.SMS,
) -> str:
    """A reminder whose answer was lost."""
    planned = a_planned(str(view.id), occurrence=len(sender.sent), kind=kind, channel=channel)
    (reminder_id,) = add_reminders(database, clinic, view, [planned])
    drain_at(database, sender, NOW)
    assert the_reminder(database, clinic, reminder_id).status is Status.IN_DOUBT
    return reminder_id


def settle_at(database: Database, sender: Sender | None, after: timedelta) -> Found:
    return settle(database, lambda _: sender, StoppedClock(NOW + after), waits=WAITS, stopping=lambda: False)


def the_attempts(database: Database) -> list[AttemptRow]:
    with database.read(ALL_CLINICS) as db:
        return list(db.scalars(select(AttemptRow).order_by(AttemptRow.started_at)))
