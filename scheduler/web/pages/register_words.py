"""What the register page says: the consequence of saving, what asks for a second look, and that it is saved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.people.consent import Word
from scheduler.domain.people.patients import Channel, Line
from scheduler.domain.people.reach import NoReach
from scheduler.services.at_desk import Saved
from scheduler.services.consequence import Consequence, Doubt, DoubtKind
from scheduler.services.finding import Card, Unclear
from scheduler.web.pages.times import clock_words, day_words, local_day

_SPOKEN = {Channel.SMS: "text", Channel.EMAIL: "email"}
_TOLD = 2
_LANGUAGES = {
    "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "cs": "Czech", "cy": "Welsh", "da": "Danish", "de": "German",
    "el": "Greek", "en": "English", "es": "Spanish", "fa": "Persian", "fr": "French", "ga": "Irish", "gu": "Gujarati",
    "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian", "it": "Italian", "lt": "Lithuanian", "lv": "Latvian",
    "nl": "Dutch", "pa": "Punjabi", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian",
    "sk": "Slovak", "so": "Somali", "sv": "Swedish", "ta": "Tamil", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu",
    "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
UNCLEAR = {
    Unclear.EMPTY: "",
    Unclear.MORE_LETTERS: "Type at least 3 letters of the name.",
    Unclear.MORE_DIGITS: "Type the last 4 digits, or the whole number.",
    Unclear.UNREADABLE: "Type the last 4 digits of the number, or 3 letters of the name.",
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, and how it is coloured: `warn`, `bad`, or plain."""

    words: str
    tone: str = ""


def ahead_lines(found: Consequence, name: str, *, zone: str, now: datetime) -> Iterator[Sentence]:
    """What saving would do, the most important first."""
    if found.is_twin:
        yield Sentence("This session is registered already: saving it again changes nothing.", "warn")
        return
    yield from _shut(found, name)
    if found.messages:
        first, last = found.messages[0].due_at, found.messages[-1].due_at
        counted = " and ".join(_count(found, channel) for channel in Channel if found.count(channel))
        verb = "will be planned, for" if len(found.messages) == 1 else "will be planned, from"
        until = "" if len(found.messages) == 1 else f" to {_when(last, zone, now)}"
        yield Sentence(f"{counted} {verb} {_when(first, zone, now)}{until}.")
    else:
        yield Sentence("No messages will be planned.")
    if found.paused:
        yield Sentence(f"Messages to {name} are paused: these wait until the pause ends.", "warn")
    if found.late:
        yield Sentence(late_words(found.late), "warn")
    yield from (
        Sentence(notice, "warn") for notice in found.notices if not notice.startswith("Messages are not planned")
    )


def missing_words(missing: Sequence[str]) -> str:
    """What is to be filled in before the consequence can be said; the bar has room for two."""
    first = "; ".join(words[:1].lower() + words[1:] for words in missing[:_TOLD])
    more = f"; and {len(missing) - _TOLD} more" if len(missing) > _TOLD else ""
    return f"To see what will be sent: {first}{more}."


def save_words(found: Consequence | None) -> str:
    """What the button says."""
    if found is None or found.is_twin or not found.messages:
        return "Save"
    return "Save and start texts" if found.count(Channel.SMS) else "Save and start emails"


def late_words(late: int) -> str:
    """What is too late to be sent."""
    one = late == 1
    return f"{late} message{' is' if one else 's are'} already too late and will not be sent."


def doubt_words(doubt: Doubt, name: str, *, now: datetime, zone: str) -> str:
    """What asks for a second look, and what happens if it is right."""
    match doubt.kind:
        case DoubtKind.UNLIKELY:
            label = doubt.label[:1].upper() + doubt.label[1:]
            return f"{label} {doubt.told}: that is far from what is usual here, {doubt.usual}."
        case DoubtKind.LONG_AGO:
            late = f" {late_words(doubt.late)}" if doubt.late else ""
            return f"The session ended {doubt.days} days ago.{late}"
        case DoubtKind.SOON_AGAIN:
            day = day_words(doubt.other_day, today=local_day(now, zone)) if doubt.other_day else "another day"
            return (
                f"{name} had the same treatment on {day}. Saving keeps both sessions, and makes one plan of them: "
                "each piece of advice lasts as long as the later session asks."
            )


def saved_words(saved: Saved, *, zone: str, now: datetime) -> str:
    """That it is saved, and when the first message goes."""
    if saved.known:
        return "This session was registered already. Nothing was changed."
    if saved.first_at is None or saved.channel is None:
        return "Saved. No messages are planned."
    at, spoken = datetime.fromisoformat(saved.first_at), _SPOKEN[Channel(saved.channel)]
    if at <= now:
        return f"Saved. The first {spoken} goes now."
    if local_day(at, zone) == local_day(now, zone):
        return f"Saved. First {spoken} at {clock_words(at, zone)}."
    return f"Saved. First {spoken} {_when(at, zone, now)}."


def undone_words(gone: int) -> str:
    """That it is undone, and what had gone by then."""
    if not gone:
        return "Undone. Nothing was sent."
    return f"Undone. {gone} message{'' if gone == 1 else 's'} had gone already: tell the patient what holds now."


def language_words(code: str) -> str:
    """The language's name; its code where it is a rarer one."""
    return _LANGUAGES.get(code.partition("-")[0].lower(), code)


def texts_words(card: Card, zone: str) -> tuple[str, str]:
    """(words, tone) of the tag that says whether a patient gets texts."""
    if card.texts.word is Word.STOPPED:
        return f"Stopped{_since(card, zone)}", "bad"
    if card.line is None:
        return "No number", "warn"
    if card.line is Line.LANDLINE:
        return "Landline", "warn"
    if card.texts.word is Word.GIVEN:
        return f"Agreed{_since(card, zone)}", "ok"
    return ("Not asked", "warn") if card.texts.word is None else (f"Not agreed{_since(card, zone)}", "warn")


def _since(card: Card, zone: str) -> str:
    if card.texts.at is None:
        return ""
    day = local_day(card.texts.at, zone)
    return f" {day.day} {day:%B}"


def _shut(found: Consequence, name: str) -> Iterator[Sentence]:
    """Why there are no texts, and what there is in their place."""
    emails = found.count(Channel.EMAIL)
    otherwise = "We will email instead." if emails else "Give the printed plan."
    match found.no_texts:
        case None:
            return
        case NoReach.STOPPED:
            day = f"{found.stopped_on.day} {found.stopped_on:%B}" if found.stopped_on else "an earlier day"
            yield Sentence(f"{name} stopped texts on {day}. {otherwise}", "bad")
        case NoReach.LANDLINE:
            use = "We will email instead." if emails else "Use email instead?"
            yield Sentence(f"This looks like a landline. Texts will not arrive. {use}", "warn")
        case NoReach.NO_CONSENT:
            yield Sentence(f"{name} has not agreed to texts. {otherwise}", "warn")
        case NoReach.NO_CONTACT:
            yield Sentence(f"There is no mobile number. {otherwise}", "warn")


def _count(found: Consequence, channel: Channel) -> str:
    count = found.count(channel)
    return f"{count} {_SPOKEN[channel]}{'' if count == 1 else 's'}"


def _when(at: datetime, zone: str, now: datetime) -> str:
    day, today = local_day(at, zone), local_day(now, zone)
    return f"{'today' if day == today else day_words(day, today=today)} {clock_words(at, zone)}"
