"""The message of a reminder: its template in the patient's language, with dates and contact lines filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TypeVar

from scheduler.domain.clinics import zones
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.messages import Message, MessageTemplate, Placeholder, fill, placeholders
from scheduler.domain.people.patients import Channel, Patient

T = TypeVar("T")
HOW_TO_STOP = "how-to-stop"
"""The template whose text is added to whichever text to a patient goes first."""
BUNDLE = "bundle"
"""The template that several messages go in as one; its placeholder ((lines)) stands for their clauses."""
_ENDS = (".", "?", "!")
_KEPT = 1024
"""Days whose words are remembered."""
_LINES = f"(({Placeholder.LINES}))"
Templates = Mapping[tuple[str, str], MessageTemplate]
"""By (template, language)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """For whom a message is made, and as of when."""

    patient: Patient
    clinic: Clinic
    topic_ends: Mapping[str, datetime]
    at: datetime
    first_text: bool = False
    topic_names: Mapping[str, str] = field(default_factory=dict)
    """What the patient reads for each topic."""

    @property
    def zone(self) -> str:
        """The patient's wall clock."""
        return self.patient.zone or self.clinic.zone


class NoWording(LookupError):
    """There is no wording for this template and channel in any language of the clinic."""


def render(templates: Templates, template: str, channel: Channel, occasion: Occasion) -> Message:
    """What the patient would read on this channel. Raises NoWording."""
    if channel is Channel.EMAIL:
        email = _first(templates, template, occasion, lambda words: words.email)
        named = _named_end(occasion, email.subject, email.markdown)
        values = _values(occasion, email.subject, email.markdown)
        return Message(body=fill(email.markdown, values), subject=fill(email.subject, values), names_until=named)
    private = occasion.patient.private
    text = _first(templates, template, occasion, lambda words: (words.private if private else None) or words.sms)
    ending = _how_to_stop(templates, occasion) if occasion.first_text else ""
    whole = _with_ending(text, ending)
    return Message(body=fill(whole, _values(occasion, whole)), names_until=_named_end(occasion, text))


def _with_ending(text: str, ending: str) -> str:
    stop = "" if not ending or text.endswith(_ENDS) else "."
    return f"{text}{stop} {ending}".rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One of the messages that go as one."""

    templates: Templates
    template: str
    topic_ends: Mapping[str, datetime]
    topic_names: Mapping[str, str] = field(default_factory=dict)


def render_bundle(
    clauses: Sequence[Clause], channel: Channel, occasion: Occasion
) -> tuple[Message, tuple[datetime | None, ...]]:
    """What the patient would read of several messages as one, and for each clause the end that it names.

    A text is made of their lines, in this order, an email of their bodies, without closing words that stand in the
    bundle, too. The occasion's own ends count for nothing.
    Raises NoWording where one of them, or the bundle itself, has no such words; and for a patient who wants no details
    on the lock screen, as lines have no private form.
    """
    if occasion.patient.private and channel is Channel.SMS:
        raise NoWording(BUNDLE)
    templates = clauses[0].templates
    if channel is Channel.EMAIL:
        email = _first(templates, BUNDLE, occasion, lambda words: words.email)
        closing = email.markdown.partition(_LINES)[2].strip()
        made = [_section(clause, occasion, closing) for clause in clauses]
        lines = "\n\n".join(text for text, _ in made)
        frame = {**_values(occasion, email.subject, email.markdown), Placeholder.LINES: lines}
        message = Message(body=fill(email.markdown, frame), subject=fill(email.subject, frame))
        return message, tuple(end for _, end in made)
    text = _first(templates, BUNDLE, occasion, lambda words: words.sms)
    ending = _how_to_stop(templates, occasion) if occasion.first_text else ""
    made = [_sentence(clause, occasion) for clause in clauses]
    whole = _with_ending(text, ending)
    frame = {**_values(occasion, whole), Placeholder.LINES: " ".join(text for text, _ in made)}
    return Message(body=fill(whole, frame)), tuple(end for _, end in made)


def _section(clause: Clause, occasion: Occasion, closing: str) -> tuple[str, datetime | None]:
    """Its email as a part of the bundle's, and the end that it names."""
    own = replace(occasion, topic_ends=clause.topic_ends, topic_names=clause.topic_names)
    email = _first(clause.templates, clause.template, own, lambda words: words.email)
    words = f"## {email.subject}\n\n{email.markdown.strip().removesuffix(closing).strip()}"
    return fill(words, _values(own, words)), _named_end(own, words)


def _sentence(clause: Clause, occasion: Occasion) -> tuple[str, datetime | None]:
    """Its line as a sentence, and the end that it names."""
    own = replace(occasion, topic_ends=clause.topic_ends, topic_names=clause.topic_names)
    line = _first(clause.templates, clause.template, own, lambda words: words.line)
    words = f"{line[:1].upper()}{line[1:]}" + ("" if line.endswith(_ENDS) else ".")
    return fill(words, _values(own, words)), _named_end(own, words)


def has_wording(templates: Templates, template: str, channel: Channel) -> bool:
    """Whether a template has words for a channel in at least one language."""
    return any(
        (words.email is not None) if channel is Channel.EMAIL else (words.sms is not None)
        for (name, _), words in templates.items()
        if name == template
    )


@lru_cache(maxsize=_KEPT)
def spoken_day(value: date) -> str:
    """`Sunday 8 March`."""
    return f"{value:%A} {value.day} {value:%B}"


def until_day(topic_ends: Mapping[str, datetime], at: datetime, zone: str) -> date | None:
    """The last local day on which any topic that still holds at `at` holds; of all topics if none does any more."""
    end = _last_end(topic_ends, at)
    return None if end is None else zones.local(end - timedelta(microseconds=1), zone).date()


def _last_end(topic_ends: Mapping[str, datetime], at: datetime) -> datetime | None:
    return max((end for end in topic_ends.values() if end > at), default=max(topic_ends.values(), default=None))


def _named_end(occasion: Occasion, *texts: str) -> datetime | None:
    """The end that a text names, if any of these does."""
    names = any(Placeholder.UNTIL in placeholders(text) for text in texts)
    return _last_end(occasion.topic_ends, occasion.at) if names else None


def _first(
    templates: Templates, template: str, occasion: Occasion, wording: Callable[[MessageTemplate], T | None]
) -> T:
    """The wording in the patient's language, else in the first of the clinic's that has it. Raises NoWording."""
    for language in (occasion.patient.language, *occasion.clinic.languages):
        words = templates.get((template, language))
        found = wording(words) if words else None
        if found is not None:
            return found
    raise NoWording(template)


def _how_to_stop(templates: Templates, occasion: Occasion) -> str:
    try:
        return _first(templates, HOW_TO_STOP, occasion, lambda words: words.sms)
    except NoWording:
        return ""


def _told_topics(occasion: Occasion) -> str:
    """`make-up, heat and picking`: those that still hold; all of them if none does any more."""
    ends = occasion.topic_ends
    holding = [topic for topic, end in ends.items() if end > occasion.at] or list(ends)
    names = [occasion.topic_names.get(topic, topic.replace("_", " ")) for topic in holding]
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def _values(occasion: Occasion, *texts: str) -> dict[str, str]:
    """What each placeholder stands for; what takes work to find out, only where one of the texts asks for it."""
    lines = occasion.clinic.lines
    asked = {name for text in texts for name in placeholders(text)}
    day = until_day(occasion.topic_ends, occasion.at, occasion.zone) if Placeholder.UNTIL in asked else None
    return {
        Placeholder.CLINIC: occasion.clinic.name,
        Placeholder.PHONE: lines.phone,
        Placeholder.OUT_OF_HOURS: lines.out_of_hours,
        Placeholder.URGENT: lines.urgent,
        Placeholder.EMERGENCY: lines.emergency,
        Placeholder.UNTIL: spoken_day(day) if day else "",
        Placeholder.TOPICS: _told_topics(occasion) if Placeholder.TOPICS in asked else "",
        Placeholder.LINES: "",
        Placeholder.LINK: "",
    }
