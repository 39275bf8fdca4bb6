"""The provider that the machine plays: at the sender port, with a ledger of all that it took."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from scheduler.domain.delivery.outcomes import Accepted, Fault, NotSent, Outcome, Refused, Unknown
from scheduler.domain.delivery.receipts import Failure, NoAnswer, ProviderMessage, ReceiptRank, body_hash
from scheduler.domain.delivery.senders import Posting
from tests.builders import StoppedClock


class Fate(Enum):
    """What becomes of a call: whether the provider takes the message, and what it answers."""

    def __init__(self, takes: bool, said: Outcome | None) -> None:  # noqa: FBT001  named by each member below
        self.takes = takes
        """Whether the message goes out."""
        self.said = said
        """None: that it took the message, under its id."""

    TAKEN = True, None
    TAKEN_AND_TIMED_OUT = True, Unknown("timed out")
    TIMED_OUT = False, Unknown("timed out")
    BUSY = False, NotSent("503", "busy")
    TEMPORARY = False, Refused(Fault.TEMPORARY, "20429", "slow down")
    PERMANENT = False, Refused(Fault.PERMANENT, "21211", "no such number")
    CONFIG = False, Refused(Fault.CONFIG, "20003", "wrong token")
    OPTED_OUT = False, Refused(Fault.OPTED_OUT, "21610", "stopped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A message that the provider took."""

    posting: Posting
    provider_id: str
    at: datetime
    rank: ReceiptRank = ReceiptRank.TAKEN
    failure: Failure | None = None


class Provider:
    """A way out that does with each message what it is told, and can be asked what became of it."""

    def __init__(self, clock: StoppedClock) -> None:
        self.clock = clock
        self.ledger: list[Taken] = []
        self.called: list[str] = []
        self.fate = Fate.TAKEN
        self.silent = False
        """Whether it answers no questions."""
        self.forgets = False
        """Whether its lists lack what it took."""

    def send(self, posting: Posting, *, timeout: timedelta) -> Outcome:
        del timeout
        self.called.append(posting.attempt_id)
        provider_id = f"SM-{posting.attempt_id}"
        if self.fate.takes:
            self.ledger.append(Taken(posting=posting, provider_id=provider_id, at=self.clock.now))
        return self.fate.said or Accepted(provider_id)

    def report(self, place: int, rank: ReceiptRank, failure: Failure | None) -> Taken:
        """Let a message of the ledger have got so far; as it stands then."""
        self.ledger[place] = replace(self.ledger[place], rank=rank, failure=failure)
        return self.ledger[place]

    def recent(self) -> list[ProviderMessage]:
        if self.silent:
            raise NoAnswer("the provider is silent")
        return [] if self.forgets else [_listed(taken) for taken in self.ledger]

    def fetch(self, provider_id: str) -> ProviderMessage | None:
        return next((one for one in self.recent() if one.provider_id == provider_id), None)

    def list_to(self, to: str, *, since: datetime) -> list[ProviderMessage]:
        del since
        return [one for one in self.recent() if one.to == to]


def _listed(taken: Taken) -> ProviderMessage:
    return ProviderMessage(
        provider_id=taken.provider_id,
        to=taken.posting.to,
        body_hash=body_hash(taken.posting.message.body),
        sender="",
        created_at=taken.at.replace(microsecond=0),
        parts=None,
        provider_status=taken.rank.name.lower(),
        rank=taken.rank,
        failure=taken.failure,
    )
