"""The port of a sender: what a way out is handed and owes in return. The ways themselves: `scheduler.senders`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from scheduler.domain.delivery.messages import Message
from scheduler.domain.delivery.outcomes import Outcome
from scheduler.domain.delivery.receipts import ProviderMessage
from scheduler.domain.delivery.reminders import Kind
from scheduler.domain.findings import Finding
from scheduler.domain.people.patients import Channel


class SenderState(StrEnum):
    """Whether reminders are claimed for a sender."""

    ACTIVE = "active"
    HELD = "held"
    """By a person, or by a fault of its configuration: reminders wait, and expire when their use is over."""


class Provider(StrEnum):
    """Who carries a sender's messages."""

    SETTINGS = "settings"
    """Whatever the settings choose for the channel: the senders that clinics without their own share."""
    SANDBOX = "sandbox"
    """Keeps what it would send; clinics in trial use it."""
    TWILIO = "twilio"
    SMTP = "smtp"


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderIdentity:
    """Whom messages come from, where that isn't what the settings say. Nothing secret."""

    messaging_service_sid: str | None = None
    from_number: str | None = None
    """E.164, a short code, or a sender name."""
    from_address: str | None = None
    """`care@willow.example`, or `Willow Skin <care@willow.example>`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderInfo:
    """A sender as it is stored: what tells which way a message goes. Hashable, so that ways can be kept by it."""

    id: str
    channel: Channel
    provider: Provider
    identity: SenderIdentity = SenderIdentity()
    clinic_id: str | None = None
    """None: shared by all clinics that have none of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One message on its way to one patient, with all that a provider may be told of it."""

    attempt_id: str
    """Ours; it comes back in the callback's address (texts) or stands in the Message-ID (email)."""
    clinic_id: str
    reminder_ids: tuple[str, ...]
    """The lead first, then those that are bundled into it."""
    kind: Kind
    """The lead's."""
    language: str
    channel: Channel
    to: str
    """E.164 number or email address."""
    message: Message
    due_at: datetime
    """What was promised; the date of an email, whichever try this is."""
    useful_until: datetime
    repeats: str | None = None
    """The first attempt with this very message, where it goes once more: an email bears that one's Message-ID."""
    until: datetime
    """When the provider must give up: the end of the sending hours or of the use, whichever comes first."""


class Sender(Protocol):
    """A way out on one channel."""

    def send(self, posting: Posting, *, timeout: timedelta) -> Outcome:
        """How handing over went, within about `timeout`.

        Called from several threads at once, outside any transaction, after the intent is stored. One call hands
        over once: no retries inside. Whatever is raised counts as `Unknown`, as does no answer in time; what is
        known not to have been handed over is therefore answered as `NotSent`.
        """
        ...


@runtime_checkable
class Checks(Protocol):
    """A way out that can look whether its provider would let it in. Nothing is sent for it."""

    def check(self, *, timeout: timedelta) -> list[Finding]:
        """What keeps it from sending, as far as the provider tells within about `timeout`; empty if nothing."""
        ...


@runtime_checkable
class Tells(Sender, Protocol):
    """A way out whose provider can be asked what became of its messages."""

    def recent(self) -> list[ProviderMessage]:
        """Its newest messages, as many as one answer holds. Raises NoAnswer."""
        ...

    def fetch(self, provider_id: str) -> ProviderMessage | None:
        """One message as it stands now; None if there is none of this id. Raises NoAnswer."""
        ...


@runtime_checkable
class Lists(Sender, Protocol):
    """A way out whose provider can be asked what it has for a number, to find a message whose answer was lost."""

    def list_to(self, to: str, *, since: datetime) -> list[ProviderMessage]:
        """What it has handed over for a number since then, and a few seconds before. Raises NoAnswer."""
        ...


FindSender = Callable[[SenderInfo], Sender | None]
"""The way out that a stored sender stands for; None where this process can't build it."""
