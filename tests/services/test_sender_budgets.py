from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.budgets import Budget
from scheduler.domain.delivery.parts import parts
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.delivery.senders import Posting
from scheduler.services import senders
from scheduler.services.drain import Drain
from scheduler.storage.database import Database
from scheduler.storage.senders import get_sender
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import (
    BY,
    NOW,
    StoppedClock,
    a_clinic,
    a_person,
    a_planned,
    a_quiet_session,
    a_session,
    add_reminders,
    drain_at,
    register,
    statuses,
)
from tests.fakes import AcceptingSender


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


def set_budget(database: Database, budget: Budget) -> None:
    with database.write(ALL_CLINICS) as db:
        senders.set_budget(db, "sandbox-sms", budget, by=BY, now=NOW)


def due(database: Database, clinic: Clinic, count: int, *, sms: bool = True) -> list[str]:
    view = a_quiet_session(database, clinic, a_person(sms=sms))
    return add_reminders(database, clinic, view, [a_planned(str(view.id), occurrence=place) for place in range(count)])


def today(database: Database) -> int:
    with database.read(ALL_CLINICS) as db:
        return get_sender(db, "sandbox-sms").spent.parts_today


def sent(database: Database, clinic: Clinic) -> int:
    return list(statuses(database, clinic).values()).count(Status.SENT)


def test_no_more_goes_in_a_second_than_the_budget_allows(database: Database, clinic: Clinic) -> None:
    due(database, clinic, 10)
    set_budget(database, Budget(parts_per_second=4))

    drain_at(database, AcceptingSender(), NOW)
    first = sent(database, clinic)
    drain_at(database, AcceptingSender(), NOW + timedelta(milliseconds=1))
    again = sent(database, clinic)
    drain_at(database, AcceptingSender(), NOW + timedelta(seconds=60))

    assert first == again == 4
    assert sent(database, clinic) == 8


def test_no_more_goes_in_a_day_than_the_budget_allows(database: Database, clinic: Clinic) -> None:
    due(database, clinic, 10)
    set_budget(database, Budget(parts_per_day=3))

    drain_at(database, AcceptingSender(), NOW)
    first = sent(database, clinic)
    drain_at(database, AcceptingSender(), NOW + timedelta(hours=2))
    again = sent(database, clinic)
    drain_at(database, AcceptingSender(), NOW + timedelta(hours=20))

    assert first == again == 3
    assert sent(database, clinic) == 6


def test_a_message_of_several_parts_is_charged_by_its_parts(database: Database) -> None:
    due(database, a_clinic(database, name="Čistá pleť"), 1)  # whose letters make each part shorter
    set_budget(database, Budget(parts_per_day=1000))

    drain_at(database, sender := AcceptingSender(), NOW)

    [posting] = sender.sent
    assert today(database) == parts_in(posting) > 1


def test_what_may_not_go_gives_its_budget_back(database: Database, clinic: Clinic) -> None:
    due(database, clinic, 5, sms=False)
    set_budget(database, Budget(parts_per_day=3))

    drain_at(database, sender := AcceptingSender(), NOW)

    assert sender.sent == []
    assert set(statuses(database, clinic).values()) == {Status.CANCELLED}
    assert today(database) == 0


def test_what_a_stopping_process_gives_back_costs_nothing(database: Database, clinic: Clinic) -> None:
    due(database, clinic, 20)
    set_budget(database, Budget(parts_per_day=1000))
    sender = AcceptingSender()
    drain = Drain(
        database=database,
        find_sender=lambda _: sender,
        clock=StoppedClock(),
        lease=timedelta(minutes=1),
        threads=1,
    )
    rounds = iter([False])

    drain.run(until=lambda: next(rounds, True))
    drain.stop()

    assert 0 < len(sender.sent) < 20
    assert today(database) == sum(parts_in(posting) for posting in sender.sent)


def test_an_empty_budget_holds_up_no_other_sender(database: Database, clinic: Clinic) -> None:
    due(database, clinic, 3)
    set_budget(database, Budget(parts_per_day=1))
    drain_at(database, AcceptingSender(), NOW)
    other = a_clinic(database, name="Birch", live=True)
    register(database, other, a_session(a_person(phone="+447911123456")))

    drain_at(database, AcceptingSender(), NOW + timedelta(hours=1))

    # Now the sender that is spent has waited longest, and would be next.
    drain_at(database, sender := AcceptingSender(), NOW + timedelta(hours=4))

    assert sent(database, clinic) == 1
    assert {posting.clinic_id for posting in sender.sent} == {other.id}


def test_a_new_budget_holds_at_once(database: Database, clinic: Clinic) -> None:
    due(database, clinic, 5)
    set_budget(database, Budget(parts_per_day=1))
    drain_at(database, AcceptingSender(), NOW)

    set_budget(database, Budget())
    drain_at(database, AcceptingSender(), NOW)

    assert sent(database, clinic) == 5


def parts_in(posting: Posting) -> int:
    return parts(posting.message.body).parts
