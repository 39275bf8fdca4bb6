"""What people do meanwhile: staff, patients, and those who run the service. Each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from scheduler.domain.delivery.budgets import Budget
from scheduler.domain.delivery.doings import SENDABLE
from scheduler.domain.delivery.reminders import OPEN, WITH_PROVIDER, Status
from scheduler.domain.people.consent import Purpose
from scheduler.domain.people.patients import Channel
from scheduler.domain.people.pauses import PauseReason
from scheduler.services import clinics, consenting, correcting, pausing, registering, reminders, senders
from scheduler.services.consenting import Said
from scheduler.services.send_now import send_now
from scheduler.storage.clinics import get_clinic
from scheduler.storage.database import Db
from scheduler.storage.patients import patients_by_id
from scheduler.storage.senders import get_sender
from tests.builders import BY, CATALOG, a_person, a_session
from tests.machine.promises import Row
from tests.machine.world import World

_NAMES = ("Amira Khan", "Ben Osei")
_LOST = SENDABLE - OPEN
TEXTS = "sandbox-sms"


# With one reminder


def skip(world: World, db: Db, row: Row) -> None:
    reminders.skip(db, row.id, reason="told her", by=BY, now=world.now)
    world.promises.left_out.add(row.id)


def cancel(world: World, db: Db, row: Row) -> None:
    if reminders.cancel(db, row.id, reason="told her", by=BY, now=world.now) == "cancelled":
        world.promises.left_out.add(row.id)


def restore(world: World, db: Db, row: Row) -> None:
    reminders.restore(db, row.id, by=BY, now=world.now)
    world.promises.left_out.discard(row.id)


def move(world: World, db: Db, row: Row) -> None:
    reminders.move(db, row.id, to=world.now + timedelta(minutes=30), by=BY, now=world.now)


def move_here(world: World, db: Db, row: Row) -> None:
    reminders.move(db, row.id, to=world.now, by=BY, now=world.now)


def send(world: World, db: Db, row: Row) -> None:
    send_now(db, row.id, by=BY, now=world.now)


WITH_A_REMINDER: Mapping[str, tuple[Callable[[World, Db, Row], None], frozenset[Status]]] = {
    "skip": (skip, OPEN),
    "cancel": (cancel, OPEN | WITH_PROVIDER),
    "stop on its way": (cancel, WITH_PROVIDER),
    "restore": (restore, frozenset({Status.SKIPPED, Status.CANCELLED})),
    "move": (move, OPEN),
    "move here": (move_here, OPEN),
    "send now": (send, SENDABLE & OPEN),
    "send again": (send, _LOST),
}
"""By name, what is done, and the statuses of reminders that it is tried with."""


# With a patient or a session


def register(world: World, db: Db, *, which: int, depth: str, ago: timedelta) -> None:
    """Register a session of one of two patients, which ended so long ago."""
    mail = f"p{which}@example.com"
    person = a_person(_NAMES[which], phone=f"+44770090012{which}", email=mail, mail=True)
    given = a_session(person, procedure="machine", facts={"depth": depth}, ended_at=world.now - ago)
    view = registering.register(db, given, flags=CATALOG.flags, by=BY, now=world.now)
    session = (str(view.id), str(view.patient_id))
    if session not in world.sessions:
        world.sessions.append(session)


def deepen(world: World, db: Db, session_id: str, _: str) -> None:
    correction = correcting.Correction(facts={"depth": "deep"})
    correcting.correct(db, session_id, correction, by=BY, now=world.now)


def shift(world: World, db: Db, session_id: str, _: str) -> None:
    correction = correcting.Correction(facts={"depth": "light"}, ended_at=world.now - timedelta(minutes=2))
    correcting.correct(db, session_id, correction, by=BY, now=world.now)


def void(world: World, db: Db, session_id: str, _: str) -> None:
    reminders.void(db, session_id, by=BY, now=world.now)


def stop(world: World, db: Db, _: str, patient_id: str) -> None:
    said = {"source": "desk", "evidence": "she said so"}
    consenting.opt_out(db, patient_id, Channel.SMS, Purpose, by=BY, now=world.now, **said)


def stop_emails(world: World, db: Db, _: str, patient_id: str) -> None:
    said = {"source": "desk", "evidence": "she said so"}
    consenting.opt_out(db, patient_id, Channel.EMAIL, Purpose, by=BY, now=world.now, **said)


def consent(world: World, db: Db, _: str, patient_id: str) -> None:
    for channel in Channel:
        said = Said(
            channel=channel, purpose=Purpose.CARE, given=True, source="desk", evidence="she said so", lifts_stop=True
        )
        consenting.consent(db, patient_id, said, by=BY, now=world.now)


def pause(world: World, db: Db, _: str, patient_id: str) -> None:
    pausing.pause(db, patient_id, PauseReason.HOSPITAL, "", by=BY, now=world.now)


def resume(world: World, db: Db, _: str, patient_id: str) -> None:
    pausing.resume(db, patient_id, "home again", by=BY, now=world.now)


WITH_A_PATIENT: Mapping[str, Callable[[World, Db, str, str], None]] = {
    "deepen": deepen,
    "shift": shift,
    "void": void,
    "stop": stop,
    "stop emails": stop_emails,
    "consent": consent,
    "consent again": consent,
    "pause": pause,
    "resume": resume,
    "resume again": resume,
}
"""What is done with a session and its patient; what ends a state comes more often than what begins it."""


# With all that the clinic sends


def pause_clinic(world: World, db: Db) -> None:
    if not get_clinic(db, world.store.clinic.id).paused:
        clinics.pause(db, reason="a fire drill", by=BY, now=world.now)


def resume_clinic(world: World, db: Db) -> None:
    if get_clinic(db, world.store.clinic.id).paused:
        clinics.resume(db, by=BY, now=world.now)


def resume_all(world: World, db: Db) -> None:
    resume_clinic(world, db)
    for patient in patients_by_id(db, set(world.patients)).values():
        pausing.resume(db, patient.id, "home again", by=BY, now=world.now)


def hold(world: World, db: Db) -> None:
    senders.hold(db, TEXTS, reason="a test", by=BY, now=world.now)


def release(world: World, db: Db) -> None:
    for channel in Channel:
        if get_sender(db, f"sandbox-{channel.value}").held_at is not None:
            senders.release(db, f"sandbox-{channel.value}", by=BY, now=world.now)


def bound_seconds(world: World, db: Db) -> None:
    senders.set_budget(db, TEXTS, Budget(parts_per_second=0.1), by=BY, now=world.now)


def bound_days(world: World, db: Db) -> None:
    senders.set_budget(db, TEXTS, Budget(parts_per_second=5, parts_per_day=3), by=BY, now=world.now)


def bound_money(world: World, db: Db) -> None:
    senders.set_budget(db, TEXTS, Budget(money_per_month=200, price_per_part=50), by=BY, now=world.now)


def unbound(world: World, db: Db) -> None:
    senders.set_budget(db, TEXTS, Budget(), by=BY, now=world.now)


WITH_THE_CLINIC: Mapping[str, Callable[[World, Db], None]] = {
    "pause": pause_clinic,
    "resume": resume_clinic,
    "resume all": resume_all,
}
WITH_SENDERS: Mapping[str, Callable[[World, Db], None]] = {
    "hold": hold,
    "release": release,
    "release again": release,
    "bound seconds": bound_seconds,
    "bound days": bound_days,
    "bound money": bound_money,
    "unbound": unbound,
}


# Just before a worker stores its intent


def _of_its_session(do: Callable[[World, Db, str, str], None]) -> Callable[[World, Db, Row], None]:
    return lambda world, db, row: do(world, db, row.session_id, row.patient_id)


MEANWHILE: Mapping[str, Callable[[World, Db, Row], None]] = {
    "skip": skip,
    "cancel": cancel,
    "move": move,
    "send now": send,
    "pause clinic": lambda world, db, _: pause_clinic(world, db),
    "pause": _of_its_session(pause),
    "stop": _of_its_session(stop),
    "void": _of_its_session(void),
    "deepen": _of_its_session(deepen),
}
"""What is done about a message that a worker is about to send."""
