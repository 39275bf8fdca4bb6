"""How long is waited for a provider: for the answer to a call, and before it is asked about one that was lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """What a process allows its providers."""

    call: timedelta = timedelta(seconds=40)
    """For one call. Twilio itself gives up after about 26 s; less would make doubts of slow answers."""
    doubt: timedelta = timedelta(seconds=60)
    """After a lost answer, before the provider is asked; and once more before it is asked again."""

    @property
    def answer(self) -> timedelta:
        """From the intent until a message without an answer is in doubt: a call may first wait for a thread."""
        return 2 * self.call
