"""Preparing what was claimed: the gate's verdict on each reminder, and the message of those that may go."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from scheduler.domain.clinics.hours import open_until
from scheduler.domain.delivery.gate import Go, Standing, Stay, judge
from scheduler.domain.delivery.messages import Message
from scheduler.domain.delivery.parts import parts
from scheduler.domain.delivery.reminders import Kind, Status
from scheduler.domain.delivery.rendering import NoWording, Occasion, render
from scheduler.domain.delivery.senders import Posting, SenderInfo
from scheduler.domain.people.patients import Channel
from scheduler.services.care import forbidden_until
from scheduler.services.documents import read_version
from scheduler.storage import budgets, claims
from scheduler.storage.claims import Claimed
from scheduler.storage.database import Db
from scheduler.storage.dispatching import Surroundings, surroundings
from scheduler.storage.senders import sender_for

NO_WORDING = "no_wording"
"""The template has no words for the channel in any language of the clinic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A claimed reminder with the message that it becomes, and the way by which that goes."""

    claim: Claimed
    posting: Posting
    sender: SenderInfo
    parts: int | None

    @property
    def taken(self) -> int:
        """How much of the sender's budget it takes; an email is one part."""
        return self.parts or 1


def prepare(db: Db, claimed: list[Claimed], *, now: datetime) -> list[Ready]:
    """Those of the claimed that may go now; the others are moved to what the gate says, with its reason.

    The senders' budgets, charged one part a reminder by the claim, are charged by what the messages take.
    """
    around = surroundings(db, claimed)
    texted = set(around.texted)
    ready: list[Ready] = []
    for claim in claimed:
        verdict = judge(_standing(db, claim, around, now), now)
        if isinstance(verdict, Stay):
            _stay(db, claim, verdict, now)
        elif verdict.channel is not claim.channel:
            _change_channel(db, claim, verdict, around, now)
        else:
            made = _make(claim, verdict, around, now, first_text=claim.patient_id not in texted)
            if made is None:
                _fail(db, claim, now)
            else:
                ready.append(made)
                if claim.channel is Channel.SMS:
                    texted.add(claim.patient_id)
    budgets.correct(db, _corrections(claimed, ready), now)
    return ready


def _corrections(claimed: list[Claimed], ready: list[Ready]) -> Counter[str]:
    """By sender, how much more its messages take than was charged for them; what stays takes nothing."""
    more: Counter[str] = Counter()
    for one in ready:
        more[one.claim.sender_id] += one.taken
    more.subtract(claim.sender_id for claim in claimed)
    return more


def _standing(db: Db, claim: Claimed, around: Surroundings, now: datetime) -> Standing:
    clinic = around.clinics[claim.clinic_id]
    return Standing(
        kind=claim.kind,
        channels=claim.channels,
        useful_until=claim.useful_until,
        voided=claim.session_id in around.voided,
        patient=around.patients[claim.patient_id],
        clinic=clinic,
        forbidden_until=forbidden_until(db, claim.patient_id, claim.topic_ends, clinic=clinic, now=now)
        if claim.kind is Kind.RESUME
        else None,
    )


def _stay(db: Db, claim: Claimed, verdict: Stay, now: datetime) -> None:
    claims.settle_claim(db, claim, verdict.status, reason=verdict.because.value, now=now, next_at=verdict.next_at)


def _change_channel(db: Db, claim: Claimed, verdict: Go, around: Surroundings, now: datetime) -> None:
    """Give it to the sender of the channel that is open now; it is claimed again from there."""
    live = around.clinics[claim.clinic_id].live
    sender_id = sender_for(db, claim.clinic_id, verdict.channel, live=live)
    values = {"channel": verdict.channel, "sender_id": sender_id}
    claims.settle_claim(db, claim, Status.SCHEDULED, reason="next_channel", now=now, values=values)


def _fail(db: Db, claim: Claimed, now: datetime) -> None:
    claims.settle_claim(db, claim, Status.FAILED, reason=NO_WORDING, now=now)


def _make(claim: Claimed, verdict: Go, around: Surroundings, now: datetime, *, first_text: bool) -> Ready | None:
    patient, clinic = around.patients[claim.patient_id], around.clinics[claim.clinic_id]
    number, document = around.documents[claim.version_id]
    occasion = Occasion(patient=patient, clinic=clinic, topic_ends=claim.topic_ends, at=now, first_text=first_text)
    try:
        message = render(read_version(document, number).messages, claim.template, verdict.channel, occasion)
    except NoWording:
        return None
    hours_end = open_until(clinic.sending_hours, now, occasion.zone)
    posting = Posting(
        attempt_id=str(uuid4()),
        clinic_id=claim.clinic_id,
        reminder_ids=(claim.id,),
        kind=claim.kind,
        language=patient.language,
        channel=verdict.channel,
        to=verdict.contact.value,
        message=message,
        due_at=claim.due_at,
        useful_until=claim.useful_until,
        until=min(hours_end, claim.useful_until),
    )
    sender = around.senders[claim.sender_id]
    return Ready(claim=claim, posting=posting, sender=sender, parts=_parts(verdict.channel, message))


def _parts(channel: Channel, message: Message) -> int | None:
    return parts(message.body).parts if channel is Channel.SMS else None
