from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from scheduler.domain.delivery.budgets import Budget
from scheduler.domain.delivery.outcomes import Unknown
from scheduler.domain.findings import Severity
from scheduler.storage import budgets, heartbeats, senders
from scheduler.storage.database import Database
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import (
    NOW,
    a_clinic,
    a_planned,
    a_quiet_session,
    add_reminders,
    drain_at,
)
from tests.fakes import AnsweringSender
from tests.services.examining import examined, the_one

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def worker(database: Database) -> None:
    """A process that sends was seen just now."""
    with database.write(ALL_CLINICS) as db:
        heartbeats.beat(db, "node-1", now=NOW)


def test_a_held_sender_is_found_with_its_reason(database: Database) -> None:
    with database.write(ALL_CLINICS) as db:
        senders.hold_sender(db, "settings-sms", reason="the token is wrong", at=NOW)

    fault, mend = the_one(examined(database))

    assert fault == "The sender settings-sms is held since 2026-03-03 14:35 UTC: the token is wrong"
    assert mend == "Mend the reason, then run aftercare sender release settings-sms."


def test_reminders_that_wait_though_they_are_due_are_found_after_five_minutes(database: Database) -> None:
    clinic = a_clinic(database)
    add_reminders(database, clinic, view := a_quiet_session(database, clinic), [a_planned(str(view.id))])
    late = NOW + 5 * MINUTE + timedelta(seconds=1)
    with database.write(ALL_CLINICS) as db:
        heartbeats.beat(db, "node-1", now=late)

    early = examined(database, now=NOW + 5 * MINUTE)
    fault, mend = the_one(examined(database, now=late))

    assert early == []
    assert fault == (
        "Messages by the sender sandbox-sms wait since 2026-03-03 14:35 UTC, though they are due: "
        "1, 1 of them for five minutes or longer."
    )
    assert "aftercare serve" in mend


def test_a_late_sender_with_a_budget_names_the_budget(database: Database) -> None:
    clinic = a_clinic(database)
    add_reminders(database, clinic, view := a_quiet_session(database, clinic), [a_planned(str(view.id))])
    with database.write(ALL_CLINICS) as db:
        heartbeats.beat(db, "node-1", now=NOW + 10 * MINUTE)
        senders.set_budget(db, "sandbox-sms", Budget(parts_per_second=1))

    _, mend = the_one(examined(database, now=NOW + 10 * MINUTE))

    assert "aftercare sender set-budget sandbox-sms" in mend


def test_doubts_that_nobody_settles_are_a_warning(database: Database) -> None:
    clinic = a_clinic(database)
    add_reminders(database, clinic, view := a_quiet_session(database, clinic), [a_planned(str(view.id))])
    drain_at(database, AnsweringSender(Unknown("no answer")), NOW)
    later = NOW + 16 * MINUTE
    with database.write(ALL_CLINICS) as db:
        heartbeats.beat(db, "node-1", now=later)

    fresh = examined(database, now=NOW + MINUTE)
    fault, mend = the_one(examined(database, now=later), Severity.WARNING)

    assert fresh == []
    assert fault == "Messages that were posted without an answer: 1, the oldest since 2026-03-03 14:35 UTC."
    assert "provider's log" in mend


def test_a_held_sender_says_how_much_waits_for_it_and_is_not_called_late(database: Database) -> None:
    clinic = a_clinic(database)
    add_reminders(database, clinic, view := a_quiet_session(database, clinic), [a_planned(str(view.id))])
    with database.write(ALL_CLINICS) as db:
        senders.hold_sender(db, "sandbox-sms", reason="the token is wrong", at=NOW)
        heartbeats.beat(db, "node-1", now=NOW + 10 * MINUTE)

    fault, _ = the_one(examined(database, now=NOW + 10 * MINUTE))

    assert fault.endswith("the token is wrong; due and waiting: 1.")


def test_a_late_tick_of_a_node_is_found(database: Database) -> None:
    with database.write(ALL_CLINICS) as db:
        heartbeats.beat(db, "node-2", now=NOW, late={"drain": NOW - 9 * MINUTE, "tidy": None})

    drain, tidy = examined(database)
    with database.write(ALL_CLINICS) as db:
        heartbeats.beat(db, "node-2", now=NOW)
    mended = examined(database)

    assert drain.fault == "The task drain of the node node-2 has not ended well since 2026-03-03 14:26 UTC."
    assert tidy.fault == "The task tidy of the node node-2 has not ended well yet."
    assert "log" in drain.mend
    assert mended == []


def test_a_node_that_is_gone_while_others_send_is_told_for_an_hour(database: Database) -> None:
    with database.write(ALL_CLINICS) as db:
        heartbeats.beat(db, "node-0", now=NOW - 61 * MINUTE, late={"drain": None})
        heartbeats.beat(db, "node-2", now=NOW - 30 * MINUTE, late={"drain": None})

    fault, mend = the_one(examined(database), Severity.WARNING)

    assert fault == "The node node-2 has not been seen since 2026-03-03 14:05 UTC; others send."
    assert mend == "If nobody stopped it, see what became of it."


def test_money_that_is_nearly_gone_is_a_warning_and_gone_a_fault(database: Database) -> None:
    clinic = a_clinic(database)
    view = a_quiet_session(database, clinic)
    add_reminders(database, clinic, view, [a_planned(str(view.id), occurrence=place) for place in range(10)])
    with database.write(ALL_CLINICS) as db:
        senders.set_budget(db, "sandbox-sms", Budget(money_per_month=400_000, price_per_part=40_000))
        heartbeats.beat(db, "node-1", now=NOW)
    near = {}
    for count in range(1, 11):
        with database.write(ALL_CLINICS) as db:
            budgets.correct(db, {"sandbox-sms": 1}, NOW)
        near[count] = examined(database)

    assert [near[count] for count in range(1, 8)] == [[]] * 7
    assert the_one(near[8], Severity.WARNING) == (
        "Of the month's money of the sender sandbox-sms, 0.40, 0.32 are spent.",
        "To give it more, run aftercare sender set-budget sandbox-sms.",
    )
    assert the_one(near[10])[0] == (
        "The month's money of the sender sandbox-sms is used up: nothing goes by it before 2026-04-01 00:00 UTC; "
        "due and waiting: 10."
    )


def test_no_worker_yet_is_a_warning_and_one_that_is_gone_a_fault(database: Database) -> None:
    gone = the_one(examined(database, now=NOW + 3 * MINUTE))
    with database.write(ALL_CLINICS) as db:
        db.execute(text("DELETE FROM heartbeats"))
    never = the_one(examined(database), Severity.WARNING)

    assert gone[0] == "No process that sends has been seen since 2026-03-03 14:35 UTC."
    assert never[0] == "No process that sends has been seen yet."
    assert "aftercare serve" in gone[1]
    assert "aftercare serve" in never[1]
