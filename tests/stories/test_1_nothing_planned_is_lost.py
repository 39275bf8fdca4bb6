"""Promise 1: every reminder ends, and with a reason."""

from __future__ import annotations

import random
from datetime import timedelta

from sqlalchemy import update

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.outcomes import Accepted, Fault, NotSent, Outcome, Refused, Unknown
from scheduler.domain.delivery.reminders import DONE, Kind, Status
from scheduler.domain.delivery.senders import Posting
from scheduler.services import clinics, reminders
from scheduler.services.people import PersonGiven
from scheduler.storage.database import Database
from scheduler.storage.senders import SenderRow
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import (
    BY,
    ENDED_AT,
    NOW,
    StoppedClock,
    a_clinic,
    a_person,
    a_session,
    keep_up,
    let_pass,
    register,
    stored,
)
from tests.fakes import AnsweringSender

DAY = timedelta(days=1)
PEOPLE: list[tuple[PersonGiven, dict[str, object]]] = [
    (a_person("Ada Byrne", phone="+447700900101"), {"needle_mm": 0.25, "modality": "roller"}),
    (a_person("Amira Khan", phone="+447700900102"), {"needle_mm": 0.5, "modality": "pen", "areas": ["face"]}),
    (
        a_person("Bea Osei", phone="+441632960103", email="bea@example.com", mail=True, flags=("herpes", "keloid")),
        {"needle_mm": 1.5, "modality": "pen", "adjuncts": ["prp"]},
    ),
    (a_person("Cleo Marsh", phone="+447700900104", zone="America/New_York"), {"modality": "rf"}),
    (a_person("Dan Ito", phone="+447700900105", email="dan@example.com", mail=True, private=True), {"modality": "pen"}),
    (a_person("Eve Stone", phone="+447700900106", sms=None), {"modality": "pen", "needle_mm": 1.0}),
]


BAD_DAYS: list[Outcome] = [
    NotSent("connect", "no connection"),
    Refused(Fault.TEMPORARY, "429", "too many"),
    Refused(Fault.PERMANENT, "21211", "not a number"),
    Refused(Fault.OPTED_OUT, "21610", "the patient said STOP"),
    Unknown("no answer in time"),
]


WRONG_TOKEN = Refused(Fault.CONFIG, "20003", "wrong token")


def unreliable(seed: int, clock: StoppedClock) -> AnsweringSender:
    """A provider that has bad days, the same ones for the same seed; on the second one it knows us no more."""
    lots = random.Random(seed)  # noqa: S311  it has to be the same each time

    def answer(posting: Posting) -> Outcome:
        lot = lots.random()
        if NOW + DAY < clock.now < NOW + 2 * DAY:
            return WRONG_TOKEN
        if lot < 0.04:
            raise ConnectionResetError
        if lot < 0.6:
            return Accepted(f"SM-{posting.attempt_id}")
        return lots.choice(BAD_DAYS)

    return AnsweringSender(by=answer)


def release_senders(database: Database) -> None:
    with database.write(ALL_CLINICS) as db:
        db.execute(update(SenderRow).values(held_at=None, held_reason=None))


def meddle(database: Database, clinic: Clinic, day: int) -> None:
    """What people of the clinic do in between."""
    now = NOW + day * DAY
    waiting = [
        record
        for record in stored(database, clinic)
        if record.status is Status.SCHEDULED and record.kind is not Kind.SAFETY and record.useful_until > now + DAY
    ]
    with database.write(clinic.id) as db:
        if day == 2:
            clinics.pause(db, reason="a fire alarm", by=BY, now=now)
        if day == 4:
            clinics.resume(db, by=BY, now=now)
        if day == 5:
            skipped, cancelled, moved = waiting[:3]
            reminders.skip(db, skipped.id, reason="told her", by=BY, now=now)
            reminders.cancel(db, cancelled.id, reason="told him", by=BY, now=now)
            reminders.move(db, moved.id, to=moved.useful_until - DAY / 24, by=BY, now=now)
        if day == 6:
            reminders.void(db, waiting[-1].session_id, by=BY, now=now)


def test_when_time_runs_on_every_reminder_has_ended_and_says_why(database: Database) -> None:
    clinic = a_clinic(database)
    for person, facts in PEOPLE:
        register(database, clinic, a_session(person, facts=facts))
    sender = unreliable(1, clock := StoppedClock())

    for day in (1, 2, 4, 5, 6, 20, 90):
        let_pass(database, sender, clock, NOW + day * DAY)
        release_senders(database)  # somebody mended the account
        meddle(database, clinic, day)
        if day == 20:  # one more, with a second session
            again = a_session(PEOPLE[1][0], facts=PEOPLE[1][1], ended_at=ENDED_AT + 20 * DAY)
            register(database, clinic, again, now=clock.now)
    keep_up(database, NOW + 100 * DAY)

    ended = stored(database, clinic)
    assert len(ended) > 50
    # Doubts are listed for a person and settled by one; all others have come to their end.
    assert {record.status for record in ended} <= DONE | {Status.IN_DOUBT}
    assert [record for record in ended if record.status is not Status.SENT and not record.status_reason] == []
    assert [record for record in ended if not record.reasons] == []
    assert {Status.SENT, Status.SKIPPED, Status.CANCELLED, Status.FAILED} <= {record.status for record in ended}
