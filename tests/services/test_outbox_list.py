from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.outcomes import Fault, Refused
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.delivery.senders import Provider
from scheduler.domain.delivery.state_words import Word
from scheduler.domain.errors import NotFound
from scheduler.services import reminders
from scheduler.services.outbox_filters import Filters, Span, read_filters
from scheduler.services.outbox_list import PAGE, OutboxLine, OutboxPage, one_line, outbox_chunk, outbox_page
from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from tests.builders import (
    BY,
    NOW,
    a_clinic,
    a_person,
    a_planned,
    a_quiet_session,
    a_session,
    add_reminders,
    copy_reminder,
    drain_at,
    register,
)
from tests.fakes import AcceptingSender, AnsweringSender
from tests.services.put import put, statements

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
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


def quiet(database: Database, clinic: Clinic, *times: datetime) -> list[str]:
    """Reminders that are due at these times, and nothing else."""
    view = a_quiet_session(database, clinic)
    planned = [a_planned(str(view.id), occurrence=place, due_at=at) for place, at in enumerate(times)]
    return add_reminders(database, clinic, view, planned)


def test_messages_stand_newest_first_with_whose_they_are_and_where_they_go(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    found = seen(database, clinic)

    assert [line.at for line in found.lines] == sorted((line.at for line in found.lines), reverse=True)
    assert {(line.patient, line.to, line.state.word) for line in found.lines} == {
        ("Amira K", "0770••••123", Word.PLANNED)
    }
    assert (found.total, found.first, found.last, found.pages) == (len(view.reminders), 1, len(view.reminders), 1)
    assert not any(line.went or line.may_send_again for line in found.lines)


def test_each_filter_leaves_what_it_asks_for(database: Database, clinic: Clinic, view: SessionView) -> None:
    jo = a_person("Jo Brown", phone="+447700900777", email="jo@example.com", sms=False, mail=True)
    other = register(database, clinic, a_session(jo))
    ids = {str(one.id) for one in view.reminders}
    others = {str(one.id) for one in other.reminders}

    for given, wanted in (
        ({"channel": "sms"}, ids),
        ({"channel": "email"}, others),
        ({"who": "0123"}, ids),
        ({"who": "0777"}, others),
        ({"who": "9999"}, set()),
        ({"who": "khan"}, ids),
        ({"who": "BRO"}, others),
        ({"who": "brow"}, others),
        ({"who": "brod"}, set()),
        ({"who": "<script>"}, set()),
        ({"patient": str(view.patient_id)}, ids),
        ({"session": str(other.id)}, others),
        ({"session": "unknown"}, set()),
        ({"patient": str(view.patient_id), "channel": "email"}, set()),
    ):
        found = seen(database, clinic, read_filters({"days": "any", **given}))
        assert {line.id for line in found.lines} == wanted, given
        assert found.total == len(wanted)


def test_days_are_those_on_which_messages_are_due(database: Database, clinic: Clinic) -> None:
    midnight = datetime(2026, 3, 4, tzinfo=UTC)
    times = [NOW - 10 * DAY, NOW - 5 * DAY, NOW + HOUR, midnight, midnight + 5 * DAY, midnight + 20 * DAY]
    ids = quiet(database, clinic, *times)

    found = {
        days: [ids.index(line.id) for line in seen(database, clinic, read_filters({"days": days})).lines]
        for days in ("today", "7", "30", "next-7", "any", "2026-03-04", "1999-01-01")
    }

    assert found == {
        "today": [2],
        "7": [2, 1],
        "30": [2, 1, 0],
        "next-7": [2, 3, 4],
        "any": [5, 4, 3, 2, 1, 0],
        "2026-03-04": [3],
        "1999-01-01": [],
    }


STATES: dict[tuple[Status, str | None], Word] = {
    (Status.SCHEDULED, None): Word.PLANNED,
    (Status.SCHEDULED, "lease"): Word.PLANNED,
    (Status.SCHEDULED, "outside_hours"): Word.HELD,
    (Status.SCHEDULED, "sender held 20003"): Word.HELD,
    (Status.HELD, "patient_paused"): Word.HELD,
    (Status.CLAIMED, None): Word.SENDING,
    (Status.SENT, None): Word.DELIVERED,
    (Status.DELIVERED, None): Word.DELIVERED,
    (Status.UNDELIVERED, "undelivered 30003"): Word.NOT_DELIVERED,
    (Status.SKIPPED, "person"): Word.SKIPPED,
    (Status.EXPIRED, "not_useful"): Word.STOPPED,
}


def test_a_state_is_asked_for_by_its_word_and_all_are_counted_whichever_is_asked_for(
    database: Database, clinic: Clinic
) -> None:
    ids = quiet(database, clinic, *[NOW] * len(STATES))
    for one, (status, reason) in zip(ids, STATES, strict=True):
        put(database, one, status, reason)

    for word in Word:
        found = seen(database, clinic, Filters(word=word))
        wanted = {one for one, state in zip(ids, STATES.values(), strict=True) if state is word}
        assert {line.id for line in found.lines} == wanted, word
        assert (found.total, found.counts[word]) == (len(wanted), len(wanted))
        assert (sum(found.counts.values()), found.no_receipt) == (len(STATES), 1)


def test_a_list_is_read_in_pages_and_behind_the_last_stands_the_last(database: Database, clinic: Clinic) -> None:
    [one] = quiet(database, clinic, NOW)
    copy_reminder(database, one, 2 * PAGE)

    pages = [seen(database, clinic, page=number) for number in (1, 2, 3)]
    behind = seen(database, clinic, page=999_999)

    assert [(page.first, page.last, page.total, page.pages) for page in pages] == [
        (1, 50, 101, 3),
        (51, 100, 101, 3),
        (101, 101, 101, 3),
    ]
    assert len({line.id for page in pages for line in page.lines}) == 101
    assert behind.lines == pages[2].lines


def chunks(database: Database, clinic: Clinic, filters: Filters) -> Iterator[OutboxLine]:
    behind = None
    while True:
        with database.read(clinic.id) as db:
            lines, behind = outbox_chunk(db, filters, behind=behind, now=NOW)
        yield from lines
        if behind is None:
            return


@pytest.mark.parametrize("filters", [EVER, Filters(days=Span.COMING, word=Word.PLANNED)])
def test_the_whole_list_is_read_on_in_the_order_of_the_pages(
    database: Database, clinic: Clinic, filters: Filters
) -> None:
    [one] = quiet(database, clinic, NOW + HOUR)
    copy_reminder(database, one, 1000)

    everything = [line.id for line in chunks(database, clinic, filters)]

    assert len(everything) == len(set(everything)) == 1001
    assert everything[:PAGE] == [line.id for line in seen(database, clinic, filters).lines]


def test_a_list_without_messages_has_one_empty_page(database: Database, clinic: Clinic) -> None:
    found = seen(database, clinic)

    assert (found.lines, found.total, found.first, found.last, found.page, found.pages) == ((), 0, 0, 0, 1, 1)


# How it went


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
