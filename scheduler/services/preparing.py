"""Preparing what was claimed: the gate's verdict on each reminder, and the message of those that may go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from scheduler.domain.care.fitting import MOST_PARTS
from scheduler.domain.clinics.hours import open_until
from scheduler.domain.delivery.gate import Go, Standing, Stay, judge
from scheduler.domain.delivery.messages import Message
from scheduler.domain.delivery.parts import parts
from scheduler.domain.delivery.reminders import Kind, Status
from scheduler.domain.delivery.rendering import Clause, NoWording, Occasion, render, render_bundle
from scheduler.domain.delivery.senders import Posting, SenderInfo
from scheduler.domain.people.patients import Channel
from scheduler.services.care import forbidden_until
from scheduler.services.documents import Wordings
from scheduler.storage import budgets, bundles, claims
from scheduler.storage.attempts import Tells, handed
from scheduler.storage.claims import Claimed
from scheduler.storage.database import Db
from scheduler.storage.dispatching import Surroundings, surroundings
from scheduler.storage.senders import sender_for
from scheduler.storage.types import new_id

NO_WORDING = "no_wording"
"""The template has no words for the channel in any language of the clinic."""
SPLIT = "bundle_split"
"""It was to go as one message with others, and they don't fit into one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A claimed reminder, or several that go as one, with the message that it becomes and the way that goes."""

    claim: Claimed
    posting: Posting
    sender: SenderInfo
    parts: int | None
    tells: tuple[Tells, ...] = ()
    """What the message tells the patient of the ends of topics."""

    @property
    def taken(self) -> int:
        """How much of the sender's budget it takes; an email is one part."""
        return self.parts or 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """What is prepared together, with all that decides over it."""

    db: Db
    around: Surroundings
    wordings: Wordings
    now: datetime


def prepare(db: Db, claimed: list[Claimed], *, now: datetime) -> list[Ready]:
    """Those of the claimed that may go now; the others are moved to what the gate says, with its reason.

    The senders' budgets, charged one part a reminder by the claim, are charged by what the messages take.
    """
    members = [member for claim in claimed for member in claim.members]
    wordings = Wordings(db, {member.version_id for member in members})
    batch = _Batch(db=db, around=surroundings(db, members), wordings=wordings, now=now)
    texted = set(batch.around.texted)
    ready: list[Ready] = []
    for claim in claimed:
        let = _let_through(batch, claim)
        made = let and _first_made(batch, *let, first_text=claim.patient_id not in texted)
        if made is not None:
            ready.append(made)
            if claim.channel is Channel.SMS:
                texted.add(claim.patient_id)
    budgets.correct(db, _corrections(claimed, ready), now)
    return ready


def _let_through(batch: _Batch, claim: Claimed) -> tuple[Claimed, Go] | None:
    """What the gate lets go of a claim, with those that still follow it; what it keeps leaves the bundle."""
    verdicts = [(member, judge(_standing(batch, member), batch.now)) for member in claim.members]
    going = [(member, way) for member, way in verdicts if isinstance(way, Go) and way.channel is member.channel]
    if len(going) == len(verdicts):
        return claim, going[0][1]
    kept = [(member, verdict) for member, verdict in verdicts if (member, verdict) not in going]
    if claim.followers and len({verdict for _, verdict in verdicts}) > 1:
        bundles.leave(batch.db, [member.id for member, _ in kept])
    else:
        kept = kept[:1]  # all of a bundle for one reason: it stays together, and moves with its lead
    for member, verdict in kept:
        if isinstance(verdict, Stay):
            _stay(batch, member, verdict)
        else:
            _change_channel(batch, member, verdict)
    if not going:
        return None
    members = [member for member, _ in going]
    return replace(members[0], followers=tuple(members[1:])), going[0][1]


def _first_made(batch: _Batch, claim: Claimed, way: Go, *, first_text: bool) -> Ready | None:
    """The message of as many of the bundle as fit into one, the first ones; the others wait to go by themselves."""
    made = _once_more(batch, claim, way) or _make(batch, claim, way, first_text=first_text)
    if made is not None:
        return made
    db, now = batch.db, batch.now
    if not claim.followers:
        claims.settle_claim(db, claim, Status.FAILED, reason=NO_WORDING, now=now)
        return None
    *staying, last = claim.followers
    bundles.follow(db, [last.id], None)
    claims.settle_claim(db, last, Status.SCHEDULED, reason=SPLIT, now=now)
    return _first_made(batch, replace(claim, followers=tuple(staying)), way, first_text=first_text)


def _corrections(claimed: list[Claimed], ready: list[Ready]) -> Counter[str]:
    """By sender, how much more its messages take than was charged for them; what stays takes nothing."""
    more: Counter[str] = Counter()
    for one in ready:
        more[one.claim.sender_id] += one.taken
    more.subtract(claim.sender_id for claim in claimed)
    return more


def _standing(batch: _Batch, claim: Claimed) -> Standing:
    around = batch.around
    clinic, patient = around.clinics[claim.clinic_id], around.patients[claim.patient_id]
    return Standing(
        kind=claim.kind,
        channels=claim.channels,
        useful_until=claim.useful_until,
        voided=claim.session_id in around.voided,
        patient=patient,
        clinic=clinic,
        forbidden_until=forbidden_until(batch.db, patient, claim.topic_ends, clinic=clinic, now=batch.now)
        if claim.kind is Kind.RESUME
        else None,
    )


def _stay(batch: _Batch, claim: Claimed, verdict: Stay) -> None:
    reason, next_at = verdict.because.value, verdict.next_at
    claims.settle_claim(batch.db, claim, verdict.status, reason=reason, now=batch.now, next_at=next_at)


def _change_channel(batch: _Batch, claim: Claimed, verdict: Go) -> None:
    """Give it to the sender of the channel that is open now; it is claimed again from there."""
    live = batch.around.clinics[claim.clinic_id].live
    sender_id = sender_for(batch.db, claim.clinic_id, verdict.channel, live=live)
    values = {"channel": verdict.channel, "sender_id": sender_id}
    claims.settle_claim(batch.db, claim, Status.SCHEDULED, reason="next_channel", now=batch.now, values=values)


def _once_more(batch: _Batch, claim: Claimed, way: Go) -> Ready | None:
    """The very message of an attempt that may have gone; None where there is none, or it would go elsewhere."""
    if claim.repeats is None or way.channel is not Channel.EMAIL:
        return None
    before = handed(batch.db, {claim.repeats}).get(claim.repeats)
    if before is None or before.to != way.contact.value or before.subject is None:
        return None
    message = Message(body=before.body, subject=before.subject)
    made = _ready(batch, claim, way, message, before.told)
    return replace(made, posting=replace(made.posting, repeats=claim.repeats))


def _make(batch: _Batch, claim: Claimed, way: Go, *, first_text: bool) -> Ready | None:
    """The message of a claim; None if there are no words for it, or as a bundle it is too long."""
    patient, clinic = batch.around.patients[claim.patient_id], batch.around.clinics[claim.clinic_id]
    occasion = Occasion(
        patient=patient,
        clinic=clinic,
        topic_ends=claim.topic_ends,
        at=batch.now,
        first_text=first_text,
        topic_names=batch.wordings.topic_names(claim.version_id, patient.language, *clinic.languages),
    )
    try:
        message, names = _words(batch, claim, way.channel, occasion)
    except NoWording:
        return None
    told = tuple(told for member, end in zip(claim.members, names, strict=True) for told in _tells(member, end))
    ready = _ready(batch, claim, way, message, told)
    too_long = claim.followers and ready.parts is not None and ready.parts > MOST_PARTS
    return None if too_long else ready


def _ready(batch: _Batch, claim: Claimed, way: Go, message: Message, told: tuple[Tells, ...]) -> Ready:
    around, now = batch.around, batch.now
    patient, clinic = around.patients[claim.patient_id], around.clinics[claim.clinic_id]
    useful_until = min(member.useful_until for member in claim.members)
    posting = Posting(
        attempt_id=new_id(),
        clinic_id=claim.clinic_id,
        reminder_ids=tuple(member.id for member in claim.members),
        kind=claim.kind,
        language=patient.language,
        channel=way.channel,
        to=way.contact.value,
        message=message,
        due_at=claim.due_at,
        useful_until=useful_until,
        until=min(open_until(clinic.sending_hours, now, patient.zone or clinic.zone), useful_until),
    )
    counted = parts(message.body).parts if way.channel is Channel.SMS else None
    return Ready(claim=claim, posting=posting, sender=around.senders[claim.sender_id], parts=counted, tells=told)


def _words(
    batch: _Batch, claim: Claimed, channel: Channel, occasion: Occasion
) -> tuple[Message, tuple[datetime | None, ...]]:
    """The message, and for each member the end that it names. Raises NoWording."""
    if claim.followers:
        return render_bundle([_clause(batch, member, occasion) for member in claim.members], channel, occasion)
    message = render(batch.wordings.templates(claim.version_id), claim.template, channel, occasion)
    return message, (message.names_until,)


def _clause(batch: _Batch, member: Claimed, occasion: Occasion) -> Clause:
    languages = occasion.patient.language, *occasion.clinic.languages
    return Clause(
        templates=batch.wordings.templates(member.version_id),
        template=member.template,
        topic_ends=member.topic_ends,
        topic_names=batch.wordings.topic_names(member.version_id, *languages),
    )


def _tells(member: Claimed, until: datetime | None) -> Iterator[Tells]:
    if until is not None:
        for topic, end in member.topic_ends.items():
            yield Tells(reminder_id=member.id, topic=topic, end=end, until=until)
