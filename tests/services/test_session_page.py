from __future__ import annotations

from datetime import date, timedelta

import pytest

from scheduler.domain.care.protocols import Advice
from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.doings import Doing
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.errors import NotFound
from scheduler.domain.people.patients import Channel
from scheduler.services import reminders, session_page
from scheduler.services.session_page import SessionPage
from scheduler.services.timeline import TimelineMessage
from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from tests.builders import BY, NOW, StoppedClock, a_clinic, a_person, a_session, drain_at, let_pass, register
from tests.fakes import AcceptingSender

DAY = timedelta(days=1)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return register(database, clinic)


def page(database: Database, clinic: Clinic, view: SessionView) -> SessionPage:
    with database.read(clinic.id) as db:
        return session_page.session_page(db, str(view.id), now=NOW)


def by_rule(shown: SessionPage) -> dict[str, TimelineMessage]:
    return {message.parts[0].rule: message for message in shown.messages}


def test_messages_stand_in_order_of_time_and_a_bundle_is_one_with_its_parts(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    shown = page(database, clinic, view)

    assert [message.at for message in shown.messages] == sorted(message.at for message in shown.messages)
    parts = [part.id for message in shown.messages for part in message.parts]
    assert sorted(parts) == sorted(str(reminder.id) for reminder in view.reminders)
    bundle = next(message for message in shown.messages if len(message.parts) > 1)
    assert [part.rule for part in bundle.parts] == ["heat-exercise", "spf-sun"]
    assert "No sauna" in str(bundle.body)
    assert "mineral sunscreen" in str(bundle.body)


def test_each_part_names_its_rule_its_version_and_a_fact_of_the_patient(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    shown = page(database, clinic, view)

    for part in (part for message in shown.messages for part in message.parts):
        why = " ".join(part.why)
        assert f"rule {part.rule}" in why
        assert "version 1" in why
        assert "Amira agreed to texts on Tuesday 3 March." in why
    assert "Recorded: longest needle 0.5 mm, device pen, areas face." in by_rule(shown)["danger"].parts[0].why


def test_what_it_is_about_is_said_in_the_clinics_words_with_the_patients_date(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    assert by_rule(page(database, clinic, view))["no-actives"].about == "What to leave out until Tuesday 10 March"


def test_only_the_first_text_to_come_says_how_to_stop(database: Database, clinic: Clinic, view: SessionView) -> None:
    shown = page(database, clinic, view)
    drain_at(database, AcceptingSender(), shown.messages[0].due_at)

    later = page(database, clinic, view)

    assert [message.id for message in shown.messages if "STOP" in str(message.body)] == [shown.messages[0].id]
    assert [message.id for message in later.messages if "STOP" in str(message.body)] == [shown.messages[0].id]


def test_what_went_is_shown_in_the_words_it_went_in_with_the_dates_it_told(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    sender = AcceptingSender()
    due = by_rule(page(database, clinic, view))["start"].due_at
    drain_at(database, sender, due)

    shown = page(database, clinic, view)

    start = by_rule(shown)["start"]
    assert (start.status, start.sent_at, start.to) == (Status.SENT, due, "0123")
    assert start.body == sender.sent[0].message.body
    assert start.parts[0].doings == frozenset()
    (told,) = shown.told  # it speaks of washing, too, which ends before the date that it names
    assert (told.topics, told.until, told.channel) == (("picking",), date(2026, 3, 10), Channel.SMS)
    assert (told.advice, told.told_at, told.now_until) == (Advice.AVOID, due, None)


def test_a_told_date_that_moved_since_stands_beside_the_one_that_holds(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    due = by_rule(page(database, clinic, view))["start"].due_at
    drain_at(database, AcceptingSender(), due)
    register(database, clinic, a_session(patient_id=view.patient_id, ended_at=due + DAY), now=due + DAY)

    (told,) = page(database, clinic, view).told

    assert (told.until, told.now_until) == (date(2026, 3, 10), date(2026, 3, 11))


def test_what_was_told_after_an_earlier_session_is_history_and_never_moved_by_a_later_one(
    database: Database, clinic: Clinic
) -> None:
    clock, sender = StoppedClock(NOW - 42 * DAY), AcceptingSender()
    first = register(database, clinic, a_session(ended_at=clock.now), now=clock.now)
    let_pass(database, sender, clock, NOW)
    second = register(database, clinic, a_session(patient_id=first.patient_id))

    old, new = page(database, clinic, first), page(database, clinic, second)

    assert {line.now_until for line in old.told} == {None}
    assert len(old.told) > 3
    assert new.told == ()


def test_rules_that_did_not_apply_stand_apart_each_with_its_reason(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    left = {one.rule: one.because for one in page(database, clinic, view).left_out}

    assert left["rf-check"] == "device is pen, not rf"
    assert all(left.values())


def test_the_first_message_still_to_go_is_the_next(database: Database, clinic: Clinic, view: SessionView) -> None:
    first, second, *_ = page(database, clinic, view).messages
    drain_at(database, AcceptingSender(), first.due_at)

    assert page(database, clinic, view).next_id == second.id


def test_who_left_one_out_and_why_stands_with_it(database: Database, clinic: Clinic, view: SessionView) -> None:
    part = by_rule(page(database, clinic, view))["check"].parts[0]
    with database.write(clinic.id) as db:
        reminders.skip(db, part.id, reason="told in person", by="Sam", now=NOW)

    check = by_rule(page(database, clinic, view))["check"]

    assert (check.status, check.note, check.touched_by) == (Status.SKIPPED, "told in person", "Sam")
    assert check.parts[0].doings == {Doing.RESTORE}


def test_a_voided_session_keeps_its_messages_and_holds_no_advice(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    before = page(database, clinic, view)
    with database.write(clinic.id) as db:
        reminders.void(db, str(view.id), by="Sam", now=NOW)

    shown = page(database, clinic, view)

    assert before.unsent_if_voided == len(before.messages) == 9
    assert shown.unsent_if_voided == 0
    assert (shown.handling.voided_by, shown.handling.registered_by) == ("Sam", BY)
    assert (shown.sheet, shown.left_out) == ((), ())
    assert {message.status for message in shown.messages} == {Status.CANCELLED}


def test_a_message_with_a_part_of_another_session_shows_both(database: Database, clinic: Clinic) -> None:
    first = register(database, clinic, a_session(ended_at=NOW - timedelta(days=1)))
    second = register(database, clinic, a_session(patient_id=first.patient_id))

    shown = page(database, clinic, second)

    shared = [one for one in shown.messages if {part.session_id for part in one.parts} == {first.id, second.id}]
    others = {part.other_session for one in shared for part in one.parts if part.session_id == first.id}
    assert others == {"Microneedling of Monday 2 March"}
    assert shown.unsent_if_voided == len(shown.messages) - len(shared)


def test_the_sheet_says_what_ends_on_which_day_the_first_first(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    sheet = page(database, clinic, view).sheet

    assert [line.until for line in sheet] == sorted(line.until for line in sheet)
    assert any("retinol" in line.topics and line.until == date(2026, 3, 8) for line in sheet)


def test_a_patient_whom_nothing_reaches_has_no_messages_and_staff_are_told_why(
    database: Database, clinic: Clinic
) -> None:
    shown = page(database, clinic, register(database, clinic, a_session(a_person(sms=None))))

    assert shown.messages == ()
    assert shown.next_id is None
    assert any("has not agreed" in notice for notice in shown.notices)


def test_another_clinics_session_is_unknown(database: Database, clinic: Clinic, view: SessionView) -> None:
    other = a_clinic(database, name="Birch")
    del clinic

    with pytest.raises(NotFound), database.read(other.id) as db:
        session_page.session_page(db, str(view.id), now=NOW)
