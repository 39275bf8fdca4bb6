"""Consent as a history of what a patient said per channel and purpose; the latest word counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

AT_DESK = "desk-1"
"""The wording in use at the desk."""
WORDINGS: Mapping[str, str] = {
    AT_DESK: "You agree to get texts and emails from us about this treatment and how to look after your skin. "
    "You can stop them at any time.",
}
"""What patients are asked, by version: a history names the version, so that a text in use is never changed."""


class Purpose(StrEnum):
    """What a message is for; only `rebook` is marketing."""

    CARE = "care"
    MARKETING = "marketing"


class Word(StrEnum):
    """What the patient said."""

    GIVEN = "given"
    REFUSED = "refused"
    STOPPED = "stopped"
    """An opt-out: it outlives later paperwork until the patient lifts it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One entry of the history, with its evidence."""

    channel: str
    purpose: Purpose
    word: Word
    source: str
    """Where it was said: desk, form, import, inbound text."""
    at: datetime


def latest(history: Iterable[Consent], *, channel: str, purpose: Purpose) -> Word | None:
    """The patient's last word for a channel and purpose; None where they never said any."""
    words = [entry.word for entry in history if entry.channel == channel and entry.purpose is purpose]
    return words[-1] if words else None
