"""Reading what somebody types to find a patient: a whole number, its last four digits, or letters of a name."""

from __future__ import annotations

from scheduler.domain.errors import Invalid
from scheduler.domain.people.names import compared_name
from scheduler.services.contact_points import lookup_form, read_phone
from scheduler.storage import clinics
from scheduler.storage.database import Db
from scheduler.storage.patient_records import WantedPatients

_DIGITS = 4
_LETTERS = 3


def read_search(
    db: Db, *, phone: str | None = None, last4: str | None = None, name: str | None = None
) -> WantedPatients:
    """Who is looked for; all that is given must fit. Raises Invalid with the mend."""
    clinic, lookup = clinics.get_clinic(db), None
    if phone is not None:
        draft = read_phone(phone, country=clinic.country, strict=False)
        lookup = lookup_form(draft.channel, draft.value)
    if last4 is not None and not (len(last4) == _DIGITS and last4.isascii() and last4.isdigit()):
        raise Invalid.of("last4", "give the last four digits of a number")
    if name is not None and len(compared_name(name)) < _LETTERS:
        raise Invalid.of("name", "give at least three letters, with which a part of the name begins")
    return WantedPatients(lookup=lookup, last_four=last4, name=name)
