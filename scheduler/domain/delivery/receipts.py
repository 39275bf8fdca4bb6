"""Receipts: a provider's later word on a message, and what it makes of a reminder. Forward only, pure.

What a provider's own statuses and codes mean is said beside its sender.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from hashlib import sha256

from scheduler.domain.delivery.outcomes import Fault
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.errors import SchedulerError


class ReceiptRank(IntEnum):
    """How far a message got, as far as it decides what becomes of the reminder."""

    TAKEN = 0
    """The provider has it and may still be bringing it; some networks never say more."""
    UNDELIVERED = 1
    """It ended without reaching the phone or mailbox."""
    DELIVERED = 2
    """The phone or mailbox has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a message did not arrive, and what may be done about it."""

    fault: Fault
    """Temporary: one resend of the same text may work. The others: none by itself."""
    code: str
    """The provider's own code."""
    reason: str
    """One sentence for staff, without the patient's details."""
    resend_after: timedelta | None = None
    """The shortest wait before that resend; None where there is none to be."""
    alert: bool = False
    """Whether it is for those who run the service, not only for the clinic's to-dos."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One word of a provider on one message; it may come twice, late, early, out of order or never."""

    attempt_id: str | None
    """Ours, where the provider gave it back: proof that it took that attempt. None when it was polled."""
    provider_id: str
    provider_status: str
    """The provider's own word."""
    rank: ReceiptRank
    failure: Failure | None = None
    """Only of a message that did not arrive."""
    at: datetime

    @property
    def error_code(self) -> str | None:
        """The provider's own code of what went wrong."""
        return self.failure.code if self.failure else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderMessage:
    """A message as its provider lists it, to find a doubtful attempt by or to read a receipt off."""

    provider_id: str
    to: str
    body_hash: str
    """`body_hash` of the text as the provider keeps it; of "" where it keeps none."""
    sender: str
    """The service or number that it was handed to."""
    created_at: datetime | None
    """To the second, by the provider's clock."""
    parts: int | None
    provider_status: str
    rank: ReceiptRank | None
    """None for a word that isn't known here."""
    failure: Failure | None

    def receipt(self, *, at: datetime) -> Receipt | None:
        """The receipt that the provider would have called back with; None if its word isn't known here."""
        if self.rank is None:
            return None
        return Receipt(
            attempt_id=None,
            provider_id=self.provider_id,
            provider_status=self.provider_status,
            rank=self.rank,
            failure=self.failure,
            at=at,
        )


class NoAnswer(SchedulerError):
    """The provider could not be asked, said no, or made no sense; asking again later may work."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        """Carry the HTTP status of the answer; None where there was none."""
        super().__init__(message)
        self.status = status


_MADE_OF = {
    ReceiptRank.TAKEN: Status.SENT,
    ReceiptRank.UNDELIVERED: Status.UNDELIVERED,
    ReceiptRank.DELIVERED: Status.DELIVERED,
}
_OPEN_TO_PROOF = frozenset({Status.SENDING, Status.IN_DOUBT, Status.UNKNOWN})


def merge(status: Status, receipt: Receipt) -> Status | None:
    """What a receipt of its newest attempt makes of a reminder; None where it changes nothing.

    Only ever forward: what is sent stays sent until it is known to have arrived or not, and of these two the first
    stays. A reminder that was not on its way (a person or the gate was first) stays as it is.
    """
    after = _MADE_OF[receipt.rank]
    if status in _OPEN_TO_PROOF:
        return after
    return after if status is Status.SENT and after is not Status.SENT else None


def body_hash(body: str) -> str:
    """A short stand-in for a text, equal for two that differ only in blank space, which providers trim."""
    return sha256(" ".join(body.split()).encode()).hexdigest()
