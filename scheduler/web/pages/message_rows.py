"""How a message is shown in a list: why it stands as it does, what to do, and the links and buttons that there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from scheduler.domain.delivery.failures import Remedy
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.delivery.senders import Provider
from scheduler.domain.delivery.state_words import Told, told
from scheduler.domain.people.patients import Channel
from scheduler.services.outbox_list import OutboxLine
from scheduler.storage.today import LOST
from scheduler.web.pages import times

CHANNELS = {Channel.SMS: "Text", Channel.EMAIL: "Email"}
_PROVIDERS = {
    Provider.SETTINGS: "the one of the settings",
    Provider.SANDBOX: "sandbox, nothing leaves",
    Provider.TWILIO: "Twilio",
    Provider.SMTP: "mail server",
}


class OfPatient(Protocol):
    """A message as far as its links need it."""

    @property
    def patient(self) -> str:
        """First name and last initial."""
        ...

    @property
    def patient_id(self) -> str:
        """Whose it is."""
        ...


@dataclass(frozen=True, slots=True)
class Offer:
    """What a list offers for a message: a link, or the button that sends it again."""

    remedy: Remedy
    words: str
    address: str = ""
    """Of a link; empty for the button."""


def remedies_of(remedies: Iterable[Remedy], message: OfPatient, *, may_send_again: bool) -> tuple[Offer, ...]:
    """The links and the button for a message; sending again only where it may go."""
    patient = f"/patients/{message.patient_id}"
    known = {
        Remedy.SEND_AGAIN: Offer(Remedy.SEND_AGAIN, "Send again"),
        Remedy.FIX_CONTACT: Offer(Remedy.FIX_CONTACT, "Check number and email", f"{patient}#contact"),
        Remedy.OPEN_PATIENT: Offer(Remedy.OPEN_PATIENT, f"Open {message.patient}", patient),
    }
    return tuple(known[one] for one in remedies if may_send_again or one is not Remedy.SEND_AGAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    """A line of the outbox in words."""

    line: OutboxLine
    channel: str
    told: Told
    offers: tuple[Offer, ...]
    is_lost: bool
    """Whether somebody may note that the patient was told."""
    technical: str
    """Provider, code, id and tries; empty where it was not tried."""


def row_of(line: OutboxLine, zone: str, *, now: datetime) -> MessageRow:
    """A message of the outbox as its page shows it."""
    until = _until(line.next_at, zone, now)
    said = told(line.status, line.status_reason, late=line.late, until=until, note=line.note) or Told("")
    return MessageRow(
        line=line,
        channel=CHANNELS[line.channel],
        told=said,
        offers=remedies_of(said.remedies, line, may_send_again=line.may_send_again),
        is_lost=line.status in LOST and line.status is not Status.IN_DOUBT,
        technical=_technical(line),
    )


def _until(at: datetime, zone: str, now: datetime) -> str:
    """`8:00am` of the same day, else with the day."""
    same = times.local_day(at, zone) == times.local_day(now, zone)
    return times.clock_words(at, zone) if same else times.moment_words(at, zone, now=now)


def _technical(line: OutboxLine) -> str:
    if line.tries is None:
        return ""
    pairs = (
        ("Provider", _PROVIDERS[line.tries.provider]),
        ("code", line.tries.code),
        ("its word", line.tries.provider_status),
        ("id", line.tries.provider_id),
        ("attempts", str(line.tries.count)),
        ("state", line.status.value),
        ("reason", line.status_reason),
    )
    return ", ".join(f"{name} {value}" for name, value in pairs if value)
