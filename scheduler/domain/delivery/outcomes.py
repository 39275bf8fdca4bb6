"""How one try to hand a message over ended, as a value. What a provider's codes mean is said beside its sender.

Only `NotSent` and a temporary refusal lead to another try by themselves: a provider that is handed a message twice
sends it twice, since Twilio's has no key that would stop the second.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Fault(StrEnum):
    """Why a provider refused, as far as it decides what happens next."""

    PERMANENT = "permanent"
    """This number or address can't be reached from here: the next channel, else failed."""
    TEMPORARY = "temporary"
    """Later may work: try again while the message is useful."""
    CONFIG = "config"
    """Our account, sender or request is wrong, not the number: the sender is held until a person mends it."""
    OPTED_OUT = "opted_out"
    """The provider knows of a STOP: it's recorded as an opt-out, and what was planned is cancelled."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message; whether it arrives is the receipt's to say."""

    provider_id: str
    """The provider's own id for it; receipts come under this id."""
    parts: int | None = None
    """How many parts it was counted as; None where the provider doesn't say yet."""
    ask_after: timedelta | None = None
    """How soon the provider may be asked what became of it; None where it calls back, or never says more."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider answered no: certainly not sent."""

    fault: Fault
    code: str
    """The provider's own code, for whoever looks it up."""
    reason: str
    """One sentence for staff, without the patient's details."""


@dataclass(frozen=True, slots=True)
class NotSent:
    """Certainly not handed over (connection refused, no such host, too many requests): to be tried again."""

    code: str
    reason: str
    only_this: bool = False
    """Whether it says nothing of the provider: others need not wait for it."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been taken: the answer was lost, late, made no sense, or was a fault of the server.

    Never a reason to try again by itself. The doubt is settled by a callback or by asking the provider.
    """

    reason: str


Outcome = Accepted | Refused | NotSent | Unknown
