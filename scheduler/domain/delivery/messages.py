"""Templates and the messages made of them: plain substitution of placeholders, no logic in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

_PLACEHOLDER = re.compile(r"\(\(\s*([^()]*?)\s*\)\)")
_KEPT = 2048
"""Texts that are kept taken apart: a clinic's templates are few, and each is filled for many patients."""


class Placeholder(StrEnum):
    """The closed list of what a template may ask for."""

    CLINIC = "clinic"
    PHONE = "phone"
    """The clinic's own number."""
    OUT_OF_HOURS = "out_of_hours"
    """Whom to call while the clinic is closed."""
    URGENT = "urgent"
    EMERGENCY = "emergency"
    UNTIL = "until"
    """Date of the last day on which any of the rule's topics holds: "until after Sunday 8 March"."""
    TOPICS = "topics"
    """What its topics that still hold are called; for texts that no rule words: "make-up and hard exercise"."""
    LINES = "lines"
    """The clauses of the messages that go as one; for the template of bundles alone."""
    LINK = "link"
    """The patient's plan page; no shipped text uses it yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailTemplate:
    """Subject and Markdown body."""

    subject: str
    markdown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTemplate:
    """The words of one template in one language."""

    template: str
    language: str
    sms: str | None = None
    line: str | None = None
    """Its clause in a bundle."""
    private: str | None = None
    """The text for a patient who wants no details on the lock screen."""
    email: EmailTemplate | None = None

    def texts(self) -> tuple[str, ...]:
        """Every piece of wording in it."""
        email = (self.email.subject, self.email.markdown) if self.email else ()
        return tuple(text for text in (self.sms, self.line, self.private, *email) if text is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a patient would read."""

    body: str
    subject: str | None = None
    """Email only."""
    names_until: datetime | None = None
    """The end of its topics that the words name; None where they name no date."""


def placeholders(text: str) -> tuple[str, ...]:
    """The names that a text asks for, in order, known or not."""
    return _pieces(text)[1::2]


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with each placeholder replaced by its value. Raises KeyError with a name that has none."""
    return "".join([values[piece] if place % 2 else piece for place, piece in enumerate(_pieces(text))])


@lru_cache(maxsize=_KEPT)
def _pieces(text: str) -> tuple[str, ...]:
    """Words and names of placeholders by turns, words first and last."""
    return tuple(_PLACEHOLDER.split(text))


def unknown_placeholders(texts: Iterable[str]) -> tuple[str, ...]:
    """Names used that are not on the closed list, each once."""
    names = (name for text in texts for name in placeholders(text))
    return tuple(dict.fromkeys(name for name in names if name not in set(Placeholder)))
