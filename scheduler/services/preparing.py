"""Preparing what was claimed: the gate's verdict on each reminder, and the message of those that may go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

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
from scheduler.services.documents import read_version
from scheduler.storage import budgets, bundles, claims
from scheduler.storage.attempts import Tells, handed
from scheduler.storage.claims import Claimed
from scheduler.storage.database import Db
from scheduler.storage.dispatching import Surroundings, surroundings
from scheduler.storage.senders import sender_for

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


def prepare(db: Db, claimed: list[Claimed], *, now: datetime) -> list[Ready]:
    """Those of the claimed that may go now; the others are moved to what the gate says, with its reason.

    The senders' budgets, charged one part a reminder by the claim, are charged by what the messages take.
    """
    around = surroundings(db, [member for claim in claimed for member in claim.members])
    texted = set(around.texted)
    ready: list[Ready] = []
    for claim in claimed:
        let = _let_through(db, claim, around, now)
        made = let and _first_made(db, *let, around, now, first_text=claim.patient_id not in texted)
        if made is not None:
            ready.append(made)
            if claim.channel is Channel.SMS:
                texted.add(claim.patient_id)
    budgets.correct(db, _corrections(claimed, ready), now)
    return ready


def _let_through(db: Db, claim: Claimed, around: Surroundings, now: datetime) -> tuple[Claimed, Go] | None:
    """What the gate lets go of a claim, with those that still follow it; what it keeps leaves the bundle."""
    verdicts = [(member, judge(_standing(db, member, around, now), now)) for member in claim.members]
    going = [(member, way) for member, way in verdicts if isinstance(way, Go) and way.channel is member.channel]
    kept = [(member, verdict) for member, verdict in verdicts if (member, verdict) not in going]
    if claim.followers and len({verdict for _, verdict in verdicts}) > 1:
        bundles.leave(db, [member.id for member, _ in kept])
    elif kept:
        kept = kept[:1]  # all of a bundle for one reason: it stays together, and moves with its lead
    for member, verdict in kept:
        if isinstance(verdict, Stay):
            _stay(db, member, verdict, now)
        else:
            _change_channel(db, member, verdict, around, now)
    if not going:
        return None
    members = [member for member, _ in going]
    return replace(members[0], followers=tuple(members[1:])), going[0][1]


def _first_made(
    db: Db, claim: Claimed, way: Go, around: Surroundings, now: datetime, *, first_text: bool
) -> Ready | None:
    """The message of as many of the bundle as fit into one, the first ones; the others wait to go by themselves."""
    made = _once_more(db, claim, way, around, now) or _make(claim, way, around, now, first_text=first_text)
    if made is not None:
        return made
    if not claim.followers:
        claims.settle_claim(db, claim, Status.FAILED, reason=NO_WORDING, now=now)
        return None
    *staying, last = claim.followers
    bundles.follow(db, [last.id], None)
    claims.settle_claim(db, last, Status.SCHEDULED, reason=SPLIT, now=now)
    return _first_made(db, replace(claim, followers=tuple(staying)), way, around, now, first_text=first_text)


def _corrections(claimed: list[Claimed], ready: list[Ready]) -> Counter[str]:
    """By sender, how much more its messages take than was charged for them; what stays takes nothing."""
    more: Counter[str] = Counter()
    for one in ready:
        more[one.claim.sender_id] += one.taken
    more.subtract(claim.sender_id for claim in claimed)
    return more


def _standing(db: Db, claim: Claimed, around: Surroundings, now: datetime) -> Standing:
    clinic, patient = around.clinics[claim.clinic_id], around.patients[claim.patient_id]
    return Standing(
        kind=claim.kind,
        channels=claim.channels,
        useful_until=claim.useful_until,
        voided=claim.session_id in around.voided,
        patient=patient,
        clinic=clinic,
        forbidden_until=forbidden_until(db, patient, claim.topic_ends, clinic=clinic, now=now)
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


def _once_more(db: Db, claim: Claimed, way: Go, around: Surroundings, now: datetime) -> Ready | None:
    """The very message of an attempt that may have gone; None where there is none, or it would go elsewhere."""
    if claim.repeats is None or way.channel is not Channel.EMAIL:
        return None
    before = handed(db, {claim.repeats}).get(claim.repeats)
    if before is None or before.to != way.contact.value or before.subject is None:
        return None
    message = Message(body=before.body, subject=before.subject)
    made = _ready(claim, way, around, now, message, before.told)
    return replace(made, posting=replace(made.posting, repeats=claim.repeats))


def _make(claim: Claimed, way: Go, around: Surroundings, now: datetime, *, first_text: bool) -> Ready | None:
    """The message of a claim; None if there are no words for it, or as a bundle it is too long."""
    patient, clinic = around.patients[claim.patient_id], around.clinics[claim.clinic_id]
    occasion = Occasion(patient=patient, clinic=clinic, topic_ends=claim.topic_ends, at=now, first_text=first_text)
    try:
        message, names = _words(claim, way.channel, around, occasion)
    except NoWording:
        return None
    told = tuple(told for member, end in zip(claim.members, names, strict=True) for told in _tells(member, end))
    ready = _ready(claim, way, around, now, message, told)
    too_long = claim.followers and ready.parts is not None and ready.parts > MOST_PARTS
    return None if too_long else ready


def _ready(
    claim: Claimed, way: Go, around: Surroundings, now: datetime, message: Message, told: tuple[Tells, ...]
) -> Ready:
    patient, clinic = around.patients[claim.patient_id], around.clinics[claim.clinic_id]
    useful_until = min(member.useful_until for member in claim.members)
    posting = Posting(
        attempt_id=str(uuid4()),
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
    claim: Claimed, channel: Channel, around: Surroundings, occasion: Occasion
) -> tuple[Message, tuple[datetime | None, ...]]:
    """The message, and for each member the end that it names. Raises NoWording."""
    clauses = [_clause(member, around, occasion) for member in claim.members]
    if claim.followers:
        return render_bundle(clauses, channel, occasion)
    alone = replace(occasion, topic_names=clauses[0].topic_names)
    message = render(clauses[0].templates, claim.template, channel, alone)
    return message, (message.names_until,)


def _clause(member: Claimed, around: Surroundings, occasion: Occasion) -> Clause:
    number, document = around.documents[member.version_id]
    version = read_version(document, number)
    return Clause(
        templates=version.messages,
        template=member.template,
        topic_ends=member.topic_ends,
        topic_names=version.topic_names(occasion.patient.language, *occasion.clinic.languages),
    )


def _tells(member: Claimed, until: datetime | None) -> Iterator[Tells]:
    if until is not None:
        for topic, end in member.topic_ends.items():
            yield Tells(reminder_id=member.id, topic=topic, end=end, until=until)
