"""Promise 6: every message, and every rule that produced none, says why in a plain sentence."""

from __future__ import annotations

from scheduler.services import outbox
from scheduler.storage.database import Database
from tests.builders import CATALOG, a_clinic, a_person, a_session, register


def test_each_rule_of_the_protocol_gives_a_reminder_or_a_reason(database: Database) -> None:
    clinic = a_clinic(database)

    view = register(database, clinic)

    rules = {rule.id for rule in CATALOG.protocols["microneedling"].reminders}
    assert {reminder.rule for reminder in view.reminders} | {left.rule for left in view.not_planned} == rules
    told = [reminder.because for reminder in view.reminders] + [left.because for left in view.not_planned]
    assert all(len(why.split()) > 2 and "{" not in why for why in told)


def test_the_outbox_says_why_of_every_message(database: Database) -> None:
    clinic = a_clinic(database)
    register(database, clinic)

    with database.read(clinic.id) as db:
        entries = outbox.entries(db)

    assert entries
    assert all(entry.because.startswith("Microneedling, version 1, band D1: rule ") for entry in entries)


def test_who_can_not_be_texted_is_said_once_and_for_every_rule(database: Database) -> None:
    clinic = a_clinic(database)

    view = register(database, clinic, a_session(a_person(phone="+441632960123")))

    assert view.reminders == ()
    assert any("landline" in notice for notice in view.notices)
    assert {left.reason for left in view.not_planned} == {"landline", "condition"}
