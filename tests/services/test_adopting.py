from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.outcomes import Accepted
from scheduler.domain.delivery.receipts import ProviderMessage, body_hash
from scheduler.domain.delivery.reminders import Status
from scheduler.services.sending import Answer, record
from scheduler.services.settling import Found
from scheduler.services.views import SessionView
from scheduler.storage.attempts import AttemptRow
from scheduler.storage.database import Database
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import (
    NOW,
    a_clinic,
    a_planned,
    a_quiet_session,
    add_reminders,
    drain_at,
    keep_up,
    the_reminder,
)
from tests.fakes import AcceptingSender
from tests.services.lost_answers import MINUTE, Forgetful, as_listed, doubted, settle_at, the_attempts


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return a_quiet_session(database, clinic)


def test_two_of_the_same_words_are_given_one_message_each(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    add_reminders(database, clinic, view, [a_planned(str(view.id), rule="first")])
    drain_at(database, AcceptingSender(), NOW)  # the first text of all says more
    sender = Forgetful()
    first, second = (doubted(database, clinic, view, sender) for _ in range(2))
    bodies = {one.message.body for one in sender.sent}

    assert len(bodies) == 1
    assert settle_at(database, sender, MINUTE) == Found(adopted=2)
    assert {one.provider_id for one in the_attempts(database)} >= {"SM0", "SM1"}
    assert {the_reminder(database, clinic, one).status for one in (first, second)} == {Status.SENT}


def test_of_two_of_which_one_went_one_is_sent_and_one_unknown(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    sender = Forgetful(takes=False)
    both = [doubted(database, clinic, view, sender) for _ in range(2)]
    sender.others = [as_listed(sender.sent[0])]

    settle_at(database, sender, MINUTE)
    settle_at(database, sender, 2 * MINUTE)

    assert sorted(the_reminder(database, clinic, one).status for one in both) == [Status.SENT, Status.UNKNOWN]


@pytest.mark.parametrize(
    "other",
    [
        lambda listed: replace(listed, body_hash=body_hash("Other words.")),
        lambda listed: replace(listed, created_at=NOW - timedelta(seconds=6)),
    ],
    ids=["other words", "older than the intent"],
)
def test_another_message_is_not_taken_for_it(
    database: Database, clinic: Clinic, view: SessionView, other: Callable[[ProviderMessage], ProviderMessage]
) -> None:
    sender = Forgetful(takes=False)
    doubted(database, clinic, view, sender)
    sender.others = [other(as_listed(sender.sent[0]))]

    assert settle_at(database, sender, MINUTE) == Found()
    assert settle_at(database, sender, 2 * MINUTE) == Found(decided=1)


def test_a_message_may_be_listed_a_little_before_the_intent_as_clocks_differ(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    sender = Forgetful(takes=False)
    doubted(database, clinic, view, sender)
    sender.others = [replace(as_listed(sender.sent[0]), created_at=NOW - timedelta(seconds=5))]

    assert settle_at(database, sender, MINUTE) == Found(adopted=1)


def test_an_id_that_was_adopted_is_not_taken_by_the_answer_of_another(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    sender = Forgetful()
    first = doubted(database, clinic, view, sender)
    sender.others = [replace(as_listed(sender.sent[0]), provider_id="SM9")]
    second = doubted(database, clinic, view, sender)
    mine = {one.reminder_id: one.id for one in the_attempts(database)}
    settle_at(database, sender, MINUTE)

    with database.write(ALL_CLINICS) as db:
        record(db, [Answer(mine[first], Accepted("SM9")), Answer(mine[second], Accepted("SM9"))], now=NOW)

    ids = [one.provider_id for one in the_attempts(database)]
    assert len([one for one in ids if one == "SM9"]) == 1, "a second one would keep all answers from being stored"


def test_while_another_call_to_the_patient_is_open_nothing_is_adopted(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    sender = Forgetful()
    reminder_id = doubted(database, clinic, view, sender)
    with database.write(ALL_CLINICS) as db:
        (mine,) = db.scalars(select(AttemptRow))
        db.add(
            AttemptRow(
                clinic_id=mine.clinic_id,
                reminder_id=mine.reminder_id,
                sender_id=mine.sender_id,
                started_at=NOW,
                deadline_at=NOW + MINUTE,
                to_sealed=mine.to_sealed,
                body_sealed=mine.body_sealed,
            )
        )

    assert settle_at(database, sender, MINUTE) == Found()
    assert the_reminder(database, clinic, reminder_id).status is Status.IN_DOUBT
    keep_up(database, NOW + 3 * MINUTE)
    assert settle_at(database, sender, 5 * MINUTE).adopted == 1
