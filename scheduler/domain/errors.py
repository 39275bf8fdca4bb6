"""The few errors that stop a use case, each with the fields that a person needs to mend it.

An expected "no" (nothing planned, not sent, not found while searching) is a value elsewhere, never one of these.
"""

from __future__ import annotations

from dataclasses import dataclass


class SchedulerError(Exception):
    """Something stopped the request."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with what somebody gave us."""

    field: str
    """Dotted path in what was given (`patient.phone`); for a file, the rule and key."""
    message: str
    """What is wrong and the mend, as one plain sentence."""

    def __str__(self) -> str:
        """The field and the sentence on one line."""
        return f"{self.field}: {self.message}" if self.field else self.message


class Invalid(SchedulerError):
    """What was given can't be used; every problem found is named."""

    def __init__(self, *problems: Problem) -> None:
        """Carry the problems; the message lists them."""
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems

    @classmethod
    def of(cls, field: str, message: str) -> Invalid:
        """An error about a single field."""
        return cls(Problem(field, message))


class NotFound(SchedulerError):
    """There is no such thing in this clinic."""

    def __init__(self, thing: str, key: str) -> None:
        """Say what was looked for, by which id."""
        super().__init__(f"There is no {thing} {key}{'' if thing in {'clinic', 'sender'} else ' in this clinic'}.")
        self.thing = thing
        self.key = key


class NotNow(SchedulerError):
    """The thing is in a state that doesn't allow this."""


class NotAllowed(SchedulerError):
    """The person or token may not do this."""
