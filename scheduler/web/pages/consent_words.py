"""Consent in words: how things stand on a channel, and each word of the history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.people.consent import WORDINGS, Purpose, Word
from scheduler.domain.people.patients import Channel
from scheduler.services.patient_page import Standing
from scheduler.services.patient_views import ConsentView
from scheduler.web.pages import times

CHANNELS = {Channel.SMS: "Texts", Channel.EMAIL: "Emails"}
_PURPOSES = {Purpose.CARE: "", Purpose.MARKETING: " with offers"}
_WORDS = {Word.GIVEN: "Agreed", Word.REFUSED: "Refused", Word.STOPPED: "Stopped"}
_SOURCES = {
    "desk": "at the desk",
    "phone": "on the phone",
    "email": "by email",
    "paper": "on paper",
    "form": "on a form",
    "import": "in an import",
    "merge": "when two records were merged",
    "split": "when a record was split",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentLine:
    """One word of the history as the page lists it."""

    at: datetime
    what: str
    how: str
    evidence: str | None
    asked: str
    """The wording that was read out or shown; empty where it isn't one of ours."""


def messages_words(channel: Channel, purpose: Purpose) -> str:
    """`Texts`, `Emails with offers`."""
    return f"{CHANNELS[channel]}{_PURPOSES[purpose]}"


def standing_words(standing: Standing, zone: str, *, now: datetime) -> str:
    """`Tuesday 20 January, noted by Sam, at the desk`; empty where nobody asked."""
    last = standing.last
    if last is None:
        return ""
    day = times.day_words(times.local_day(last.at, zone), today=times.local_day(now, zone))
    return f"{day}, {_how(last)}"


def standing_tag(standing: Standing) -> str:
    """`Agreed`, `Refused`, `Stopped` or `Not asked`."""
    return _WORDS[standing.last.word] if standing.last else "Not asked"


def consent_line(one: ConsentView) -> ConsentLine:
    """What was said, who wrote it down and how it was said."""
    return ConsentLine(
        at=one.at,
        what=f"{_WORDS[one.word]}: {messages_words(Channel(one.channel), one.purpose).lower()}",
        how=_how(one),
        evidence=one.evidence,
        asked=WORDINGS.get(one.wording or "", ""),
    )


def _how(one: ConsentView) -> str:
    return f"noted by {one.recorded_by}, {_SOURCES.get(one.source, one.source)}"
