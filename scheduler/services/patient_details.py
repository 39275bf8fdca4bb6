"""Adding a patient without a session, and changing a patient's own details."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from scheduler.domain.errors import Invalid, NotNow, Problem
from scheduler.domain.people.flags import Flag
from scheduler.services import people
from scheduler.services.contact_points import lookup_form
from scheduler.services.patient_changes import open_patient, record, settle
from scheduler.services.people import Person, PersonGiven
from scheduler.storage import clinics, contacts, patient_transfers, patients
from scheduler.storage.database import Db
from scheduler.storage.patient_records import PatientRecord, store_record

_MAY_BE_EMPTY = frozenset({"zone", "birth_date"})
_IN_A_CHANGE = {"phone": "add_contact.phone", "email": "add_contact.email"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientChange:
    """What staff change of a patient; None leaves it as it is."""

    name: str | None = None
    language: str | None = None
    zone: str | None = None
    birth_date: date | None = None
    flags: tuple[str, ...] | None = None
    private: bool | None = None
    emptied: frozenset[str] = frozenset()
    """Names of what is taken away: zone, birth_date."""
    phone: str | None = None
    email: str | None = None
    removed: tuple[str, ...] = ()
    """Ids of contact points."""


def add(db: Db, given: PersonGiven, *, flags: Collection[str], by: str, now: datetime) -> str:
    """The id of the patient that this person is, found by contact point and name, or new.

    Raises Invalid with every problem.
    """
    person, problems = people.read_person(given, clinics.get_clinic(db), flags=flags, now=now)
    if person is None:
        raise Invalid(*renamed(problems))
    known = people.find_known(db, person)
    patient_id = people.find_or_add(db, person, by=by, now=now)
    done = "Gave details of a known patient again." if known else "Added the patient."
    record(db, patient_id, "add", done, by=by, now=now)
    settle(db, patient_id, now=now)
    return patient_id


def change(
    db: Db, patient_id: str, wanted: PatientChange, *, flags: Mapping[str, Flag], by: str, now: datetime
) -> None:
    """Change a patient's details and contact points, and plan anew.

    Raises NotFound, Invalid with every problem, or NotNow where the result is the same person as another patient.
    """
    before = open_patient(db, patient_id)
    person = _read(db, before, wanted, flags=flags, now=now)
    after = _changed(before, wanted, person)
    done = [*_told(before, after, flags)]
    if after != before:
        store_record(db, after)
    done += _change_contacts(db, patient_id, wanted, person, now)
    if not done:
        return
    _check_nobody_else(db, after)
    record(db, patient_id, "change", f"Changed {'; '.join(done)}.", by=by, now=now)
    settle(db, patient_id, now=now)


def _read(db: Db, before: PatientRecord, wanted: PatientChange, *, flags: Collection[str], now: datetime) -> Person:
    """What is changed, checked as for a new person."""
    given = PersonGiven(
        name=before.name if wanted.name is None else wanted.name,
        phone=wanted.phone,
        email=wanted.email,
        language=wanted.language,
        zone=wanted.zone,
        birth_date=wanted.birth_date,
        flags=wanted.flags or (),
    )
    person, found = people.read_person(given, clinics.get_clinic(db), flags=flags, now=now)
    problems = [
        Problem(name, "this can't be empty; leave it out, or give a value")
        for name in sorted(wanted.emptied - _MAY_BE_EMPTY)
    ]
    problems += renamed(found, _IN_A_CHANGE)
    mine = {point.id for point in patients.get_patient(db, before.id).contacts}
    if not mine.issuperset(wanted.removed):
        problems.append(Problem("remove_contact", "the patient has no such contact point; give ids that they have"))
    if person is None or problems:
        raise Invalid(*problems)
    return person


def _changed(before: PatientRecord, wanted: PatientChange, person: Person) -> PatientRecord:
    return replace(
        before,
        name=person.name,
        language=wanted.language or before.language,
        zone=None if "zone" in wanted.emptied else wanted.zone or before.zone,
        birth_date=None if "birth_date" in wanted.emptied else wanted.birth_date or before.birth_date,
        flags=before.flags if wanted.flags is None else tuple(sorted(set(wanted.flags))),
        private=before.private if wanted.private is None else wanted.private,
    )


def _change_contacts(db: Db, patient_id: str, wanted: PatientChange, person: Person, now: datetime) -> Iterable[str]:
    """Take away and add contact points; what was done. One that is taken away and given again is the newest then."""
    held = {point.id: point.value for point in patients.get_patient(db, patient_id).contacts}
    patient_transfers.drop_contacts(db, patient_id, wanted.removed)
    people.lock_drafts(db, person.drafts)
    people.add_drafts(db, patient_id, person.drafts, now=now)
    left = {value for point_id, value in held.items() if point_id not in wanted.removed}
    removed = [f"contact point {held[point_id]} removed" for point_id in dict.fromkeys(wanted.removed)]
    return removed + [f"contact point {draft.value} added" for draft in person.drafts if draft.value not in left]


def _check_nobody_else(db: Db, after: PatientRecord) -> None:
    """Raises NotNow if another patient has a number or address of theirs and the same name."""
    for point in patients.get_patient(db, after.id).contacts:
        sharing = [
            other for other in contacts.find_sharing(db, lookup_form(point.channel, point.value)) if other != after.id
        ]
        other = patients.same_person(db, sharing, name=after.name, birth_date=after.birth_date)
        if other is not None:
            message = f"With this name and contact point they are the same person as patient {other}: merge the two."
            raise NotNow(message)


def renamed(problems: Iterable[Problem], names: dict[str, str] | None = None) -> list[Problem]:
    """Problems with a person, by the names that the fields have where no session is registered."""
    plain = ((problem.field.removeprefix("patient."), problem.message) for problem in problems)
    return [Problem((names or {}).get(field, field), message) for field, message in plain]


def _told(before: PatientRecord, after: PatientRecord, flags: Mapping[str, Flag]) -> Iterator[str]:
    """What changed, before and after; flags by their labels."""
    for name in ("name", "language", "zone", "birth_date", "flags", "private"):
        old, new = getattr(before, name), getattr(after, name)
        if name == "flags":
            old, new = (tuple(flags[one].label if one in flags else one for one in ids) for ids in (old, new))
        if old != new:
            yield f"{name.replace('_', ' ')} from {_word(old)} to {_word(new)}"


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) or "none" if isinstance(value, tuple) else str(value or "none")
