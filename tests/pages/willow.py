"""Willow Skin on the afternoon of Wednesday 4 March: a clinic in trial, its people, patients and what went out.

It is seeded through the services, and then served. The clock stands still until a test moves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from fastapi import FastAPI

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.outcomes import Accepted, Fault, Outcome, Refused
from scheduler.domain.delivery.receipts import Receipt, ReceiptRank
from scheduler.domain.delivery.reminders import Kind, Status
from scheduler.domain.delivery.senders import Posting
from scheduler.domain.people.patients import Channel
from scheduler.domain.people.roles import Person, Role
from scheduler.services import receipts
from scheduler.services.people import PersonGiven
from scheduler.services.signing_in import SignedIn
from scheduler.services.staff import add_staff, reset_person
from scheduler.storage.database import Database
from scheduler.storage.tenancy import ALL_CLINICS
from scheduler.web.app import create_app
from scheduler.web.parts import WebParts
from tests.builders import CATALOG, StoppedClock, a_clinic, a_person, a_session, let_pass, register, stored
from tests.fakes import AnsweringSender
from tests.people import a_colleague
from tests.web.pages.desk_client import enter

NOW = datetime(2026, 3, 4, 15, 30, tzinfo=UTC)
"""Half past three at the clinic, in London."""
_OPENED = datetime(2026, 1, 20, 8, tzinfo=UTC)
_DEAD_LINE = "+447700900777"
_NAMES: Mapping[Role, str] = {
    Role.FRONT_DESK: "Sam Reed",
    Role.TREATMENT: "Priya Kaur",
    Role.EDITOR: "Noor Haddad",
    Role.APPROVER: "Ada Osei",
    Role.MANAGER: "Mel Brook",
}
_ALL_WEEK = {"opening_hours": "mon-sat 09:00-18:00"}


@dataclass(frozen=True, slots=True)
class Seeds:
    """What a test knows of the store before it begins."""

    clinic: Clinic
    people: Mapping[Role, Person]
    patients: Mapping[str, str]
    """Ids by first name."""
    sessions: Mapping[str, str]
    """Ids of the last sessions by the patient's first name."""
    waiting: str
    """The id of a message of Amira's last session that waits, and that everybody may move."""
    attempt: str
    """The id under which an email went to Ines: the link in it is made of it."""
    welcome: str
    """The secret of the link by which Kit, who is new, sets a password."""


@dataclass(slots=True)
class Willow:
    """The clinic while it is served."""

    app: FastAPI
    database: Database
    seeds: Seeds
    clock: StoppedClock
    sender: AnsweringSender
    address: str = ""
    _entered: dict[tuple[Role, datetime], SignedIn] = field(default_factory=dict)

    def entered(self, role: Role) -> SignedIn:
        """The sign-in of the clinic's person in this role, who gave their password now."""
        known = (role, self.clock.now)
        if known not in self._entered:
            self._entered[known] = enter(self.database, _email(role), now=self.clock.now)
        return self._entered[known]


def seed(database: Database) -> Seeds:
    """Fill an empty store, and let time run until now."""
    clinic = a_clinic(database, now=_OPENED, settings=_ALL_WEEK)
    people = {
        role: a_colleague(database, clinic, name, email=_email(role), role=role, added_at=_OPENED)
        for role, name in _NAMES.items()
    }
    clock, sender = StoppedClock(_OPENED), a_sender()
    patients, sessions = {}, {}
    for person, procedure, facts, ended_at in _SESSIONS:
        let_pass(database, sender, clock, ended_at + timedelta(minutes=5))
        given = a_session(person, procedure=procedure, facts=facts, ended_at=ended_at)
        view = register(database, clinic, given, now=clock.now)
        name = person.name.split()[0]
        patients[name], sessions[name] = str(view.patient_id), str(view.id)
    let_pass(database, sender, clock, NOW)
    with database.write(clinic.id) as db:
        kit = add_staff(db, name="Kit Moss", email="kit@willow.example", role="front_desk", by="Mel Brook", now=NOW)
        welcome = reset_person(db, kit, by="Mel Brook", now=NOW)
    with database.write(ALL_CLINICS) as db:
        receipts.take(db, [_delivered(posting) for posting in sender.sent if posting.to != _DEAD_LINE][:-2], now=NOW)
    waiting = next(
        one.id
        for one in stored(database, clinic)
        if one.session_id == sessions["Amira"] and one.status is Status.SCHEDULED and one.kind is not Kind.SAFETY
    )
    mailed = next(posting.attempt_id for posting in sender.sent if posting.channel is Channel.EMAIL)
    return Seeds(clinic, people, patients, sessions, waiting, mailed, welcome)


def a_willow(database: Database, seeds: Seeds) -> Willow:
    """The clinic's application over a seeded store; its messages go to a sender that keeps them."""
    clock = StoppedClock(NOW)
    app = create_app(WebParts(database=database, catalog=CATALOG, clock=clock))
    return Willow(app, database, seeds, clock, a_sender())


def a_sender() -> AnsweringSender:
    """Takes every message but those to one number, which is out of use."""
    return AnsweringSender(by=_answer)


def _answer(posting: Posting) -> Outcome:
    if posting.to == _DEAD_LINE:
        return Refused(Fault.PERMANENT, "30005", "The number is not in use.")
    return Accepted(f"fake-{posting.attempt_id}")


def _delivered(posting: Posting) -> Receipt:
    return Receipt(
        attempt_id=posting.attempt_id,
        provider_id=f"fake-{posting.attempt_id}",
        provider_status="delivered",
        rank=ReceiptRank.DELIVERED,
        at=NOW,
    )


def _email(role: Role) -> str:
    return f"{role.value}@willow.example"


def _needling(millimetres: float, *areas: str) -> Mapping[str, object]:
    return {"needle_mm": millimetres, "modality": "pen", "areas": list(areas)}


def _on(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


_AMIRA = a_person(
    "Amira Khan", phone="+447700900321", email="amira@example.com", mail=True, birth_date=date(1991, 5, 14)
)
_INES = a_person("Ines Moreau", phone=None, email="ines@example.com", sms=None, mail=True)
_PEEL = {"depth": "superficial", "areas": ["face"]}
_SESSIONS: tuple[tuple[PersonGiven, str, Mapping[str, object], datetime], ...] = (
    (_AMIRA, "microneedling", _needling(0.5, "face"), _on(1, 20, 14, 30)),
    (a_person("Thu Nguyễn", phone="+447700900555"), "microneedling", _needling(1.5, "face", "neck"), _on(2, 27, 16)),
    (a_person("Zoë Nowak", phone="+447700900444", private=True), "chemical_peel", _PEEL, _on(3, 2, 10)),
    (a_person("Grace Bell", phone=_DEAD_LINE), "microneedling", _needling(1.0, "face"), _on(3, 3, 11)),
    (_INES, "microneedling", _needling(0.5, "neck"), _on(3, 3, 12)),
    (_AMIRA, "microneedling", _needling(0.5, "face"), _on(3, 3, 14, 30)),
    (a_person("Leah Price", phone="+447700900666"), "microneedling", _needling(1.0, "face"), _on(3, 4, 9, 30)),
    (a_person("Jo Brown", phone=None, email=None, sms=None), "chemical_peel", _PEEL, _on(3, 4, 11)),
    (a_person("Rosa Khan", phone="+447700900321"), "microneedling", _needling(0.5, "face"), _on(3, 4, 12)),
    (a_person("Maya Lind", phone="+447700900888", sms=False), "microneedling", _needling(0.25, "face"), _on(3, 4, 13)),
)
