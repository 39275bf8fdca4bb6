"""What a patient takes from a text: which topics it permits and forbids, and until when. It reads words, not rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

SPOKEN_OF = {
    "retinoid_otc": r"retinol",
    "acids": r"\bacids?\b",
    "vit_c": r"vitamin C",
    "exfoliate": r"\bscrubs?\b",
    "alcohol_toner": r"\btoner\b",
    "makeup": r"make-up",
    "exercise": r"\bexercise\b|\bsport\b",
    "heat": r"\bsauna\b|steam room|hot tub",
    "swim": r"\bpool\b",
    "spf_start": r"sunscreen",
    "sun_avoid": r"strong sun|\bshade\b",
    "pick": r"\bpick",
}
"""By topic that says avoid, the words that a text has for it."""
_CLAUSE = re.compile(r"(?<=[.;?])\s+")
_FORBIDS = re.compile(r"\b(no|do not|stay out of|stay in the|hands off)\b", re.IGNORECASE)
_PERMITS = re.compile(r"\b(restart|use|put on)\b", re.IGNORECASE)
_DATE = re.compile(r"until after \w+ (\d+ \w+)")


@dataclass(frozen=True, slots=True)
class Reading:
    """What one text says."""

    permits: frozenset[str]
    forbids: dict[str, date | None]
    """By topic the last day that is named; None where the words name none ("yet")."""


def read(body: str, on: date) -> Reading:
    """What the text says to whoever reads it on this day."""
    permits: set[str] = set()
    forbids: dict[str, date | None] = {}
    for clause in _CLAUSE.split(body):
        spoken_of = {topic for topic, words in SPOKEN_OF.items() if re.search(words, clause)}
        if clause.endswith("?"):
            continue
        if _FORBIDS.search(clause):
            forbids |= dict.fromkeys(spoken_of, _last_day(clause, on))
        elif _PERMITS.search(clause):
            permits |= spoken_of
    return Reading(frozenset(permits), forbids)


def _last_day(clause: str, on: date) -> date | None:
    named = _DATE.search(clause)
    if named:
        return datetime.strptime(f"{named[1]} {on.year}", "%d %B %Y").date()  # noqa: DTZ007  a date has no zone
    return on if "today" in clause else None
