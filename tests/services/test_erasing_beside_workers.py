from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from scheduler.domain.delivery.outcomes import Accepted, Fault, NotSent, Outcome, Refused, Unknown
from scheduler.domain.delivery.reminders import WITH_PROVIDER
from scheduler.domain.delivery.senders import Posting
from scheduler.services.erasing import Erased, erase, finish_erasures
from scheduler.storage.database import Database
from tests.builders import (
    BY,
    NOW,
    StoppedClock,
    a_clinic,
    a_drain,
    a_person,
    a_session,
    keep_up,
    register,
    stored,
    stored_rows,
)
from tests.fakes import LONGEST_WAIT, AnsweringSender

LATER = NOW + timedelta(days=1)
EMPTY = dict.fromkeys(("sessions", "reminders", "attempts", "todos", "told_dates", "contact_points", "consents"), 0)


def accepted(posting: Posting) -> Outcome:
    return Accepted(f"fake-{posting.attempt_id}")


ANSWERS: dict[str, Callable[[Posting], Outcome]] = {
    "accepted": accepted,
    "not sent": lambda _: NotSent("503", "try again"),
    "refused": lambda _: Refused(Fault.PERMANENT, "30005", "there is no such number"),
    "opted out": lambda _: Refused(Fault.OPTED_OUT, "21610", "they said STOP"),
    "unknown": lambda _: Unknown("the connection broke"),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_patient_who_is_erased_while_a_message_is_being_posted_gets_no_other_one(
    database: Database, answer: str
) -> None:
    clinic = a_clinic(database)
    person = a_person(email="amira@willow.example", mail=True)
    patient_id = str(register(database, clinic, a_session(person)).patient_id)
    done: list[Erased] = []

    def erase_meanwhile(posting: Posting) -> Outcome:
        if not done:
            with database.write(clinic.id) as db:
                done.append(erase(db, patient_id, reason="They asked for it.", by=BY, now=LATER))
        return ANSWERS[answer](posting)

    sender, clock = AnsweringSender(by=erase_meanwhile), StoppedClock(LATER)
    drain = a_drain(database, sender, clock, threads=1)
    drain.run(until=lambda: False)
    calls = len(sender.sent)
    for _ in range(3):
        clock.now += timedelta(hours=2)
        keep_up(database, clock.now)
        finish_erasures(database, clock)
        drain.run(until=lambda: False)
    drain.stop()

    assert done[0].on_their_way >= 1
    assert len(sender.sent) == calls
    assert {one.status for one in stored(database, clinic)} <= WITH_PROVIDER
    if answer != "unknown":  # which stays in doubt until the provider was asked
        rows = stored_rows(database)
        assert {table: rows[table] for table in EMPTY} == EMPTY


def wait_for_a_waiter(database: Database) -> None:
    """Until another connection waits for a lock; on SQLite, whoever writes next waits from its first statement."""
    if database.engine.dialect.name == "sqlite":
        return
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    end = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < end:
        with database.engine.connect() as connection:
            if connection.execute(waiting).scalar_one():
                return
        threading.Event().wait(0.02)
    raise AssertionError("nobody waits")


def test_who_is_registered_while_they_are_erased_is_a_new_patient(database: Database) -> None:
    clinic = a_clinic(database)
    patient_id = str(register(database, clinic).patient_id)
    later = a_session(ended_at=LATER - timedelta(minutes=5))

    with ThreadPoolExecutor(1) as desk:
        with database.write(clinic.id) as db:
            erase(db, patient_id, reason="They asked for it.", by=BY, now=LATER)
            registering = desk.submit(register, database, clinic, later, now=LATER)
            wait_for_a_waiter(database)
        new = registering.result(LONGEST_WAIT)

    assert new.patient_id != patient_id
    assert len(new.reminders) > 1
    rows = stored_rows(database)
    assert (rows["patients"], rows["sessions"], rows["contact_points"]) == (2, 1, 1)
