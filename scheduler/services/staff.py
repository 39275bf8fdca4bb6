"""The people of a clinic who act: adding them, letting them in anew, shutting them out; not how they sign in."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from scheduler.domain.errors import Invalid, NotNow, Problem
from scheduler.domain.naming import did_you_mean
from scheduler.domain.people.roles import Person, Role
from scheduler.services.contact_points import read_email
from scheduler.services.own_password import make_welcome
from scheduler.services.signing_in import end_all
from scheduler.storage import audit, credentials, staff, tokens
from scheduler.storage.database import Db, lock_name

_LONGEST_NAME = 80


def add_staff(db: Db, *, name: str, email: str, role: str, by: str, now: datetime) -> Person:
    """A new person of the clinic in scope, with no way in of their own yet: a link or a token can be made for them.

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
    _record(db, person, "staff.add", f"Added {person.name} to the staff as {_told(person.role)}.", by=by, now=now)
    return person


def find_somebody(db: Db, who: str) -> Person:
    """The person of the clinic in scope with this email address or id. Raises Invalid if there is none."""
    person = staff.find_person(db, who) or staff.get_person(db, who)
    if person is None:
        raise Invalid.of("person", f"nobody of the clinic's staff has the address or id {who}: staff list shows them")
    return person


def reset_person(db: Db, person: Person, *, by: str, now: datetime) -> str:
    """The secret of a link by which a person, also a disabled one, sets a new password and PIN; theirs work no more."""
    credentials.enable(db, person.id)
    credentials.keep_password(db, person.id, None)
    credentials.keep_pin(db, person.id, None)
    end_all(db, person.id)
    secret = make_welcome(db, person.id, now=now)
    _record(db, person, "staff.reset", f"Let {person.name} set a new password and PIN.", by=by, now=now)
    return secret


def disable_person(db: Db, person: Person, *, by: str, now: datetime) -> None:
    """Let a person in no more, from now on: not by password, PIN, link or token. What they did stays theirs.

    Raises NotNow for the clinic's last manager.
    """
    lock_name(db, "staff/managers")
    managers = {one.person.id for one in staff.list_staff(db) if one.active and one.person.role is Role.MANAGER}
    if managers == {person.id}:
        message = f"{person.name} is the clinic's last manager: add another one first."
        raise NotNow(message)
    credentials.disable(db, person.id, now=now)
    credentials.keep_welcome(db, person.id, None, until=None)
    ended = end_all(db, person.id)
    tokens.revoke_of_person(db, person.id, now=now)
    told = f"Disabled {person.name}, and ended {ended} sign-in{'' if ended == 1 else 's'}."
    _record(db, person, "staff.disable", told, by=by, now=now)


def _record(db: Db, person: Person, action: str, sentence: str, *, by: str, now: datetime) -> None:
    audit.record(db, at=now, actor=by, action=action, subject=f"staff {person.id}", sentence=sentence)


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
