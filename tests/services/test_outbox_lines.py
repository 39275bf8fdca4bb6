from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.outcomes import Fault, Refused
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.delivery.senders import Provider
from scheduler.domain.delivery.state_words import Word
from scheduler.domain.errors import NotFound
from scheduler.services import reminders
from scheduler.services.outbox_filters import Filters, Span
from scheduler.services.outbox_list import OutboxPage, one_line, outbox_page
from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from tests.builders import (
    BY,
    NOW,
    a_clinic,
    a_person,
    a_session,
    drain_at,
    register,
)
from tests.fakes import AcceptingSender, AnsweringSender
from tests.services.put import put, statements

HOUR = timedelta(hours=1)
EVER = Filters(days=Span.ANY)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return register(database, clinic)


def seen(
    database: Database, clinic: Clinic, filters: Filters = EVER, *, page: int = 1, now: datetime = NOW
) -> OutboxPage:
    with database.read(clinic.id) as db:
        return outbox_page(db, filters, page=page, now=now)


def test_a_message_that_went_shows_when_and_to_which_number_even_if_the_patient_has_another_now(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    first = view.reminders[0]
    drain_at(database, AcceptingSender(), first.due_at)
    register(database, clinic, a_session(a_person(phone="+447700900999", email="a@example.com")))

    with database.read(clinic.id) as db:
        line = one_line(db, str(first.id), now=NOW)

    assert (line.went, line.at, line.to, line.state.label) == (True, first.due_at, "0770••••123", "Sent, no receipt")
    assert line.tries is not None
    assert (line.tries.count, line.tries.provider, line.tries.code) == (1, Provider.SANDBOX, None)
    assert str(line.tries.provider_id).startswith("fake-")


def test_a_message_that_was_refused_shows_the_code_and_may_be_sent_again_while_it_is_of_use(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    first = view.reminders[0]
    refused = Refused(Fault.PERMANENT, "21211", "not a number")
    drain_at(database, AnsweringSender(refused), first.due_at)

    [line] = seen(database, clinic, Filters(word=Word.NOT_DELIVERED)).lines
    [late] = seen(database, clinic, Filters(days=Span.ANY, word=Word.NOT_DELIVERED), now=first.useful_until).lines

    assert line.tries is not None
    assert (line.status_reason, line.tries.code) == ("refused 21211", "21211")
    assert (line.may_send_again, late.may_send_again) == (True, False)


def test_a_message_of_a_voided_session_is_not_sent_again(database: Database, clinic: Clinic, view: SessionView) -> None:
    failed = put(database, view.reminders[0].id, Status.FAILED)
    with database.write(clinic.id) as db:
        reminders.void(db, str(view.id), by=BY, now=NOW)

    with database.read(clinic.id) as db:
        assert not one_line(db, failed, now=NOW).may_send_again


def test_what_goes_with_another_message_shows_how_that_one_went(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    followers = [one for one in view.reminders if one.bundled_into]
    assert followers, "the shipped plan bundles some"
    lead = next(one for one in view.reminders if one.id == followers[0].bundled_into)
    drain_at(database, AcceptingSender(), lead.due_at)

    with database.read(clinic.id) as db:
        lines = [one_line(db, str(one), now=NOW) for one in (lead.id, followers[0].id)]

    assert lines[0].tries == lines[1].tries is not None


def test_why_somebody_left_a_message_out_is_shown(database: Database, clinic: Clinic, view: SessionView) -> None:
    check = next(str(one.id) for one in view.reminders if one.rule == "check")
    with database.write(clinic.id) as db:
        reminders.skip(db, check, reason="seen in person", by=BY, now=NOW)

    [line] = seen(database, clinic, Filters(days=Span.ANY, word=Word.SKIPPED)).lines

    assert (line.note, line.title) == ("seen in person", "Check your skin today")


def test_another_clinics_messages_are_not_found(database: Database, clinic: Clinic, view: SessionView) -> None:
    other = a_clinic(database, name="Birch")

    assert seen(database, other).total == 0
    assert seen(database, other, Filters(days=Span.ANY, patient_id=view.patient_id)).total == 0
    with database.read(other.id) as db, pytest.raises(NotFound):
        one_line(db, str(view.reminders[0].id), now=NOW)
    assert seen(database, clinic).total


def test_more_messages_cost_no_more_statements(database: Database, clinic: Clinic, view: SessionView) -> None:
    put(database, view.reminders[0].id, Status.FAILED)
    with statements(database) as few:
        seen(database, clinic)
    for number in range(5):
        register(database, clinic, a_session(a_person(f"Jo B {number}", phone=f"+44770090014{number}")))

    with statements(database) as many:
        seen(database, clinic)

    assert len(many) == len(few)
