from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.errors import Invalid, NotFound, NotNow
from scheduler.services import at_desk
from scheduler.services.at_desk import Doubted, Saved, Sheet, UsedKey
from scheduler.services.consequence import DoubtKind
from scheduler.services.views import session_view
from scheduler.storage.database import Database
from tests.builders import BY, CATALOG, ENDED_AT, FACTS, NOW, a_clinic, a_session, drain_at, register, stored_rows
from tests.fakes import AcceptingSender

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
SHEET = Sheet(key="k-1", content=b"as filled in", given=a_session())


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


def save(database: Database, clinic: Clinic, sheet: Sheet = SHEET) -> Saved | Doubted | UsedKey:
    with database.write(clinic.id) as db:
        return at_desk.save(db, sheet, flags=CATALOG.flags, by=BY, now=NOW)


def saved(database: Database, clinic: Clinic, sheet: Sheet = SHEET) -> Saved:
    answer = save(database, clinic, sheet)
    assert isinstance(answer, Saved), answer
    return answer


def undo(database: Database, clinic: Clinic, session_id: str, *, after: timedelta) -> int:
    with database.write(clinic.id) as db:
        return at_desk.undo(db, session_id, by=BY, now=NOW + after)


def test_the_first_message_is_told(database: Database, clinic: Clinic) -> None:
    answer = saved(database, clinic)

    assert (answer.first_at, answer.channel, answer.known) == ("2026-03-03T15:30:00+00:00", "sms", False)


def test_the_same_form_again_is_answered_the_same_and_stores_nothing(database: Database, clinic: Clinic) -> None:
    first = saved(database, clinic)
    before = stored_rows(database)

    assert saved(database, clinic) == first
    assert stored_rows(database) == before


def test_a_double_tap_makes_one_session(database: Database, clinic: Clinic) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: saved(database, clinic), range(4)))

    assert len({answer.session_id for answer in answers}) == 1
    assert stored_rows(database)["sessions"] == 1


def test_the_same_session_from_two_tabs_is_one(database: Database, clinic: Clinic) -> None:
    first = saved(database, clinic)

    second = saved(database, clinic, replace(SHEET, key="k-2"))

    assert (second.session_id, second.known) == (first.session_id, True)
    assert stored_rows(database)["sessions"] == 1


def test_a_form_that_was_saved_with_something_else_in_it_is_not_saved(database: Database, clinic: Clinic) -> None:
    saved(database, clinic)
    changed = replace(SHEET, content=b"other", given=a_session(facts={**FACTS, "needle_mm": 1.0}))

    assert save(database, clinic, changed) == UsedKey()
    assert stored_rows(database)["sessions"] == 1


def test_a_doubt_stops_saving_until_it_was_seen(database: Database, clinic: Clinic) -> None:
    deep = replace(SHEET, given=a_session(facts={**FACTS, "needle_mm": 3.0}))

    asked = save(database, clinic, deep)

    assert isinstance(asked, Doubted)
    assert [doubt.kind for doubt in asked.doubts] == [DoubtKind.UNLIKELY]
    assert (stored_rows(database)["sessions"], stored_rows(database)["kept_answers"]) == (0, 0)
    seen = replace(deep, seen=frozenset(doubt.name for doubt in asked.doubts))
    assert not saved(database, clinic, seen).known


def test_a_doubt_that_came_up_since_stops_saving_again(database: Database, clinic: Clinic) -> None:
    deep = replace(SHEET, given=a_session(facts={**FACTS, "needle_mm": 3.0}))
    asked = save(database, clinic, deep)
    assert isinstance(asked, Doubted)
    register(database, clinic, a_session(ended_at=ENDED_AT - DAY))

    again = save(database, clinic, replace(deep, seen=frozenset(doubt.name for doubt in asked.doubts)))

    assert isinstance(again, Doubted)
    assert [doubt.kind for doubt in again.doubts] == [DoubtKind.UNLIKELY, DoubtKind.SOON_AGAIN]


def test_what_registering_refuses_is_refused(database: Database, clinic: Clinic) -> None:
    with pytest.raises(Invalid):
        save(database, clinic, replace(SHEET, given=a_session(ended_at=NOW + DAY)))

    assert stored_rows(database)["sessions"] == 0


# Undo


def test_undo_within_the_minute_leaves_nothing_to_be_sent(database: Database, clinic: Clinic) -> None:
    session_id = saved(database, clinic).session_id

    assert undo(database, clinic, session_id, after=60 * SECOND) == 0

    with database.read(clinic.id) as db:
        view = session_view(db, session_id, now=NOW)
    assert view.voided
    assert {reminder.status for reminder in view.reminders} == {Status.CANCELLED.value}
    assert undo(database, clinic, session_id, after=61 * SECOND) == 0, "a second press does no more"


def test_undo_says_how_much_had_gone_and_leaves_it(database: Database, clinic: Clinic) -> None:
    session_id = saved(database, clinic, replace(SHEET, given=a_session(ended_at=NOW - DAY))).session_id
    drain_at(database, AcceptingSender(), NOW)

    gone = undo(database, clinic, session_id, after=30 * SECOND)

    with database.read(clinic.id) as db:
        view = session_view(db, session_id, now=NOW)
    left = [reminder.status for reminder in view.reminders]
    assert gone == left.count("sent") > 0
    assert set(left) == {"sent", "cancelled"}


def test_undo_is_for_a_minute(database: Database, clinic: Clinic) -> None:
    session_id = saved(database, clinic).session_id

    with pytest.raises(NotNow):
        undo(database, clinic, session_id, after=61 * SECOND)

    with database.read(clinic.id) as db:
        assert not session_view(db, session_id, now=NOW).voided


def test_another_clinics_session_is_not_there_to_undo(database: Database, clinic: Clinic) -> None:
    session_id = saved(database, clinic).session_id

    with pytest.raises(NotFound):
        undo(database, a_clinic(database, name="Birch"), session_id, after=SECOND)
