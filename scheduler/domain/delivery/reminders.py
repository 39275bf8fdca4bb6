"""The life of a reminder: kinds, statuses, and the one table of moves that everything which writes obeys."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from scheduler.domain.errors import SchedulerError
from scheduler.domain.people.consent import Purpose


class Identity(NamedTuple):
    """What makes a reminder the same one through every re-planning."""

    session_id: str
    rule: str
    occurrence: int
    """The day named, for a rule on several days; else 0."""


class Kind(StrEnum):
    """What a reminder is for, most urgent first: the order is the rank."""

    SAFETY = "safety"
    CORRECTION = "correction"
    INSTRUCT = "instruct"
    CHECK = "check"
    RESUME = "resume"
    REASSURE = "reassure"
    REBOOK = "rebook"

    @property
    def rank(self) -> int:
        """0 goes first."""
        return _RANKS[self]

    @property
    def repeats_in_doubt(self) -> bool:
        """Whether a message that may have arrived is sent again: at least once, where others are at most once."""
        return self is Kind.SAFETY

    @property
    def purpose(self) -> Purpose:
        """What the patient must have agreed to."""
        return Purpose.MARKETING if self is Kind.REBOOK else Purpose.CARE

    @property
    def keeps_opening_hours(self) -> bool:
        """Whether it goes only while somebody answers the phone, besides in sending hours."""
        return self in {Kind.CHECK, Kind.REBOOK}


_RANKS = {kind: rank for rank, kind in enumerate(Kind)}


class Status(StrEnum):
    """Where a reminder is."""

    SCHEDULED = "scheduled"
    """Waits for its time."""
    HELD = "held"
    """Waits for a case to be closed or a pause to end."""
    CLAIMED = "claimed"
    """A worker took it; nothing was handed over yet."""
    SENDING = "sending"
    """The intent is stored; the provider is being called."""
    IN_DOUBT = "in_doubt"
    """Posted, and no answer yet."""
    SENT = "sent"
    """The provider took it."""
    DELIVERED = "delivered"
    """The phone or mailbox has it."""
    UNDELIVERED = "undelivered"
    """The provider could not bring it there."""
    FAILED = "failed"
    """It can't go."""
    UNKNOWN = "unknown"
    """Posted, and no answer to be had."""
    SKIPPED = "skipped"
    """Staff left it out."""
    CANCELLED = "cancelled"
    """Not wanted any more: voided, stopped, planned anew, or a person said so."""
    EXPIRED = "expired"
    """Its use was over before it could go."""


OPEN = frozenset({Status.SCHEDULED, Status.HELD, Status.CLAIMED})
"""Nothing was handed over: a person always wins here."""
WITH_PROVIDER = frozenset({Status.SENDING, Status.IN_DOUBT})
"""On its way: the answer decides."""
DONE = frozenset(Status) - OPEN - WITH_PROVIDER
"""The patient has it, or won't get it unless somebody acts."""

_S = Status
_TABLE: dict[Status, dict[Status, str]] = {
    _S.SCHEDULED: {
        _S.CLAIMED: "claim",
        _S.SCHEDULED: "move, send now, reword, zone",
        _S.HELD: "case, pause",
        _S.SKIPPED: "staff",
        _S.CANCELLED: "void, STOP, re-plan, erase",
        _S.EXPIRED: "upkeep",
    },
    _S.HELD: {
        _S.SCHEDULED: "released",
        _S.HELD: "move, reword, zone",
        _S.SKIPPED: "staff",
        _S.CANCELLED: "void, STOP, re-plan, erase",
        _S.EXPIRED: "upkeep",
    },
    _S.CLAIMED: {
        _S.SENDING: "intent",
        _S.SCHEDULED: "lease, gate says later, move, send now, reword, shutdown",
        _S.HELD: "case, pause",
        _S.SKIPPED: "staff",
        _S.CANCELLED: "void, STOP, re-plan, erase, gate",
        _S.EXPIRED: "gate, upkeep",
        _S.FAILED: "gate: no channel left",
    },
    _S.SENDING: {
        _S.SENT: "answer",
        _S.DELIVERED: "early receipt",
        _S.UNDELIVERED: "early receipt",
        _S.SCHEDULED: "not sent, temporary, next channel",
        _S.FAILED: "permanent, none left",
        _S.CANCELLED: "not sent and stop asked; opted out",
        _S.EXPIRED: "not sent, no longer useful",
        _S.IN_DOUBT: "unknown, deadline",
    },
    _S.IN_DOUBT: {
        _S.SENT: "found, callback, late answer",
        _S.DELIVERED: "receipt",
        _S.UNDELIVERED: "receipt",
        _S.SCHEDULED: "late answer says not sent; safety or email repeats",
        _S.FAILED: "late refusal",
        _S.CANCELLED: "late answer says not sent and stop asked",
        _S.EXPIRED: "late answer says not sent, no longer useful",
        _S.UNKNOWN: "an ordinary one, after asking twice",
    },
    _S.UNKNOWN: {
        _S.SENT: "late proof",
        _S.DELIVERED: "late proof",
        _S.UNDELIVERED: "late proof",
        _S.SCHEDULED: "a named person sends again",
    },
    _S.SENT: {_S.DELIVERED: "receipt", _S.UNDELIVERED: "receipt"},
    _S.UNDELIVERED: {_S.SCHEDULED: "one resend or the next channel; a named person sends again"},
    _S.EXPIRED: {_S.SCHEDULED: "re-planning gives a later useful time; a named person sends again"},
    _S.FAILED: {_S.SCHEDULED: "re-planning gives a later useful time; a named person sends again"},
    _S.SKIPPED: {_S.SCHEDULED: "restored by a person"},
    _S.CANCELLED: {_S.SCHEDULED: "restored by a person; revived by re-planning what re-planning cancelled"},
    _S.DELIVERED: {},
}
MOVES: Mapping[Status, Mapping[Status, str]] = MappingProxyType(
    {status: MappingProxyType(_TABLE[status]) for status in Status}
)
"""From a status to each one it may become, and by whom (design 4)."""


class WrongMove(SchedulerError):
    """A reminder can't go from one of these statuses to the other."""

    def __init__(self, before: Status, after: Status) -> None:
        """Carry both ends of the move."""
        super().__init__(f"A reminder that is {before.value} can't become {after.value}.")
        self.before = before
        self.after = after


def sources(after: Status) -> frozenset[Status]:
    """Every status that may become `after`."""
    return frozenset(before for before, moves in MOVES.items() if after in moves)


def check_move(before: Status, after: Status) -> None:
    """Nothing, if the table allows the move. Raises WrongMove otherwise."""
    if after not in MOVES[before]:
        raise WrongMove(before, after)
