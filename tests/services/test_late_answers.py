"""Answers of calls after which another one was made for the same reminder."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.outcomes import Accepted, Fault, NotSent, Outcome, Refused
from scheduler.domain.delivery.reminders import Kind, Status
from scheduler.services.sending import Answer, record
from scheduler.storage.database import Database
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import NOW, a_clinic, a_quiet_session, drain_at, the_reminder
from tests.services.lost_answers import MINUTE, Forgetful, doubted, settle_at, the_attempts


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


def sent_twice(database: Database, clinic: Clinic, sender: Forgetful) -> str:
    """A safety message that went again as nobody knew of the first, and whose second answer is lost, too."""
    reminder_id = doubted(database, clinic, a_quiet_session(database, clinic), sender, kind=Kind.SAFETY)
    for minutes in (1, 2):
        settle_at(database, sender, minutes * MINUTE)
    drain_at(database, sender, NOW + 2 * MINUTE)
    assert len(sender.sent) == 2
    return reminder_id


@pytest.mark.parametrize(
    "no",
    [
        NotSent("503", "busy"),
        Refused(Fault.TEMPORARY, "20429", "slow down"),
        Refused(Fault.PERMANENT, "21211", "no such number"),
        Refused(Fault.CONFIG, "20003", "wrong token"),
        Refused(Fault.OPTED_OUT, "21610", "stopped"),
    ],
    ids=["not sent", "temporary", "permanent", "config", "opted out"],
)
def test_a_late_no_leaves_the_later_call_in_doubt_and_makes_no_third(
    database: Database, clinic: Clinic, no: Outcome
) -> None:
    sender = Forgetful(takes=False)
    reminder_id = sent_twice(database, clinic, sender)
    first, _ = the_attempts(database)

    with database.write(ALL_CLINICS) as db:
        record(db, [Answer(first.id, no)], now=NOW + 2 * MINUTE)
    after = the_reminder(database, clinic, reminder_id).status
    drain_at(database, sender, NOW + timedelta(minutes=2, seconds=50))

    assert after is Status.IN_DOUBT
    assert len(sender.sent) == 2


def test_a_late_yes_settles_it_all_the_same(database: Database, clinic: Clinic) -> None:
    sender = Forgetful(takes=False)
    reminder_id = sent_twice(database, clinic, sender)
    first, _ = the_attempts(database)

    with database.write(ALL_CLINICS) as db:
        record(db, [Answer(first.id, Accepted("SM-first"))], now=NOW + 2 * MINUTE)

    assert the_reminder(database, clinic, reminder_id).status is Status.SENT
