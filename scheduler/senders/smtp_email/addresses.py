"""Email addresses as SMTP and headers take them. Whether anybody reads mail there is not asked."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from scheduler.domain.errors import Invalid

_MAILBOX = re.compile(r"\s*(?:\"?(?P<name>[^\"<>]*?)\"?\s*<(?P<address>[^<>]+)>|(?P<bare>[^<>]+?))\s*")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address, and the name it is shown with."""

    address: str
    """In ASCII: a domain in other letters stands here in its encoded form."""
    name: str = ""

    @property
    def domain(self) -> str:
        """What stands after the @."""
        return self.address.rpartition("@")[2]


def ascii_address(text: str) -> str | None:
    """The address in the form that every mail server takes; None if it has none, or is no address at all."""
    try:
        found = validate_email(
            text, check_deliverability=False, allow_smtputf8=False, strict=True, test_environment=True
        )
    except EmailNotValidError:
        return None
    return found.ascii_email


def read_mailbox(text: str, *, field: str) -> Mailbox:
    """The mailbox written as `care@willow.example` or `Willow Skin <care@willow.example>`.

    Raises Invalid, on `field`.
    """
    found = _MAILBOX.fullmatch(text)
    address = ascii_address(found["address"] or found["bare"]) if found else None
    name = (found["name"] or "") if found else ""
    if address is None or any(unicodedata.category(character) == "Cc" for character in name):
        raise Invalid.of(field, "Write an email address, or a name and <an address>.")
    return Mailbox(address, name)
