"""Reading the numbers and addresses that people type. How a patient's contact points are kept is storage's."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

from scheduler.domain.errors import Invalid
from scheduler.domain.people.patients import Channel, Line

_PHONE: Final = "phone"
_EMAIL: Final = "email"
_WORDS = {_PHONE: "phone number", _EMAIL: "email address"}
_LONGEST_PHONE = 60
_LONGEST_EMAIL = 254
_LAST = 4

_LINES = {
    PhoneNumberType.FIXED_LINE: Line.LANDLINE,
    PhoneNumberType.MOBILE: Line.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: Line.MOBILE,
    # These follow a person or an app; most take texts, and the provider's answer tells of those that don't.
    PhoneNumberType.PERSONAL_NUMBER: Line.MOBILE,
    PhoneNumberType.VOIP: Line.MOBILE,
}
_OWN_NUMBER = "ask the patient for their own mobile number."
_REFUSED = {
    PhoneNumberType.PREMIUM_RATE: "That is a premium-rate number, which costs whoever uses it",
    PhoneNumberType.SHARED_COST: "That is a shared-cost number, which belongs to a business",
    PhoneNumberType.TOLL_FREE: "That is a freephone number, which belongs to a business",
    PhoneNumberType.UAN: "That is a company's central number",
    PhoneNumberType.PAGER: "That is a pager, which can't show our texts",
    PhoneNumberType.VOICEMAIL: "That is a voicemail box, which can't show texts",
}
_IMPOSSIBLE = {
    ValidationResult.TOO_SHORT: "That number is too short: check that no digit is missing.",
    ValidationResult.TOO_LONG: "That number is too long: write one number, and check its digits.",
    ValidationResult.INVALID_LENGTH: "No number in that country is that long: check the digits.",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "The area code is missing: write the whole number.",
    ValidationResult.INVALID_COUNTRY_CODE: "No country has that code: check the digits after the +.",
}
_UNREAD = {
    NumberParseException.INVALID_COUNTRY_CODE: _IMPOSSIBLE[ValidationResult.INVALID_COUNTRY_CODE],
    NumberParseException.TOO_SHORT_AFTER_IDD: _IMPOSSIBLE[ValidationResult.TOO_SHORT],
    NumberParseException.TOO_SHORT_NSN: _IMPOSSIBLE[ValidationResult.TOO_SHORT],
    NumberParseException.TOO_LONG: _IMPOSSIBLE[ValidationResult.TOO_LONG],
}
_NO_NUMBER = "That isn't a phone number: write its digits, like +44 7911 123456."
_FICTIONAL = (
    (re.compile(r"\+447700900\d{3}"), Line.MOBILE),  # Ofcom: mobiles for drama
    (re.compile(r"\+441632960\d{3}"), Line.LANDLINE),  # Ofcom: a town that doesn't exist
    (re.compile(r"\+1\d{3}55501\d{2}"), Line.MOBILE),  # North American plan: 555-0100 to 555-0199 of any area
    (re.compile(r"\+1555\d{7}"), Line.MOBILE),  # an area code that is never given out
)
"""Numbers that nobody has and the numbering plans therefore call invalid, for a clinic in trial and the demo."""
_RESERVED_DOMAINS = ("example", "test", "example.com", "example.net", "example.org")
"""RFC 2606 and 6761: nobody reads mail there. (`invalid`, `local` and their kin are refused by the library.)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDraft:
    """A number or address as read, before it belongs to a patient."""

    channel: Channel
    line: Line
    value: str
    """E.164 number, or email address with its domain in lower case and ASCII."""


def read_phone(text: str, *, country: str, strict: bool) -> ContactDraft:
    """The number that was meant; one without a country code is a number of the clinic's `country`.

    A landline is read too, for calls. `strict` is for live clinics; without it, the numbers that are set aside for
    drama and tests pass as well. Raises Invalid, on field `phone`, for anything that can't be a patient's number.
    """
    number = _parse(_typed(text, _PHONE, longest=_LONGEST_PHONE), country)
    value = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return ContactDraft(channel=Channel.SMS, line=_line(number, value, strict=strict), value=value)


def read_email(text: str, *, strict: bool) -> ContactDraft:
    """The address that was meant, checked by its form alone; whether anybody reads it there is not asked.

    `strict` is for live clinics; without it, the domains that are set aside for examples and tests pass as well.
    Raises Invalid, on field `email`.
    """
    typed = _typed(text, _EMAIL, longest=_LONGEST_EMAIL)
    try:
        found = validate_email(
            typed, check_deliverability=False, allow_smtputf8=False, strict=True, test_environment=True
        )
    except EmailNotValidError as error:
        raise Invalid.of(_EMAIL, f"That isn't an email address: {_decapitalised(error)}") from error
    if strict and _reserved(found.ascii_domain):
        raise Invalid.of(_EMAIL, f"Nobody reads mail at {found.ascii_domain}: ask the patient for their address.")
    return ContactDraft(channel=Channel.EMAIL, line=Line.EMAIL, value=f"{found.local_part}@{found.ascii_domain}")


def lookup_form(channel: Channel, value: str) -> str:
    """The form in which two contact points are the same: an email address is compared without regard to case."""
    return value.lower() if channel is Channel.EMAIL else value


def example_mobile(country: str) -> str:
    """A mobile number as people of the country write one; nobody has the British one."""
    example = None if country == "GB" else phonenumbers.example_number_for_type(country, PhoneNumberType.MOBILE)
    if example is None:
        return "07700 900321" if country == "GB" else "+44 7700 900321"
    return phonenumbers.format_number(example, PhoneNumberFormat.NATIONAL)


def last_four(value: str) -> str:
    """The last four digits of a number, as staff say them."""
    return value[-_LAST:]


def _typed(text: str, field: str, *, longest: int) -> str:
    typed, word = text.strip(), _WORDS[field]
    if not typed:
        raise Invalid.of(field, f"The {word} is empty: write one, or leave it out.")
    if len(typed) > longest:
        raise Invalid.of(field, f"No {word} has more than {longest} characters: write one, and nothing else.")
    if any(unicodedata.category(character) == "Cc" for character in typed):
        raise Invalid.of(field, f"There is a line break or a control character in the {word}: write it anew.")
    return typed


def _parse(typed: str, country: str) -> PhoneNumber:
    try:
        number = phonenumbers.parse(typed, country)
    except NumberParseException as error:
        raise Invalid.of(_PHONE, _unread(typed, error)) from error
    if number.extension:
        raise Invalid.of(_PHONE, "An extension can't get texts: write the number without it, or another number.")
    if any(character.isalpha() for character in typed):
        raise Invalid.of(_PHONE, "There are letters in the number: write its digits only, and a note elsewhere.")
    return number


def _unread(typed: str, error: NumberParseException) -> str:
    code_missing = error.error_type == NumberParseException.INVALID_COUNTRY_CODE and not typed.startswith("+")
    if code_missing:
        return "The country of that number isn't known: write it with + and its country code."
    return _UNREAD.get(error.error_type, _NO_NUMBER)


def _line(number: PhoneNumber, value: str, *, strict: bool) -> Line:
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible != ValidationResult.IS_POSSIBLE:
        raise Invalid.of(_PHONE, _IMPOSSIBLE[possible])
    kind = phonenumbers.number_type(number)
    if kind in _REFUSED:
        raise Invalid.of(_PHONE, f"{_REFUSED[kind]}: {_OWN_NUMBER}")
    return _LINES[kind] if kind in _LINES else _fictional_line(value, strict=strict)


def _fictional_line(value: str, *, strict: bool) -> Line:
    line = next((line for pattern, line in _FICTIONAL if pattern.fullmatch(value)), None)
    if line is None:
        raise Invalid.of(_PHONE, "That can't be a real number: check the digits.")
    if strict:
        raise Invalid.of(_PHONE, f"That number is set aside for films and tests: {_OWN_NUMBER}")
    return line


def _reserved(domain: str) -> bool:
    return any(domain == reserved or domain.endswith(f".{reserved}") for reserved in _RESERVED_DOMAINS)


def _decapitalised(error: EmailNotValidError) -> str:
    sentence = str(error)
    return sentence[:1].lower() + sentence[1:]
