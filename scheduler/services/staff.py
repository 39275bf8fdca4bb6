"""The people of a clinic who act: adding them. What each may do by their role is decided where they do it."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from scheduler.domain.errors import Invalid, NotNow, Problem
from scheduler.domain.naming import did_you_mean
from scheduler.domain.people.roles import Person, Role
from scheduler.services.contact_points import read_email
from scheduler.storage import audit, staff
from scheduler.storage.database import Db, lock_name

_LONGEST_NAME = 80


def add_staff(db: Db, *, name: str, email: str, role: str, by: str, now: datetime) -> Person:
    """A new person of the clinic in scope, with no way in of their own yet: a token can be made for them.

    Raises Invalid with every problem, NotNow if somebody of the clinic has the address.
    """
    problems = [*_name_problems(name), *_email_problems(email), *_role_problems(role)]
    if problems:
        raise Invalid(*problems)
    address = read_email(email, strict=False).value
    lock_name(db, f"staff/{address.casefold()}")
    if staff.find_person(db, address) is not None:
        message = f"Somebody of this clinic's staff has the address {address} already."
        raise NotNow(message)
    person = Person(id=str(uuid4()), name=name.strip(), role=Role(role))
    staff.add_person(db, person, email=address, now=now)
    audit.record(
        db,
        at=now,
        actor=by,
        action="staff.add",
        subject=f"staff {person.id}",
        sentence=f"Added {person.name} to the staff as {_told(person.role)}.",
    )
    return person


def _told(role: Role) -> str:
    return role.value.replace("_", " ")


def _name_problems(name: str) -> list[Problem]:
    if not name.strip() or len(name.strip()) > _LONGEST_NAME or not name.isprintable():
        return [Problem("name", f"give the person's name in 1 to {_LONGEST_NAME} letters; the audit shows it")]
    return []


def _email_problems(email: str) -> list[Problem]:
    try:
        read_email(email, strict=False)
    except Invalid as error:
        return list(error.problems)
    return []


def _role_problems(role: str) -> list[Problem]:
    known = [known.value for known in Role]
    return [] if role in known else [Problem("role", f"there is no role {role}; {did_you_mean(role, known)}")]
