"""The words of messages as people of the clinic look at them: what a message is about, and what it would say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from scheduler.domain.care.protocols import ProtocolVersion
from scheduler.domain.delivery.messages import Message
from scheduler.domain.delivery.rendering import Clause, NoWording, Occasion, render, render_bundle
from scheduler.domain.people.patients import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What one reminder says: alone, or as a part of a message."""

    version: ProtocolVersion
    """The protocol's version that it was planned under."""
    rule: str
    template: str
    topic_ends: Mapping[str, datetime]


def about(piece: Piece, occasion: Occasion) -> str:
    """What a message is about, in the clinic's first language: the subject of its email, else its rule in words."""
    ours = replace(occasion, patient=replace(occasion.patient, language=occasion.clinic.languages[0]))
    try:
        subject = render(piece.version.messages, piece.template, Channel.EMAIL, _of(piece, ours)).subject
    except NoWording:
        subject = None
    return subject or piece.rule.replace("-", " ").replace("_", " ").capitalize()


def would_say(pieces: Sequence[Piece], channel: Channel, occasion: Occasion) -> Message | None:
    """The message that these become, the lead first; None where there are no words for the channel."""
    lead = pieces[0]
    try:
        if len(pieces) == 1:
            return render(lead.version.messages, lead.template, channel, _of(lead, occasion))
        return render_bundle([_clause(piece, occasion) for piece in pieces], channel, occasion)[0]
    except NoWording:
        return None


def _of(piece: Piece, occasion: Occasion) -> Occasion:
    return replace(occasion, topic_ends=piece.topic_ends, topic_names=_topic_names(piece, occasion))


def _clause(piece: Piece, occasion: Occasion) -> Clause:
    return Clause(
        templates=piece.version.messages,
        template=piece.template,
        topic_ends=piece.topic_ends,
        topic_names=_topic_names(piece, occasion),
    )


def _topic_names(piece: Piece, occasion: Occasion) -> dict[str, str]:
    return piece.version.topic_names(occasion.patient.language, *occasion.clinic.languages)
