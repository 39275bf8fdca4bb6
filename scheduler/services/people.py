"""Who is being registered: reading what staff gave of a person, and finding the patient they already are."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from uuid import uuid4

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.clinics.zones import known_zones
from scheduler.domain.errors import Invalid, Problem
from scheduler.domain.naming import did_you_mean
from scheduler.domain.people.consent import Consent, Purpose, Word, latest
from scheduler.domain.people.names import normal_name
from scheduler.domain.people.patients import Channel, ContactPoint, Line, Patient
from scheduler.services.contact_points import ContactDraft, last_four, lookup_form, read_email, read_phone
from scheduler.storage import consents, contacts, kept_stops, patients
from scheduler.storage.database import Db, lock_name

_LONGEST_NAME = 200
_SERVICE = "aftercare"
_NOT_IN_NAMES = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode's control characters, half pairs and line breaks. What joins letters stays: Persian and Sinhala need it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven:
    """What the patient said at the desk; None: not asked."""

    sms: bool | None = None
    email: bool | None = None
    source: str = "desk"
    wording: str | None = None
    """The version of the wording that was read out or shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonGiven:
    """A person as staff typed them."""

    name: str
    phone: str | None = None
    email: str | None = None
    language: str | None = None
    """None: the clinic's first."""
    zone: str | None = None
    birth_date: date | None = None
    flags: tuple[str, ...] = ()
    private: bool = False
    consent: ConsentGiven = field(default_factory=ConsentGiven)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person whose details can be used."""

    name: str
    language: str
    zone: str | None
    birth_date: date | None
    flags: tuple[str, ...]
    private: bool
    drafts: tuple[ContactDraft, ...]
    words: tuple[Consent, ...]
    wording: str | None = None

    def as_patient(self) -> Patient:
        """The patient that they would become, for a plan that is only looked at."""
        points = tuple(
            ContactPoint(id=f"new-{place}", channel=draft.channel, line=draft.line, value=draft.value)
            for place, draft in enumerate(self.drafts)
        )
        return Patient(
            id="new",
            language=self.language,
            zone=self.zone,
            flags=frozenset(self.flags),
            contacts=points,
            consents=self.words,
            private=self.private,
        )


def read_person(
    given: PersonGiven, clinic: Clinic, *, flags: Collection[str], now: datetime
) -> tuple[Person | None, tuple[Problem, ...]]:
    """The person, or every problem with what was given."""
    drafts, problems = _drafts(given, clinic)
    problems += _name_problems(given.name)
    problems += _choice_problems(given, clinic, flags)
    if given.birth_date is not None and given.birth_date > now.date():
        problems.append(Problem("patient.birth_date", "this is in the future; give the date of birth"))
    if problems:
        return None, tuple(problems)
    person = Person(
        name=given.name.strip(),
        language=given.language or clinic.languages[0],
        zone=given.zone,
        birth_date=given.birth_date,
        flags=given.flags,
        private=given.private,
        drafts=tuple(drafts),
        words=consent_words(given.consent, now),
        wording=given.consent.wording,
    )
    return person, ()


def find_or_add(db: Db, person: Person, *, by: str, now: datetime) -> str:
    """The id of the patient that this person is: a known one with the same contact point and name, else a new one.

    What a known patient did not have yet (a number, a flag, a consent, a birth date) is added to them. Two who
    register the same person at once find the same patient.
    """
    lock_drafts(db, person.drafts)
    patient_id = _known_and_locked(db, person) or _add(db, person, now)
    add_drafts(db, patient_id, person.drafts, now=now)
    add_words(db, patient_id, person.words, wording=person.wording, by=by)
    patients.add_details(db, patient_id, flags=person.flags, birth_date=person.birth_date)
    return patient_id


def _known_and_locked(db: Db, person: Person) -> str | None:
    """Who the person already is, and stays for as long as this transaction; None if they are new."""
    known = find_known(db, person)
    if known is None:
        return None
    patients.lock_patients(db, {known})
    return find_known(db, person)  # again: they may have been erased or merged while we waited


def add_words(db: Db, patient_id: str, words: Iterable[Consent], *, wording: str | None, by: str) -> None:
    """Add what a patient said at the desk to their history, where it is new."""
    history = consents.consents_of(db, {patient_id}).get(patient_id, ())
    for word in new_words(history, words):
        consents.add_consent(db, patient_id, word, recorded_by=by, wording=wording)


def lock_drafts(db: Db, drafts: Iterable[ContactDraft]) -> None:
    """Wait for whoever else registers somebody with one of these numbers or addresses."""
    for lookup in sorted(lookup_form(draft.channel, draft.value) for draft in drafts):
        lock_name(db, lookup)


def add_drafts(db: Db, patient_id: str, drafts: Iterable[ContactDraft], *, now: datetime) -> None:
    """Store contact points that the patient doesn't have yet."""
    for draft in drafts:
        value_hash = contacts.add_contact(
            db,
            patient_id=patient_id,
            channel=draft.channel,
            line=draft.line,
            value=draft.value,
            lookup=lookup_form(draft.channel, draft.value),
            last_four=None if draft.line is Line.EMAIL else last_four(draft.value),
            at=now,
        )
        if value_hash is not None:
            _carry_kept_stops(db, patient_id, value_hash)


def _carry_kept_stops(db: Db, patient_id: str, value_hash: str) -> None:
    """Let what somebody stopped hold for their number, though nothing else is known of them any more."""
    for stop in kept_stops.stops_of(db, value_hash):
        history = consents.consents_of(db, {patient_id}).get(patient_id, ())
        same = [word for word in history if (word.channel, word.purpose) == (stop.channel, stop.purpose)]
        if all(word.at < stop.at for word in same):
            consents.add_consent(db, patient_id, stop, recorded_by=_SERVICE)


def find_known(db: Db, person: Person) -> str | None:
    """The id of the patient that this person already is; None if they are new."""
    for draft in person.drafts:
        sharing = contacts.find_sharing(db, lookup_form(draft.channel, draft.value))
        found = patients.same_person(db, sharing, name=person.name, birth_date=person.birth_date)
        if found is not None:
            return found
    return None


def shared_with_others(db: Db, points: Iterable[ContactPoint], patient_id: str | None) -> bool:
    """Whether another patient of the clinic has one of this patient's numbers or addresses."""
    return any(
        other != patient_id
        for point in points
        for other in contacts.find_sharing(db, lookup_form(point.channel, point.value))
    )


def new_words(history: Iterable[Consent], words: Iterable[Consent]) -> tuple[Consent, ...]:
    """Those words that the patient did not say last; paperwork at the desk never lifts a stop."""
    said = tuple(history)
    return tuple(
        word
        for word in words
        if latest(said, channel=word.channel, purpose=word.purpose) not in {word.word, Word.STOPPED}
    )


def _add(db: Db, person: Person, now: datetime) -> str:
    patient_id = str(uuid4())
    new = patients.NewPatient(
        id=patient_id,
        name=person.name,
        language=person.language,
        birth_date=person.birth_date,
        zone=person.zone,
        flags=person.flags,
        private=person.private,
    )
    patients.add_patient(db, new, now=now)
    return patient_id


def _drafts(given: PersonGiven, clinic: Clinic) -> tuple[list[ContactDraft], list[Problem]]:
    drafts: list[ContactDraft] = []
    problems: list[Problem] = []
    for read in (partial(_phone, given, clinic), partial(_email, given, clinic)):
        try:
            drafts += read()
        except Invalid as error:
            problems += [Problem(f"patient.{problem.field}", problem.message) for problem in error.problems]
    return drafts, problems


def _phone(given: PersonGiven, clinic: Clinic) -> list[ContactDraft]:
    return [] if given.phone is None else [read_phone(given.phone, country=clinic.country, strict=clinic.live)]


def _email(given: PersonGiven, clinic: Clinic) -> list[ContactDraft]:
    return [] if given.email is None else [read_email(given.email, strict=clinic.live)]


def _name_problems(name: str) -> list[Problem]:
    if not normal_name(name):
        return [Problem("patient.name", "give the patient's name")]
    if len(name) > _LONGEST_NAME or any(unicodedata.category(letter) in _NOT_IN_NAMES for letter in name):
        return [Problem("patient.name", f"give the name in at most {_LONGEST_NAME} letters, on one line")]
    return []


def _choice_problems(given: PersonGiven, clinic: Clinic, flags: Collection[str]) -> list[Problem]:
    problems = [
        Problem("patient.flags", f"there is no flag {flag}; {did_you_mean(flag, flags)}")
        for flag in given.flags
        if flag not in flags
    ]
    if given.language is not None and given.language not in clinic.languages:
        mend = did_you_mean(given.language, clinic.languages)
        problems.append(Problem("patient.language", f"the clinic does not send {given.language}; {mend}"))
    if given.zone is not None and given.zone not in known_zones():
        mend = did_you_mean(given.zone, known_zones())
        problems.append(Problem("patient.zone", f"there is no zone {given.zone}; {mend}"))
    return problems


def consent_words(given: ConsentGiven, now: datetime) -> tuple[Consent, ...]:
    """What a patient said at the desk, as words of their history."""
    said = ((Channel.SMS, given.sms), (Channel.EMAIL, given.email))
    return tuple(
        Consent(
            channel=channel,
            purpose=Purpose.CARE,
            word=Word.GIVEN if agreed else Word.REFUSED,
            source=given.source,
            at=now,
        )
        for channel, agreed in said
        if agreed is not None
    )
