"""Consent as a history of what a patient said per channel and purpose; the latest word counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
