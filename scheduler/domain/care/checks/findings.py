"""One finding about a protocol's rules or words, and how its rules are called. The checks are beside this."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scheduler.domain.care.protocols import CareProtocol
from scheduler.domain.naming import labels


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """Patients would miss something, or be told something wrong."""
    NOTE = "note"
    """It may be meant so; somebody should know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFinding:
    """One thing that is wrong with a protocol as a whole."""

    rule: str
    """As files are read: `reminder "start"`; empty where it is about no single rule."""
    key: str
    fault: str
    """What is wrong, as the rest of a sentence that began with the rule and key."""
    mend: str
    severity: Severity = Severity.ERROR
    message: tuple[str, str] | None = None
    """(template, language), where the words are to be mended and not the rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What the rules of a protocol are called, in their order."""

    bands: tuple[str, ...]
    windows: tuple[str, ...]
    modifiers: tuple[str, ...]
    reminders: tuple[str, ...]

    @classmethod
    def of(cls, protocol: CareProtocol) -> Called:
        """The labels of this protocol's rules."""
        return cls(
            bands=tuple(labels((band.id for band in protocol.bands), noun="band")),
            windows=tuple(labels((window.topic for window in protocol.windows), noun="window")),
            modifiers=tuple(labels((modifier.id for modifier in protocol.modifiers), noun="modifier")),
            reminders=tuple(labels((reminder.id for reminder in protocol.reminders), noun="reminder")),
        )
