from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.outcomes import Accepted, Outcome
from scheduler.domain.delivery.receipts import NoAnswer, ProviderMessage, ReceiptRank
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.delivery.senders import Posting
from scheduler.services.asking import GIVE_UP, ask, next_question
from scheduler.services.views import SessionView
from scheduler.storage.attempts import AttemptRow
from scheduler.storage.database import Database
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import (
    NOW,
    StoppedClock,
    a_clinic,
    a_planned,
    a_quiet_session,
    add_reminders,
    drain_at,
    the_reminder,
)
from tests.fakes import AcceptingSender

SOON = timedelta(seconds=10)


class TellingSender(AcceptingSender):
    """Takes every message, calls back never, and answers what is asked."""

    def __init__(self, *, ask_after: timedelta | None = SOON) -> None:
        super().__init__()
        self.ask_after = ask_after
        self.listed: list[ProviderMessage] = []
        self.others: dict[str, ProviderMessage] = {}
        self.asked: list[str] = []
        self.silent = False

    def answer(self, posting: Posting) -> Outcome:
        return Accepted(f"fake-{posting.attempt_id}", ask_after=self.ask_after)

    def recent(self) -> list[ProviderMessage]:
        self.asked.append("recent")
        if self.silent:
            raise NoAnswer("no")
        return self.listed

    def fetch(self, provider_id: str) -> ProviderMessage | None:
        self.asked.append(provider_id)
        return self.others.get(provider_id)


def a_message(provider_id: str, rank: ReceiptRank | None = ReceiptRank.DELIVERED) -> ProviderMessage:
    return ProviderMessage(
        provider_id=provider_id,
        to="+447700900123",
        body_hash="",
        sender="",
        created_at=None,
        parts=None,
        provider_status=rank.name.lower() if rank is not None else "odd",
        rank=rank,
        failure=None,
    )


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return a_quiet_session(database, clinic)


def send(database: Database, clinic: Clinic, view: SessionView, sender: TellingSender) -> tuple[str, str]:
    """The reminder that went out, and the provider's id for it."""
    (reminder_id,) = add_reminders(database, clinic, view, [a_planned(str(view.id))])
    drain_at(database, sender, NOW)
    return reminder_id, f"fake-{sender.sent[-1].attempt_id}"


def ask_at(database: Database, sender: TellingSender, after: timedelta, *, stopping: bool = False) -> int:
    return ask(database, lambda _: sender, StoppedClock(NOW + after), stopping=lambda: stopping)


def next_time(database: Database) -> object:
    with database.read(ALL_CLINICS) as db:
        return db.scalars(select(AttemptRow.ask_at)).one()


def test_what_the_provider_lists_as_delivered_is_delivered_and_not_asked_for_again(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    sender = TellingSender()
    reminder_id, provider_id = send(database, clinic, view, sender)
    sender.listed = [a_message("somebody-elses"), a_message(provider_id)]

    assert ask_at(database, sender, SOON) == 1
    assert the_reminder(database, clinic, reminder_id).status is Status.DELIVERED
    assert next_time(database) is None
    assert sender.asked == ["recent"]


def test_a_message_that_the_list_of_the_newest_lacks_is_asked_for_by_itself(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    sender = TellingSender()
    reminder_id, provider_id = send(database, clinic, view, sender)
    sender.others = {provider_id: a_message(provider_id)}

    ask_at(database, sender, SOON)

    assert sender.asked == ["recent", provider_id]
    assert the_reminder(database, clinic, reminder_id).status is Status.DELIVERED


def test_nothing_is_asked_too_early_and_nothing_of_a_provider_that_calls_back(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    calling_back, asked = TellingSender(ask_after=None), TellingSender()
    send(database, clinic, view, calling_back)

    assert ask_at(database, calling_back, timedelta(days=1)) == 0
    assert ask_at(database, asked, SOON - timedelta(seconds=1)) == 0
    assert calling_back.asked == asked.asked == []


@pytest.mark.parametrize("rank", [ReceiptRank.TAKEN, None], ids=["on its way", "a word not known"])
def test_a_message_that_is_still_on_its_way_is_asked_for_later(
    database: Database, clinic: Clinic, view: SessionView, rank: ReceiptRank | None
) -> None:
    sender = TellingSender()
    reminder_id, provider_id = send(database, clinic, view, sender)
    sender.listed = [a_message(provider_id, rank)]

    assert ask_at(database, sender, SOON) == 0
    assert the_reminder(database, clinic, reminder_id).status is Status.SENT
    assert next_time(database) == NOW + 2 * SOON


def test_a_provider_that_does_not_answer_is_asked_again_later(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    sender = TellingSender()
    reminder_id, provider_id = send(database, clinic, view, sender)
    sender.listed, sender.silent = [a_message(provider_id)], True

    silent = ask_at(database, sender, SOON)
    sender.silent = False

    assert (silent, ask_at(database, sender, 2 * SOON)) == (0, 1)
    assert the_reminder(database, clinic, reminder_id).status is Status.DELIVERED


def test_a_process_that_stops_asks_for_no_more(database: Database, clinic: Clinic, view: SessionView) -> None:
    sender = TellingSender()
    send(database, clinic, view, sender)

    ask_at(database, sender, SOON, stopping=True)

    assert sender.asked == ["recent"]


def test_questions_become_rarer_and_end() -> None:
    ages = [timedelta(seconds=10), timedelta(minutes=10), timedelta(hours=10), GIVE_UP]

    waits = [next_question(NOW - age, NOW) for age in ages]

    assert waits == [NOW + SOON, NOW + timedelta(minutes=5), NOW + timedelta(hours=1), None]
