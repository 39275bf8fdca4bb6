"""What the outbox's page is asked for: its filters as they stand in the address, and which messages they mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar

from scheduler.domain.clinics import zones
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.state_words import Word
from scheduler.domain.errors import Invalid, Problem
from scheduler.domain.people.names import compared_name
from scheduler.domain.people.patients import Channel
from scheduler.storage.outbox_list import WantedMessages
from scheduler.storage.patient_records import WantedPatients

W = TypeVar("W", bound=StrEnum)
_DIGITS, _LETTERS = 4, 3
_LONGEST_ID = 36
_LONGEST_NAME = 200


class Span(StrEnum):
    """Days of which messages are listed, by when they are due; a single date may be given in place of one."""

    TODAY = "today"
    WEEK = "7"
    MONTH = "30"
    QUARTER = "90"
    COMING = "next-7"
    ANY = "any"


_BEFORE = {Span.WEEK: 6, Span.MONTH: 29, Span.QUARTER: 89}
"""Days before today that belong to it, too."""
_AHEAD = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What somebody wants to see, as read from the address."""

    days: Span | date = Span.WEEK
    channel: Channel | None = None
    word: Word | None = None
    who: str = ""
    """The last four digits of a number, or letters of a name."""
    patient_id: str | None = None
    session_id: str | None = None

    @property
    def newest_first(self) -> bool:
        """Whether what is due last stands on top; what is only to come is read in its order."""
        return self.days is not Span.COMING

    @property
    def of_few(self) -> bool:
        """Whether few people's messages are asked for: only then those of any day, since a clinic has too many."""
        return bool(self.who or self.patient_id or self.session_id)

    def given(self) -> dict[str, str]:
        """The same as it stands in an address; what asks for nothing is left out."""
        days = self.days.value if isinstance(self.days, Span) else self.days.isoformat()
        pairs = {
            "days": days,
            "channel": self.channel.value if self.channel else "",
            "state": self.word.value if self.word else "",
            "who": self.who,
            "patient": self.patient_id or "",
            "session": self.session_id or "",
        }
        return {name: value for name, value in pairs.items() if value}


def read_filters(given: Mapping[str, str]) -> Filters:
    """What the address asks for; what is missing or empty doesn't narrow. Raises Invalid with every problem.

    Without days, all of one patient's or session's messages are meant, and else those of the last week.
    """
    problems: list[Problem] = []
    text = {name: value.strip() for name, value in given.items() if value.strip()}
    of_one = "patient" in text or "session" in text
    days = _read_days(text.get("days", Span.ANY.value if of_one else Span.WEEK.value), problems)
    found = Filters(
        days=days,
        channel=_read_word(Channel, text.get("channel"), "channel", problems),
        word=_read_word(Word, text.get("state"), "state", problems),
        who=_read_who(text.get("who", ""), problems),
        patient_id=_read_id(text.get("patient"), "patient", problems),
        session_id=_read_id(text.get("session"), "session", problems),
    )
    if found.days is Span.ANY and not found.of_few and not problems:
        problems.append(Problem("days", "Choose days, or whose messages you want by number or name."))
    if problems:
        raise Invalid(*problems)
    return found


def read_page(text: str) -> int:
    """The number of a page, from 1 on; 1 for what is no number."""
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) <= _DIGITS * 2 else 1


def _read_days(text: str, problems: list[Problem]) -> Span | date:
    if text in set(Span):
        return Span(text)
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems.append(Problem("days", "Choose days from the list, or write a date like 2026-03-04."))
        return Span.WEEK


def _read_word(words: type[W], text: str | None, field: str, problems: list[Problem]) -> W | None:
    if text is None or text in set(words):
        return None if text is None else words(text)
    problems.append(Problem(field, f"Choose a {field} from the list."))
    return None


def _read_who(text: str, problems: list[Problem]) -> str:
    digits = len(text) == _DIGITS and text.isascii() and text.isdigit()
    letters = len(compared_name(text[: _LONGEST_NAME + 1])) >= _LETTERS and len(text) <= _LONGEST_NAME
    if text and not digits and (not letters or text.isdecimal() or "\0" in text):
        problems.append(Problem("who", "Type the last 4 digits of a number, or at least 3 letters of a name."))
        return ""
    return text


def _read_id(text: str | None, field: str, problems: list[Problem]) -> str | None:
    if text is not None and (len(text) > _LONGEST_ID or not text.isascii() or not text.isprintable()):
        problems.append(Problem(field, f"There is no such {field}: follow a link to their messages."))
        return None
    return text


def people_by(filters: Filters) -> WantedPatients | None:
    """Whose messages are meant, by the end of a number or the beginnings of a name; None for everybody's."""
    if not filters.who:
        return None
    return WantedPatients(last_four=filters.who) if filters.who.isdigit() else WantedPatients(name=filters.who)


def wanted_by(filters: Filters, clinic: Clinic, now: datetime) -> WantedMessages:
    """Which messages are meant, with the days on the clinic's calendar."""
    start, end = _between(filters.days, clinic.zone, now)
    return WantedMessages(
        start=start,
        end=end,
        channel=filters.channel,
        word=filters.word,
        patient_ids=frozenset({filters.patient_id}) if filters.patient_id else None,
        session_id=filters.session_id,
    )


def _between(days: Span | date, zone: str, now: datetime) -> tuple[datetime | None, datetime | None]:
    today = zones.local(now, zone).date()
    if days is Span.ANY:
        return None, None
    if days is Span.COMING:
        return now, zones.midnight_after(today + timedelta(days=_AHEAD), zone)
    if isinstance(days, Span):
        today -= timedelta(days=_BEFORE.get(days, 0))
        return zones.instant(today, time(), zone), zones.midnight_after(zones.local(now, zone).date(), zone)
    try:
        return zones.instant(days, time(), zone), zones.midnight_after(days, zone)
    except OverflowError:  # the first and the last day that a calendar has
        return _NEVER, _NEVER


_NEVER = datetime(1, 1, 2, tzinfo=UTC)
