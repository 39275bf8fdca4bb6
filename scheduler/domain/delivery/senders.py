"""The port of a sender: what a way out is handed and owes in return. The ways themselves: `scheduler.senders`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from scheduler.domain.delivery.messages import Message
from scheduler.domain.delivery.outcomes import Outcome
from scheduler.domain.delivery.reminders import Kind
from scheduler.domain.people.patients import Channel


class SenderState(StrEnum):
    """Whether reminders are claimed for a sender."""

    ACTIVE = "active"
    HELD = "held"
    """By a person, or by a fault of its configuration: reminders wait, and expire when their use is over."""


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
