"""What a check of the set-up found wrong. The checks themselves live with what they check."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters."""

    FAULT = "fault"
    """Messages don't go, or go wrong, until it is mended."""
    WARNING = "warning"
    """Messages go; somebody should look."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of the set-up, for whoever runs the service."""

    fault: str
    """What is wrong, as one sentence, without secrets."""
    mend: str
    """What to do about it, as one sentence."""
    severity: Severity = Severity.FAULT
