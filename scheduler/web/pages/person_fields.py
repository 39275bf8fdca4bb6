"""A new patient as the form asks for them: three facts, and two more that tell people apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import TypeVar

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.errors import Invalid, Problem
from scheduler.domain.people.consent import AT_DESK
from scheduler.domain.people.names import normal_name
from scheduler.domain.people.patients import Line
from scheduler.services.contact_points import example_mobile, read_email, read_phone
from scheduler.services.people import ConsentGiven, PersonGiven
from scheduler.web.pages.forms import Form
from scheduler.web.pages.times import local_day
from scheduler.web.pages.typed_days import read_day

T = TypeVar("T")
YES, NO = "yes", "no"
_FIRST_YEAR = 1900


class Gathered:
    """Problems of several fields, so that all are said at once."""

    def __init__(self) -> None:
        """Start with none."""
        self.problems: list[Problem] = []

    def read(self, read: Callable[[], T]) -> T | None:
        """What is read; None where it can't be, whose problems are kept."""
        try:
            return read()
        except Invalid as error:
            self.problems += error.problems
            return None

    def check(self) -> None:
        """Nothing, if all could be read. Raises Invalid otherwise."""
        if self.problems:
            raise Invalid(*self.problems)


def read_person(form: Form, clinic: Clinic, now: datetime) -> PersonGiven:
    """The new patient. Raises Invalid with all that is missing or wrong."""
    gathered = Gathered()
    name = gathered.read(lambda: _name(form))
    phone = gathered.read(lambda: _phone(form, clinic))
    email = gathered.read(lambda: _email(form, clinic))
    if not any(typed.strip() for typed in (*form.as_typed("phone"), *form.as_typed("email"))):
        gathered.problems.append(Problem("phone", f"Enter a mobile number, like {example_mobile(clinic.country)}"))
    agrees = gathered.read(lambda: read_agrees(form, "the patient agrees"))
    born = gathered.read(lambda: _birth_date(form, clinic, now))
    language = gathered.read(lambda: _language(form, clinic))
    gathered.check()
    consent = ConsentGiven(sms=agrees if phone else None, email=agrees if email else None, wording=AT_DESK)
    return PersonGiven(name=name or "", phone=phone, email=email, birth_date=born, language=language, consent=consent)


def read_agrees(form: Form, who: str) -> bool:
    """What the patient said to messages. Raises Invalid where nobody asked."""
    said = form.text("agrees")
    if said not in {YES, NO}:
        raise Invalid.of("agrees", f"Select whether {who} to texts")
    return said == YES


def is_landline(form: Form, clinic: Clinic) -> bool:
    """Whether the number that was typed gets no texts."""
    try:
        return read_phone(form.text("phone"), country=clinic.country, strict=False).line is Line.LANDLINE
    except Invalid:
        return False


def carried(typed: str) -> Iterator[tuple[str, str]]:
    """The fields of a new patient that what was looked for fills: a number, an address, or a name."""
    if "@" in typed:
        yield "email", typed
    elif any(letter.isalpha() for letter in typed):
        yield "name", typed
    elif typed:
        yield "phone", typed


def _name(form: Form) -> str:
    name = form.text("name")
    if not normal_name(name):
        raise Invalid.of("name", "Enter the patient's name")
    return name


def _phone(form: Form, clinic: Clinic) -> str | None:
    typed = form.text("phone")
    if not typed:
        return None
    if not any(character.isdecimal() for character in typed):
        raise Invalid.of("phone", f"Enter a mobile number, like {example_mobile(clinic.country)}")
    read_phone(typed, country=clinic.country, strict=clinic.live)
    return typed


def _email(form: Form, clinic: Clinic) -> str | None:
    typed = form.text("email", longest=254)
    if not typed:
        return None
    try:
        read_email(typed, strict=clinic.live)
    except Invalid:
        raise Invalid.of("email", "Enter an email address, like name@example.com") from None
    return typed


def _birth_date(form: Form, clinic: Clinic, now: datetime) -> date | None:
    typed = form.text("birth_date")
    if not typed:
        return None
    born = read_day(typed)
    if born is None or born.year < _FIRST_YEAR:
        raise Invalid.of("birth_date", "Enter the date of birth, like 14/5/1991")
    if born > local_day(now, clinic.zone):
        raise Invalid.of("birth_date", "Date of birth must be in the past")
    return born


def _language(form: Form, clinic: Clinic) -> str | None:
    chosen = form.text("language")
    if chosen and chosen not in clinic.languages:
        raise Invalid.of("language", "Select a language of the list")
    return chosen or None
