from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.budgets import Budget
from scheduler.domain.delivery.failures import NO_MONEY
from scheduler.domain.delivery.parts import parts
from scheduler.domain.delivery.reminders import Status
from scheduler.services import month_money, outbox, senders
from scheduler.services.senders import spending
from scheduler.services.upkeep import mend
from scheduler.storage.database import Database
from scheduler.storage.senders import get_sender
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import (
    BY,
    NOW,
    a_clinic,
    a_planned,
    a_quiet_session,
    add_reminders,
    drain_at,
    statuses,
)
from tests.fakes import AcceptingSender

APRIL = datetime(2026, 3, 31, 23, tzinfo=UTC)  # of London
LONG = timedelta(days=60)
PRICE = 40_000


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def waiting(database: Database, clinic: Clinic) -> list[str]:
    """Ten that are due, and one that is in an hour, all of use until May."""
    view = a_quiet_session(database, clinic)
    hour = timedelta(hours=1)
    planned = [
        a_planned(str(view.id), occurrence=place, due_at=NOW + (hour if place == 10 else timedelta()), useful_for=LONG)
        for place in range(11)
    ]
    return add_reminders(database, clinic, view, planned)


def pay(database: Database, parts_paid: int) -> None:
    budget = Budget(money_per_month=parts_paid * PRICE, price_per_part=PRICE)
    with database.write(ALL_CLINICS) as db:
        senders.set_budget(db, "sandbox-sms", budget, by=BY, now=NOW)


def tell(database: Database, now: datetime = NOW) -> int:
    with database.write(ALL_CLINICS) as db:
        return month_money.tell(db, now=now)


def reasons(database: Database, clinic: Clinic) -> list[str | None]:
    with database.read(clinic.id) as db:
        return [entry.reason for entry in outbox.entries(db) if entry.status == "scheduled"]


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]


def test_no_more_goes_in_a_month_than_the_money_pays(database: Database, waiting: list[str]) -> None:
    pay(database, 4)

    drain_at(database, march := AcceptingSender(), NOW)
    drain_at(database, later := AcceptingSender(), NOW + timedelta(days=20))
    with database.read(ALL_CLINICS) as db:
        spent = spending(get_sender(db, "sandbox-sms"), NOW)
    drain_at(database, april := AcceptingSender(), APRIL + timedelta(hours=12))

    taken = sum(parts(posting.message.body).parts for posting in march.sent)
    assert taken == 4
    assert later.sent == []
    assert (spent.money, spent.left) == ("0.16", "0.00")
    assert len(march.sent) == len(april.sent) == 4 < len(waiting) / 2


def test_what_waits_for_money_says_so_and_the_log_is_told_once_a_month(
    database: Database, clinic: Clinic, waiting: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    pay(database, 6)
    drain_at(database, AcceptingSender(), NOW)

    first = tell(database)
    again = tell(database)
    in_march = reasons(database, clinic)
    newly_due = tell(database, NOW + timedelta(hours=2))

    assert (first, again, newly_due) == (4, 0, 1)
    assert in_march == [NO_MONEY] * 4 + [None]
    assert errors(caplog) == ["the month's money of a sender is used up: nothing goes by it"]

    pay(database, 3)
    drain_at(database, AcceptingSender(), later := APRIL + timedelta(hours=12))
    tell(database, later)

    assert len(errors(caplog)) == 2
    assert len(statuses(database, clinic)) == len(waiting)


def test_more_money_lets_what_waits_go(database: Database, clinic: Clinic, waiting: list[str]) -> None:
    pay(database, 6)
    drain_at(database, AcceptingSender(), NOW)
    tell(database)

    pay(database, 100)
    drain_at(database, AcceptingSender(), NOW + timedelta(hours=2))

    assert list(statuses(database, clinic).values()) == [Status.SENT] * len(waiting)


def test_less_money_than_was_spent_already_stops_at_once_and_lets_other_senders_go(
    database: Database, clinic: Clinic, waiting: list[str]
) -> None:
    pay(database, 6)
    drain_at(database, AcceptingSender(), NOW)

    pay(database, 2)
    drain_at(database, sender := AcceptingSender(), NOW)

    assert sender.sent == []
    assert tell(database) == 4
    assert len(statuses(database, clinic)) == len(waiting)


def test_what_waited_for_money_until_its_use_was_over_keeps_the_reason(database: Database, clinic: Clinic) -> None:
    view = a_quiet_session(database, clinic)
    planned = [a_planned(str(view.id), occurrence=place, useful_for=timedelta(days=1)) for place in range(2)]
    add_reminders(database, clinic, view, planned)
    pay(database, 1)
    drain_at(database, AcceptingSender(), NOW)

    with database.write(ALL_CLINICS) as db:
        mend(db, now=NOW)
    with database.write(ALL_CLINICS) as db:
        mend(db, now=NOW + timedelta(days=2))

    with database.read(clinic.id) as db:
        expired = [entry.reason for entry in outbox.entries(db) if entry.status == "expired"]
    assert expired == [NO_MONEY]


def test_without_a_bound_nothing_is_told(database: Database, waiting: list[str]) -> None:
    assert tell(database) == 0
    assert waiting
