from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

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
from tests.fakes import AnsweringSender

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
