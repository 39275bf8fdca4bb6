from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.outcomes import Outcome, Unknown
from scheduler.domain.delivery.receipts import Receipt, ReceiptRank
from scheduler.domain.delivery.reminders import Kind, Status
from scheduler.domain.delivery.senders import Posting
from scheduler.domain.people.patients import Channel
from scheduler.services import receipts
from scheduler.services.sending import Answer, record
from scheduler.services.settling import GIVE_UP, Found
from scheduler.services.views import SessionView
from scheduler.storage.attempts import AttemptRow, Ending
from scheduler.storage.database import Database
from scheduler.storage.tenancy import ALL_CLINICS
from scheduler.storage.told_dates import ToldDateRow
from tests.builders import (
    NOW,
    a_clinic,
    a_person,
    a_planned,
    a_quiet_session,
    add_reminders,
    drain_at,
    the_reminder,
)
from tests.fakes import AcceptingSender
from tests.services.lost_answers import MINUTE, Forgetful, doubted, settle_at, the_attempts


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return a_quiet_session(database, clinic)


def test_what_the_provider_has_is_sent_under_its_id(database: Database, clinic: Clinic, view: SessionView) -> None:
    sender = Forgetful()
    reminder_id = doubted(database, clinic, view, sender)

    early = settle_at(database, sender, MINUTE - timedelta(seconds=1))
    found = settle_at(database, sender, MINUTE)

    assert (early, found) == (Found(), Found(adopted=1))
    assert the_reminder(database, clinic, reminder_id).status is Status.SENT
    (attempt,) = the_attempts(database)
    assert (attempt.ending, attempt.provider_id, attempt.parts) == (Ending.ACCEPTED, "SM0", 2)
    assert attempt.provider_status == "queued"


def test_what_turns_out_to_have_gone_told_the_patient_its_dates(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    sender = Forgetful()
    planned = a_planned(str(view.id), topic_ends={"retinoid_otc": NOW + timedelta(days=5)})
    add_reminders(database, clinic, view, [planned])
    drain_at(database, sender, NOW)

    settle_at(database, sender, MINUTE)

    with database.read(ALL_CLINICS) as db:
        assert db.scalars(select(ToldDateRow.topic)).all() == ["retinoid_otc"]


def test_it_is_asked_twice_a_minute_apart_and_then_unknown(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    sender = Forgetful(takes=False)
    reminder_id = doubted(database, clinic, view, sender)

    first = settle_at(database, sender, MINUTE)
    between = settle_at(database, sender, 2 * MINUTE - timedelta(seconds=1))
    after_first = the_reminder(database, clinic, reminder_id).status
    second = settle_at(database, sender, 2 * MINUTE)
    later = settle_at(database, sender, timedelta(days=30))

    assert (first, between, second, later) == (Found(), Found(), Found(decided=1), Found())
    assert after_first is Status.IN_DOUBT
    assert the_reminder(database, clinic, reminder_id).status is Status.UNKNOWN
    assert len(sender.asked) == 2
    assert drain_at(database, sender, NOW + timedelta(days=1)) == 0, "unknown is not retried"


def test_a_safety_message_without_news_goes_again(database: Database, clinic: Clinic, view: SessionView) -> None:
    sender = Forgetful(takes=False)
    reminder_id = doubted(database, clinic, view, sender, kind=Kind.SAFETY)

    settle_at(database, sender, MINUTE)
    settle_at(database, sender, 2 * MINUTE)
    again = AcceptingSender()
    drain_at(database, again, NOW + 2 * MINUTE)

    assert [one.reminder_ids for one in again.sent] == [(reminder_id,)]
    assert the_reminder(database, clinic, reminder_id).status is Status.SENT


def test_an_email_without_news_goes_again_under_the_same_name(database: Database, clinic: Clinic) -> None:
    view = a_quiet_session(database, clinic, a_person(email="amira@example.com", mail=True))
    sender, again = Forgetful(takes=False), AcceptingSender()
    reminder_id = doubted(database, clinic, view, sender, channel=Channel.EMAIL)

    settle_at(database, sender, MINUTE)
    settle_at(database, sender, 2 * MINUTE)
    drain_at(database, again, NOW + 2 * MINUTE)

    (before,), (after,) = sender.sent, again.sent
    assert after.repeats == before.attempt_id != after.attempt_id
    assert replace(after, attempt_id="", repeats=None, until=NOW) == replace(before, attempt_id="", until=NOW)
    assert the_reminder(database, clinic, reminder_id).status is Status.SENT


def test_a_third_email_bears_the_first_ones_name(database: Database, clinic: Clinic) -> None:
    view = a_quiet_session(database, clinic, a_person(email="amira@example.com", mail=True))
    sender = Forgetful(takes=False)
    doubted(database, clinic, view, sender, channel=Channel.EMAIL)

    for minutes in range(1, 8):
        settle_at(database, sender, minutes * MINUTE)
        drain_at(database, sender, NOW + minutes * MINUTE)

    names = [one.repeats or one.attempt_id for one in sender.sent]
    assert len(names) >= 3
    assert set(names) == {sender.sent[0].attempt_id}


def test_a_provider_that_can_not_be_asked_leaves_it_in_doubt_until_it_can(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    sender = Forgetful()
    sender.silent = True
    reminder_id = doubted(database, clinic, view, sender)

    for minutes in range(1, 10):
        assert settle_at(database, sender, minutes * MINUTE) == Found()
    still = the_reminder(database, clinic, reminder_id).status
    sender.silent = False

    assert settle_at(database, sender, 10 * MINUTE) == Found(adopted=1)
    assert still is Status.IN_DOUBT


def test_a_provider_that_is_silent_for_three_days_leaves_it_unknown(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    sender = Forgetful()
    sender.silent = True
    reminder_id = doubted(database, clinic, view, sender)

    before = settle_at(database, sender, GIVE_UP - timedelta(seconds=1))
    after = settle_at(database, sender, GIVE_UP + MINUTE)

    assert (before, after) == (Found(), Found(decided=1))
    assert the_reminder(database, clinic, reminder_id).status is Status.UNKNOWN


def test_where_nobody_can_be_asked_the_same_time_passes_before_it_is_unknown(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    class Mute(AcceptingSender):
        def answer(self, posting: Posting) -> Outcome:
            del posting
            return Unknown("lost")

    sender = Mute()
    reminder_id = doubted(database, clinic, view, sender)

    assert settle_at(database, sender, MINUTE) == Found()
    assert settle_at(database, None, 2 * MINUTE) == Found(decided=1)
    assert the_reminder(database, clinic, reminder_id).status is Status.UNKNOWN


def test_a_callback_settles_a_doubt_before_anybody_asks(database: Database, clinic: Clinic, view: SessionView) -> None:
    sender = Forgetful()
    reminder_id = doubted(database, clinic, view, sender)
    (attempt,) = the_attempts(database)
    receipt = Receipt(attempt_id=attempt.id, provider_id="SM7", provider_status="sent", rank=ReceiptRank.TAKEN, at=NOW)
    with database.write(ALL_CLINICS) as db:
        receipts.take(db, [receipt], now=NOW)

    assert the_reminder(database, clinic, reminder_id).status is Status.SENT
    assert settle_at(database, sender, MINUTE) == Found()
    assert sender.asked == []


def test_a_late_no_of_an_attempt_that_was_repeated_changes_nothing(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    sender = Forgetful(takes=False)
    reminder_id = doubted(database, clinic, view, sender, kind=Kind.SAFETY)
    settle_at(database, sender, MINUTE)
    settle_at(database, sender, 2 * MINUTE)
    drain_at(database, sender, NOW + 2 * MINUTE)
    first, _ = the_attempts(database)

    with database.write(ALL_CLINICS) as db:
        record(db, [Answer(first.id, Unknown("late"))], now=NOW + 3 * MINUTE)

    assert the_reminder(database, clinic, reminder_id).status is Status.IN_DOUBT
    with database.read(ALL_CLINICS) as db:
        assert db.scalar(select(func.count()).select_from(AttemptRow)) == 2
