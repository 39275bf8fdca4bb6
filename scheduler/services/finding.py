"""Finding a patient from one box: what was typed decides whether a number, its end, an address or a name is meant."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from scheduler.domain.care.fact_words import facts_line
from scheduler.domain.care.protocols import ProtocolVersion
from scheduler.domain.care.sessions import TreatmentSession
from scheduler.domain.clinics import zones
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.errors import Invalid, NotFound
from scheduler.domain.people.consent import Consent, Purpose, Word
from scheduler.domain.people.names import compared_name, name_fits, normal_name
from scheduler.domain.people.patients import Channel, ContactPoint, Line
from scheduler.services.contact_points import last_four, lookup_form, read_email, read_phone
from scheduler.services.documents import read_version
from scheduler.storage import audit, clinics, protocols
from scheduler.storage.database import Db
from scheduler.storage.patient_lines import PatientLine, count_patients, names_of, newest_patients, patient_lines
from scheduler.storage.patient_records import WantedPatients

_END = 4
_LETTERS = 3
_LONGEST = 200
_IN_NUMBERS = frozenset(" ()-./+\u2010\u2011\u2012\u2013\u00a0")
_FEW = 300
"""So many names are opened and put in order; of more, those added last come first."""


class Unclear(StrEnum):
    """Why nobody is looked for yet."""

    EMPTY = "empty"
    MORE_LETTERS = "more letters"
    MORE_DIGITS = "more digits"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The patient's last word on a channel about care."""

    word: Word | None
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastSession:
    """A patient's last live session, in the words of the version that planned it."""

    id: str
    procedure: str
    title: str
    day: date
    session: TreatmentSession
    line: str
    """Its facts: `0.5 mm, pen, face`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What tells a patient apart at the desk."""

    id: str
    name: str
    birth_date: date | None
    numbers_end_in: tuple[str, ...]
    line: Line | None
    """Of the number that is used; None where there is none."""
    texts: Said
    emails: Said
    has_email: bool
    language: str
    flags: tuple[str, ...]
    paused: bool
    last: LastSession | None

    @property
    def first_name(self) -> str:
        """The first word of the name."""
        return self.name.split()[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Some of the patients who fit what was typed."""

    cards: tuple[Card, ...]
    total: int
    by_name: bool = True
    """Whether they stand in the order of their names; else who was added last comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Who is looked for."""

    wanted: WantedPatients
    """By keyed hashes, which know the first three letters of a word."""
    name: str = ""
    """As typed; of few who fit, those stay whose names begin so."""


def read_box(text: str, clinic: Clinic) -> Sought | Unclear:
    """Who is meant: an address, a whole number, its last four digits, letters of a name, or digits beside letters."""
    typed = unicodedata.normalize("NFKC", text).strip()
    if not typed:
        return Unclear.EMPTY
    if len(typed) > _LONGEST:
        return Unclear.UNREADABLE
    if "@" in typed:
        return _address(typed)
    if all(character.isdecimal() or character in _IN_NUMBERS for character in typed):
        return _number(_ascii_digits(typed), clinic)
    return _name(typed)


def find(db: Db, text: str, *, skip: int = 0, most: int) -> Found | Unclear:
    """At most so many of those who fit, or why nobody is looked for yet; whoever shows them calls `note_seen`."""
    sought = read_box(text, clinics.get_clinic(db))
    return sought if isinstance(sought, Unclear) else _shown(db, sought, skip=skip, most=most)


def list_all(db: Db, *, skip: int = 0, most: int) -> Found:
    """At most so many of all patients, who was added last first; whoever shows them calls `note_seen`."""
    return _shown(db, Sought(wanted=WantedPatients()), skip=skip, most=most)


def note_seen(db: Db, cards: Iterable[Card], *, by: str, now: datetime) -> None:
    """Keep in the audit who was seen in a list.

    Apart from finding them, which needs no handle that writes: nobody waits for a search.
    """
    seen = ", ".join(card.id for card in cards)
    if seen:
        sentence = f"Saw in a list: {seen}."
        audit.record(db, at=now, actor=by, action="patient.list", subject="patients", sentence=sentence)


def card_of(db: Db, patient_id: str) -> Card:
    """One patient. Raises NotFound, also for one who was merged or erased."""
    cards = _cards(db, [patient_id])
    if not cards:
        raise NotFound("patient", patient_id)
    return cards[0]


def _shown(db: Db, sought: Sought, *, skip: int, most: int) -> Found:
    wanted = sought.wanted
    total = count_patients(db, wanted)
    if wanted == WantedPatients() or total > _FEW:
        return Found(cards=_cards(db, newest_patients(db, wanted, skip=skip, most=most)), total=total, by_name=False)
    ids = _in_order(names_of(db, wanted), sought.name)
    return Found(cards=_cards(db, ids[skip : skip + most]), total=len(ids))


def _in_order(names: Iterable[tuple[str, str]], typed: str) -> list[str]:
    fitting = [(normal_name(name), id_) for id_, name in names if name_fits(name, typed)]
    return [id_ for _, id_ in sorted(fitting)]


def _address(typed: str) -> Sought | Unclear:
    try:
        draft = read_email(typed, strict=False)
    except Invalid:
        return Unclear.UNREADABLE
    return Sought(wanted=WantedPatients(lookup=lookup_form(draft.channel, draft.value)))


def _number(typed: str, clinic: Clinic) -> Sought | Unclear:
    digits = "".join(character for character in typed if character.isdigit())
    if len(digits) <= _END:
        return Sought(wanted=WantedPatients(last_four=digits)) if len(digits) == _END else Unclear.MORE_DIGITS
    try:
        draft = read_phone(typed, country=clinic.country, strict=False)
    except Invalid:
        return Unclear.MORE_DIGITS
    return Sought(wanted=WantedPatients(lookup=lookup_form(draft.channel, draft.value)))


def _name(typed: str) -> Sought | Unclear:
    words = typed.split()
    ends = [word for word in words if len(word) == _END and word.isdecimal()]
    name = " ".join(word for word in words if word not in ends)
    if len(compared_name(name)) < _LETTERS and not _short_script(name):
        return Unclear.MORE_LETTERS
    long = " ".join(word for word in normal_name(name).split() if len(word) >= _LETTERS)
    end = _ascii_digits(ends[0]) if ends else None
    return Sought(wanted=WantedPatients(name=long or name, last_four=end), name=name)


def _short_script(name: str) -> bool:
    """Whether names are often shorter than three letters in its script, as in Chinese."""
    return any(unicodedata.category(character) == "Lo" for character in compared_name(name))


def _ascii_digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(one)) if one.isdecimal() else one for one in text)


def _cards(db: Db, ids: list[str]) -> tuple[Card, ...]:
    lines = patient_lines(db, ids)
    clinic = clinics.get_clinic(db)
    treated = {(line.last.procedure, line.last.version) for line in lines if line.last}
    stored = protocols.versions(db, treated, clinic_id=clinic.id)
    versions = {name: read_version(version.document, version.number) for name, version in stored.items()}
    return tuple(_card(line, clinic, versions) for line in lines)


def _card(line: PatientLine, clinic: Clinic, versions: Mapping[tuple[str, int], ProtocolVersion]) -> Card:
    numbers = [point for point in line.contacts if point.channel is Channel.SMS]
    return Card(
        id=line.id,
        name=line.name,
        birth_date=line.birth_date,
        numbers_end_in=tuple(last_four(point.value) for point in numbers),
        line=_line(numbers),
        texts=_said(line.consents, Channel.SMS),
        emails=_said(line.consents, Channel.EMAIL),
        has_email=len(numbers) < len(line.contacts),
        language=line.language,
        flags=line.flags,
        paused=line.paused,
        last=None if line.last is None else _last(line.last, clinic, versions),
    )


def _line(numbers: list[ContactPoint]) -> Line | None:
    usable = [point for point in numbers if point.takes_messages]
    return next((point.line for point in reversed(usable or numbers)), None)


def _said(history: Iterable[Consent], channel: Channel) -> Said:
    words = [word for word in history if word.channel == channel and word.purpose is Purpose.CARE]
    return Said(word=words[-1].word, at=words[-1].at) if words else Said(word=None, at=None)


def _last(
    session: TreatmentSession, clinic: Clinic, versions: Mapping[tuple[str, int], ProtocolVersion]
) -> LastSession:
    protocol = versions[session.procedure, session.version].protocol
    return LastSession(
        id=session.id,
        procedure=session.procedure,
        title=protocol.title,
        day=zones.local(session.ended_at, clinic.zone).date(),
        session=session,
        line=facts_line(protocol, session.facts),
    )
