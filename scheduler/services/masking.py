"""Numbers and addresses as lists show them: enough to tell two apart, too little to be read off a screen."""

from __future__ import annotations

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

_HIDDEN = "\u2022" * 4
_FIRST, _LAST = 4, 3


def masked(value: str, *, country: str) -> str:
    """`0770••••321` for a number of the clinic's country, `+491••••678` for another's, `a••••@example.com`."""
    name, at, domain = value.rpartition("@")
    if at:
        return f"{name[:1]}{_HIDDEN}@{domain}"
    digits = _national(value, country)
    return f"{digits[:_FIRST]}{_HIDDEN}{digits[-_LAST:]}" if len(digits) > _FIRST + _LAST else _HIDDEN


def _national(value: str, country: str) -> str:
    """The digits as they are dialled within the country; another country's with its code."""
    try:
        number = phonenumbers.parse(value)
    except NumberParseException:
        return value
    if phonenumbers.country_code_for_region(country) != number.country_code:
        return value
    written = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return "".join(character for character in written if character.isdigit())
