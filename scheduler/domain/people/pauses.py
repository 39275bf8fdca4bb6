"""Why a patient's messages wait: what staff say when they pause somebody. Holding and releasing are not here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PauseReason(StrEnum):
    """What happened."""

    HOSPITAL = "hospital"
    DEATH = "death"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A time in which nothing is sent to a patient."""

    reason: PauseReason
    note: str
    """Empty where staff added nothing."""
    since: datetime
