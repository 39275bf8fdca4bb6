"""Why something was planned, moved or left out: structured reasons, and the one plain sentence each becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum

from scheduler.domain.care.conditions import (
    Equal,
    FactTest,
    Known,
    Missing,
    Not,
    OneOf,
    Value,
    Within,
)
from scheduler.domain.care.protocols import Fact
from scheduler.domain.clinics import zones


class Said:
    """Words that are made when somebody reads them: most of what is planned is never asked why."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[], str]) -> None:
        """`make` gives the same words whenever it is called."""
        self._make = make

    def __str__(self) -> str:
        """The words."""
        return self._make()

    def __repr__(self) -> str:
        """The words, as a text's."""
        return repr(str(self))

    def __eq__(self, other: object) -> bool:
        """Whether the other, a text or the like of this, says the same."""
        return str(self) == str(other) if isinstance(other, str | Said) else NotImplemented

    def __hash__(self) -> int:
        """That of the words."""
        return hash(str(self))


Detail = str | int | Said


class Why(StrEnum):
    """Codes of reasons; those of the second half leave a rule without a reminder."""

    RULE = "rule"
    MATCHED = "matched"
    MERGED = "merged"
    OVERRIDDEN = "overridden"
    TOLD = "told"
    LATE = "late"
    FREED = "freed"
    HOURS = "hours"
    AGAINST = "against"
    CHANNEL = "channel"
    LEADS = "leads"
    FOLLOWS = "follows"
    DAY_MOVED = "day_moved"
    APART = "apart"
    CATCH_UP = "catch_up"
    CORRECTION = "correction"

    CONDITION = "condition"
    NO_WINDOW = "no_window"
    NO_CONTACT = "no_contact"
    LANDLINE = "landline"
    NO_CONSENT = "no_consent"
    STOPPED = "stopped"
    TOO_LATE = "too_late"
    NEVER_OPEN = "never_open"
    FORBIDDEN = "forbidden"
    PREGNANT = "pregnant"
    SAME_DAY = "same_day"
    DAY_LIMIT = "day_limit"
    COURSE_LIMIT = "course_limit"
    NO_WORDING = "no_wording"


@dataclass(frozen=True, slots=True)
class Reason:
    """A code and the details that its sentence needs; both can be stored."""

    code: Why
    details: Mapping[str, Detail] = field(default_factory=dict)


_SENTENCES: dict[Why, str] = {
    Why.RULE: "{title}, version {version}{band}: rule {rule}, {when}.",
    Why.MATCHED: "It applies because {facts}.",
    Why.MERGED: "Its topics end with {sessions}.",
    Why.OVERRIDDEN: "{by} set when {topics} ends.",
    Why.TOLD: "A message told the patient until after {day}, so it waits for that, too.",
    Why.LATE: "Its time was over when it was planned, so it goes as soon as it may.",
    Why.HOURS: "Moved from {before} to {after}: outside the hours in which this may go.",
    Why.FREED: "What held it back ended by a change on {at}, and its use counts from then.",
    Why.AGAINST: "Moved from {before} to {after}: until then a session of the patient says the opposite.",
    Why.CHANNEL: "By {channel}, not {preferred}: {refusal}.",
    Why.LEADS: "Goes as one message with {others}, at {at}.",
    Why.FOLLOWS: "Goes as one message with {others}, at {at}.",
    Why.DAY_MOVED: "Moved from {before} to {after}: the day had as many messages as the clinic allows, {most}.",
    Why.APART: "Moved from {before} to {after}: messages to one patient keep {minutes} minutes apart.",
    Why.CATCH_UP: "No other message tells the patient of {topics} while it holds.",
    Why.CORRECTION: "A message told the patient an earlier end of {topics}.",
    Why.CONDITION: "{facts}",
    Why.NO_WINDOW: "none of its topics has a window in this session",
    Why.NO_CONTACT: "there is no number or address to send it to",
    Why.LANDLINE: "the number is a landline, which is kept for calls and gets no texts",
    Why.NO_CONSENT: "the patient has not agreed to messages of this kind on this channel",
    Why.STOPPED: "the patient stopped these messages",
    Why.TOO_LATE: "it could not go before {until}, when its use is over",
    Why.NEVER_OPEN: "there is no hour in the coming days in which it may go",
    Why.FORBIDDEN: "a session of the patient says the opposite until {until}, when its use is over",
    Why.PREGNANT: "it permits retinoids, and {flags} is among the patient's flags",
    Why.SAME_DAY: "{other} says the same on {day}, and one a day is enough",
    Why.DAY_LIMIT: "each day on which it is of use has as many messages as the clinic allows",
    Why.COURSE_LIMIT: "the session has as many messages as the clinic allows, {most}",
    Why.NO_WORDING: "the protocol's version has no words for it",
}


def sentence(reason: Reason) -> str:
    """One plain sentence."""
    return _SENTENCES[reason.code].format(**reason.details)


def sentences(reasons: tuple[Reason, ...]) -> str:
    """All reasons, one after the other."""
    return " ".join(sentence(reason) for reason in reasons)


def day_and_time(wall: datetime) -> str:
    """`4 March, 10:00`."""
    return f"{wall.day} {wall:%B, %H:%M}"


def moved(code: Why, before: datetime, after: datetime, zone: str, **more: Detail) -> Reason:
    """A move from one instant to another, on the patient's clock."""
    told = {"before": zones.local(before, zone), "after": zones.local(after, zone)}
    return Reason(code, {**{name: day_and_time(at) for name, at in told.items()}, **more})


def told_test(test: FactTest, fact: Fact | None, value: Value | None) -> str:
    """Why a condition's test holds or fails, in the fact's own words: `longest needle 0.5 mm is not over 1.5 mm`."""
    known, label = test.test, _label(test.name, fact)
    unit = f" {fact.unit}" if fact and fact.unit else ""
    if value is None or isinstance(known, Missing):
        return f"{label} {'is not recorded' if value is None else 'is recorded'}"
    plain = _plain(known)
    if isinstance(plain, Within):
        # Said of the bounds themselves, so that "not" stands where they are not met.
        return f"{label} {_told(value)}{unit} is {'' if plain.holds(value) else 'not '}{_told_bounds(plain, unit)}"
    if test.name == FLAGS:
        return _told_flags(plain, value)
    if isinstance(value, tuple):
        return f"{label} {'includes' if plain.holds(value) else 'does not include'} {_told_choice(plain)}"
    told = f"{label} is {_told(value)}{unit}"
    return told if plain.holds(value) or isinstance(known, Not) else f"{told}, not {_told_choice(plain)}{unit}"


def _told_flags(plain: Equal | OneOf, value: Value) -> str:
    holds = plain.holds(value)
    if holds and isinstance(value, tuple) and isinstance(plain, OneOf):
        plain = OneOf(tuple(flag for flag in value if flag in plain.values))
    return f"{_told_choice(plain)} {'is' if holds else 'is not'} among the patient's flags"


def _plain(test: Known) -> Equal | OneOf | Within:
    """The test inside any number of opposites."""
    while isinstance(test, Not):
        test = test.inner
    return test


def _told_choice(test: Equal | OneOf) -> str:
    values = test.values if isinstance(test, OneOf) else (test.value,)
    return " or ".join(_told(value) for value in values)


def _told_bounds(test: Within, unit: str) -> str:
    bounds = (test.min, test.over, test.max, test.under)
    words = _ON_A_CLOCK if any(isinstance(bound, time) for bound in bounds) else _AS_NUMBERS
    told = (f"{word} {_told(bound)}{unit}" for word, bound in zip(words, bounds, strict=True) if bound is not None)
    return " and ".join(told)


FLAGS = "flags"
_AS_NUMBERS = ("at least", "over", "at most", "under")
_ON_A_CLOCK = ("at or after", "after", "at or before", "before")
_DERIVED = {
    "session_number": "the session's number",
    "days_since_last": "days since the last session",
    "ended_time": "the end at",
    "band": "the band",
    FLAGS: "a list of flags",
}


def _label(name: str, fact: Fact | None) -> str:
    if fact is None:
        return _DERIVED.get(name, name)
    return fact.label[:1].lower() + fact.label[1:]


def _told(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return f"{value:g}"


def to_stored(reasons: tuple[Reason, ...]) -> list[dict[str, str | int]]:
    """Reasons as plain data."""
    return [
        {
            "code": reason.code.value,
            **{name: str(detail) if isinstance(detail, Said) else detail for name, detail in reason.details.items()},
        }
        for reason in reasons
    ]


def from_stored(stored: list[dict[str, str | int]]) -> tuple[Reason, ...]:
    """Reasons from what `to_stored` gave."""
    return tuple(
        Reason(Why(str(entry["code"])), {key: value for key, value in entry.items() if key != "code"})
        for entry in stored
    )
