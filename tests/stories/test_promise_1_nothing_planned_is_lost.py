"""Promise 1: every reminder ends, with a reason, whatever providers, people and crashes do."""

from __future__ import annotations

import random
from datetime import timedelta

from scheduler.domain.delivery.outcomes import Accepted, Fault, NotSent, Outcome, Refused, Unknown
from scheduler.domain.delivery.reminders import DONE, Status
from scheduler.domain.delivery.senders import Posting
from scheduler.services import reminders
from scheduler.storage.database import Database
from tests.builders import BY, NOW, a_clinic, a_person, a_session, register, stored
from tests.fakes import AnsweringSender
from tests.stories.days import let_pass

_ENDED = DONE | {Status.IN_DOUBT}
"""In this version doubts are listed and not settled yet."""


def _moody(seed: int) -> AnsweringSender:
    """A provider that takes most messages, and refuses, drops or forgets the others."""
    luck = random.Random(seed)  # noqa: S311  the same moods in each run

    def answer(posting: Posting) -> Outcome:
        outcomes: tuple[Outcome, ...] = (
            Accepted(f"SM-{posting.attempt_id}"),
            NotSent("connect", "connection refused"),
            Refused(Fault.TEMPORARY, "429", "too many requests"),
            Refused(Fault.PERMANENT, "21211", "not a number"),
            Unknown("no answer"),
        )
        return luck.choices(outcomes, weights=(60, 15, 10, 5, 10))[0]

    return AnsweringSender(by=answer)


def test_every_reminder_ends_with_a_reason_through_a_moody_provider_and_busy_staff(database: Database) -> None:
    clinic = a_clinic(database)
    for number in range(4):
        register(database, clinic, a_session(a_person(f"Patient {number}", phone=f"+44770090020{number}")))
    first, second = stored(database, clinic)[:2]
    with database.write(clinic.id) as db:
        reminders.skip(db, first.id, reason="told by phone", by=BY, now=NOW)
        reminders.cancel(db, second.id, reason="told by phone", by=BY, now=NOW)

    let_pass(database, _moody(7), start=NOW, end=NOW + timedelta(days=45))

    records = stored(database, clinic)
    assert len(records) == 40
    assert {record.status for record in records} <= _ENDED
    assert {Status.SENT, Status.FAILED, Status.IN_DOUBT, Status.SKIPPED, Status.CANCELLED} <= {
        record.status for record in records
    }
    assert all(record.status is Status.SENT or record.note or record.status_reason for record in records)


def test_what_could_not_go_in_time_ends_as_expired_and_not_in_silence(database: Database) -> None:
    clinic = a_clinic(database)
    register(database, clinic)
    down = AnsweringSender(NotSent("connect", "connection refused"))

    let_pass(database, down, start=NOW, end=NOW + timedelta(days=45))

    records = stored(database, clinic)
    assert {record.status for record in records} <= {Status.EXPIRED, Status.FAILED}
    assert all(record.status_reason for record in records)
