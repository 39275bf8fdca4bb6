from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.delivery.state_words import Word
from scheduler.domain.errors import Invalid
from scheduler.services.outbox_filters import Filters, Span, read_filters
from scheduler.services.outbox_list import PAGE, OutboxLine, OutboxPage, outbox_chunk, outbox_page
from scheduler.services.views import SessionView
from scheduler.storage.database import Database
from scheduler.storage.patients import NewPatient, add_patient
from tests.builders import (
    NOW,
    a_clinic,
    a_person,
    a_planned,
    a_quiet_session,
    a_session,
    add_reminders,
    copy_reminder,
    register,
)
from tests.services.put import put

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
AMIRA = NewPatient(id="", name="Amira Khan", language="en", birth_date=None, zone=None, flags=(), private=False)
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
        found = seen(database, clinic, replace(read_filters(given), days=Span.ANY))
        assert {line.id for line in found.lines} == wanted, given
        assert found.total == len(wanted)


def test_where_too_many_patients_fit_more_letters_are_asked_for(database: Database, clinic: Clinic) -> None:
    with database.write(clinic.id) as db:
        for number in range(101):
            name = f"Amira Khan {number}"
            new = NewPatient(
                id=f"p{number}", name=name, language="en", birth_date=None, zone=None, flags=(), private=False
            )
            add_patient(db, new, now=NOW)

    with pytest.raises(Invalid, match="More than 100 patients fit"):
        seen(database, clinic, Filters(who="amira"))
    assert seen(database, clinic, Filters(who="amira khan 17")).total == 0


def test_days_are_those_on_which_messages_are_due(database: Database, clinic: Clinic) -> None:
    midnight = datetime(2026, 3, 4, tzinfo=UTC)
    times = [NOW - 10 * DAY, NOW - 5 * DAY, NOW + HOUR, midnight, midnight + 5 * DAY, midnight + 20 * DAY]
    ids = quiet(database, clinic, *times)

    found = {
        days: [ids.index(line.id) for line in seen(database, clinic, read_filters({"days": days})).lines]
        for days in ("today", "7", "30", "next-7", "2026-03-04", "1999-01-01")
    }

    assert found == {
        "today": [2],
        "7": [2, 1],
        "30": [2, 1, 0],
        "next-7": [2, 3, 4],
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
