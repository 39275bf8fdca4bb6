"""Senders that are broken, and providers that are out of reach."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.outcomes import Fault, NotSent, Refused
from scheduler.domain.delivery.reminders import Kind, Status
from scheduler.domain.people.patients import Channel
from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.senders import SenderRow, release_sender
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import (
    NOW,
    a_clinic,
    a_person,
    a_planned,
    a_quiet_session,
    add_reminders,
    drain_at,
    keep_up,
    the_reminder,
)
from tests.fakes import AcceptingSender, AnsweringSender
from tests.services.not_arriving import BOTH, DAY, HOUR, one


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return a_quiet_session(database, clinic, a_person(email="amira@example.com", mail=True))


# A sender that is broken


def test_a_fault_of_the_sender_holds_it_keeps_the_order_and_is_told_once(
    database: Database, clinic: Clinic, view: SessionView, caplog: pytest.LogCaptureFixture
) -> None:
    planned = [a_planned(str(view.id), occurrence=place, due_at=NOW - place * HOUR) for place in range(40)]
    ids = add_reminders(database, clinic, view, planned)
    broken = AnsweringSender(Refused(Fault.CONFIG, "20003", "the token is wrong"))

    drain_at(database, broken, NOW)
    while_held = drain_at(database, broken, NOW + HOUR)
    told = [line for line in caplog.records if line.levelno == logging.ERROR]
    with database.write(ALL_CLINICS) as db:
        (sender,) = db.scalars(select(SenderRow).where(SenderRow.held_at.is_not(None)))
        release_sender(db, sender.id)
        waiting = list(db.scalars(select(ReminderRow.id).order_by(ReminderRow.next_at)))
        places = set(db.scalars(select(ReminderRow.next_at == ReminderRow.due_at)))
    mended = AcceptingSender()
    drain_at(database, mended, NOW + HOUR)

    assert len(broken.sent) <= 24, "what the pool had begun, and nothing after"
    assert while_held == 0
    assert [line.message for line in told] == ["a sender is held until somebody mends it: the token is wrong"]
    assert waiting == ids[::-1]
    assert places == {True}
    assert {one.reminder_ids[0] for one in mended.sent} == set(ids)


# A provider that is out of reach


def test_a_sender_whose_provider_is_out_of_reach_rests_and_all_keep_their_place(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    planned = [a_planned(str(view.id), occurrence=place, due_at=NOW - place * HOUR) for place in range(40)]
    ids = add_reminders(database, clinic, view, planned)
    away = AnsweringSender(NotSent("not_reached", "nobody there"))

    drain_at(database, away, NOW)
    tried = len(away.sent)
    resting = drain_at(database, away, NOW + timedelta(milliseconds=999))
    back = AcceptingSender()
    drain_at(database, back, NOW + timedelta(seconds=1))

    assert tried <= 24
    assert resting == 0
    assert [one.reminder_ids[0] for one in back.sent] == ids[::-1]


def test_an_outage_of_an_hour_lets_another_channel_be_looked_for(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    away = AnsweringSender(NotSent("not_reached", "nobody there"))
    planned = a_planned(str(view.id), channels=BOTH, useful_for=DAY)
    (reminder_id,) = add_reminders(database, clinic, view, [planned])

    for minutes in range(60):
        drain_at(database, away, NOW + minutes * timedelta(minutes=1))
    before = the_reminder(database, clinic, reminder_id).channel
    drain_at(database, away, NOW + HOUR)

    assert before is Channel.SMS
    assert [one.channel for one in away.sent[-2:]] == [Channel.SMS, Channel.EMAIL]
    assert the_reminder(database, clinic, reminder_id).channel is Channel.EMAIL


def test_tries_while_the_provider_was_out_of_reach_make_no_later_wait_longer(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    away = AnsweringSender(NotSent("not_reached", "nobody there"))
    (reminder_id,) = add_reminders(database, clinic, view, [a_planned(str(view.id))])
    for minutes in range(20):
        drain_at(database, away, NOW + minutes * timedelta(minutes=1))
    then = NOW + HOUR

    drain_at(database, AnsweringSender(Refused(Fault.TEMPORARY, "21611", "queue full")), then)

    with database.read(ALL_CLINICS) as db:
        (next_at,) = db.scalars(select(ReminderRow.next_at).where(ReminderRow.id == reminder_id))
    assert len(away.sent) == 20
    assert next_at - then <= timedelta(seconds=36)


def test_a_message_without_time_left_does_not_hide_that_the_provider_is_out_of_reach(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    ids = add_reminders(database, clinic, view, [a_planned(str(view.id), occurrence=place) for place in range(2)])
    sender = AnsweringSender(by=lambda posting: NotSent("no", "no", only_this=posting.reminder_ids[0] == ids[0]))

    drain_at(database, sender, NOW)

    with database.read(ALL_CLINICS) as db:
        kept = list(db.scalars(select(ReminderRow.id).where(ReminderRow.next_at == ReminderRow.due_at)))
    assert kept == [ids[1]]


def test_a_no_that_concerns_one_message_only_lets_no_sender_rest(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    one(database, clinic, view, NotSent("no_time_left", "too late in the day", only_this=True))
    add_reminders(database, clinic, view, [a_planned(str(view.id), occurrence=7)])

    assert drain_at(database, AcceptingSender(), NOW) == 1


def test_an_outage_of_six_hours_is_tried_rarely_and_all_that_is_of_use_goes_afterwards(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    short = [a_planned(str(view.id), rule="short", occurrence=place, useful_for=HOUR) for place in range(30)]
    safety = [a_planned(str(view.id), rule="safety", occurrence=place, kind=Kind.SAFETY) for place in range(30)]
    plain = [a_planned(str(view.id), rule="plain", occurrence=place) for place in range(30)]
    ids = add_reminders(database, clinic, view, [*short, *plain, *safety])
    away, back = AnsweringSender(NotSent("not_reached", "nobody there")), AcceptingSender()

    morning = NOW - 4 * HOUR
    with database.write(ALL_CLINICS) as db:
        db.execute(update(ReminderRow).values(next_at=morning, due_at=morning))
    for minutes in range(6 * 60):
        drain_at(database, away, morning + minutes * timedelta(minutes=1))
        keep_up(database, morning + minutes * timedelta(minutes=1))
    drain_at(database, back, morning + 6 * HOUR)

    went = [posting.kind for posting in back.sent]
    assert len(away.sent) < 6 * 60 * 30
    assert {the_reminder(database, clinic, one).status for one in ids[:30]} == {Status.EXPIRED}
    assert {the_reminder(database, clinic, one).status for one in ids[30:]} == {Status.SENT}
    assert went == sorted(went, key=lambda kind: kind.rank)
