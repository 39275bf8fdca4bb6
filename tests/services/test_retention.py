from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import func, select, update

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.errors import NotNow
from scheduler.domain.people.consent import Purpose
from scheduler.domain.people.patients import Channel
from scheduler.domain.people.todos import Todo, TodoKind
from scheduler.services.audit_chain import check, seal_all
from scheduler.services.consenting import opt_out
from scheduler.services.needing import need_person
from scheduler.services.retention import Purged, keep_to_retention, purge_clinic, would_purge
from scheduler.services.same_patient import merge
from scheduler.storage.audit import AuditRow
from scheduler.storage.database import Database
from scheduler.storage.kept_counts import kept_counts
from scheduler.storage.kept_stops import KeptStopRow
from scheduler.storage.patients import PatientRow
from scheduler.storage.reminders import ReminderRow
from tests.builders import BY, NOW, StoppedClock, a_clinic, a_person, a_session, register, stored_rows

LONG_AFTER = datetime(2028, 6, 1, tzinfo=NOW.tzinfo)
SETTINGS = {"retention": "24 months"}


def a_patient(database: Database, clinic: Clinic, number: int, *, now: datetime = NOW, over: bool = True) -> str:
    """The id of a patient who had a session then; all of their messages are over, if so said."""
    person = a_person(f"Amira {'abcdefghij'[number]}khan", phone=f"+4477009001{number:02}")
    given = a_session(person, ended_at=now - timedelta(minutes=5))
    patient_id = str(register(database, clinic, given, now=now).patient_id)
    if over:
        with database.write(clinic.id) as db:
            mine = ReminderRow.patient_id == patient_id
            db.execute(update(ReminderRow).where(mine).values(status=Status.SENT, sent_at=now))
    return patient_id


def after_one() -> Callable[[], bool]:
    """Whether time is up: from the second look on."""
    looks = count()
    return lambda: next(looks) > 0


def patients(database: Database, clinic: Clinic) -> set[str]:
    with database.read(clinic.id) as db:
        return set(db.scalars(select(PatientRow.id)))


def purge(database: Database, now: datetime = LONG_AFTER) -> Purged:
    return keep_to_retention(database, StoppedClock(now))


def test_who_is_past_the_retention_goes_with_all_they_had(database: Database) -> None:
    clinic = a_clinic(database, settings=SETTINGS)
    empty = {table: count for table, count in stored_rows(database).items() if table not in {"audit", "kept_counts"}}
    for number in range(3):
        a_patient(database, clinic, number)
    with database.read(clinic.id) as db:
        foreseen = would_purge(db, now=LONG_AFTER)
        messages = db.scalar(select(func.count()).select_from(ReminderRow))

    done = purge(database)

    assert done == foreseen == Purged(patients=3, sessions=3, messages=messages or 0)
    rows = stored_rows(database)
    assert {table: rows[table] for table in empty} == {**empty, "retention_rounds": 1}
    with database.read(clinic.id) as db:
        counts = kept_counts(db)
    assert counts[NOW.date().replace(day=1), "sessions"] == 3
    assert sum(counts.values()) == 3 + (messages or 0)


def test_the_audit_tells_of_it_without_ids_and_its_chain_holds(database: Database) -> None:
    clinic = a_clinic(database, settings=SETTINGS)
    a_patient(database, clinic, 0)
    seal_all(database, StoppedClock())

    purge(database)
    seal_all(database, StoppedClock())

    with database.read(clinic.id) as db:
        found = check(db)
        told = db.scalars(select(AuditRow).where(AuditRow.action == "retention.purge")).one()
    assert (found.found, found.waiting, found.blanked) == (None, 0, told.blanks)
    assert (told.subject, told.actor) == (f"clinic {clinic.id}", "aftercare")


def test_who_has_something_newer_or_something_open_stays(database: Database) -> None:
    clinic = a_clinic(database, settings=SETTINGS)
    late = datetime(2026, 6, 1, tzinfo=NOW.tzinfo)
    newer = a_patient(database, clinic, 1, now=late + timedelta(minutes=5))
    waiting = a_patient(database, clinic, 2, over=False)
    texted, asked = a_patient(database, clinic, 3), a_patient(database, clinic, 4)
    gone = a_patient(database, clinic, 5)
    with database.write(clinic.id) as db:
        db.execute(update(ReminderRow).where(ReminderRow.patient_id == texted).values(sent_at=late))
        need_person(db, Todo(kind=TodoKind.NOT_TOLD, details={"sentence": "Call."}, patient_id=asked), now=NOW)

    purge(database)

    assert patients(database, clinic) == {newer, waiting, texted, asked}
    assert gone not in patients(database, clinic)


@pytest.mark.parametrize(("after", "left"), [(timedelta(0), 1), (timedelta(microseconds=1), 0)])
def test_the_time_counts_from_the_last_session_or_message(database: Database, after: timedelta, left: int) -> None:
    clinic = a_clinic(database, settings=SETTINGS)
    a_patient(database, clinic, 0)
    last = NOW.replace(year=NOW.year + 2)

    purge(database, last + after)

    assert len(patients(database, clinic)) == left


def test_a_clinic_that_set_none_keeps_everybody(database: Database) -> None:
    clinic = a_clinic(database)
    a_patient(database, clinic, 0)

    assert purge(database) == Purged()
    assert len(patients(database, clinic)) == 1
    with database.read(clinic.id) as db, pytest.raises(NotNow, match="has no retention"):
        would_purge(db, now=LONG_AFTER)


def test_a_round_goes_on_where_it_stopped_and_comes_once_a_day(database: Database) -> None:
    clinic, other = a_clinic(database, settings=SETTINGS), a_clinic(database, name="Birch", settings=SETTINGS)
    for number in range(5):
        a_patient(database, clinic, number)
    theirs = a_patient(database, other, 6, now=LONG_AFTER)
    clock = StoppedClock(LONG_AFTER)

    slices = [keep_to_retention(database, clock, chunk=2, until=after_one()).patients for _ in range(6)]
    late = a_patient(database, clinic, 7)
    same_day = purge(database)

    assert sorted(slices) == [0, 0, 0, 1, 2, 2]
    assert same_day == Purged()
    assert patients(database, clinic) == {late}
    assert purge(database, LONG_AFTER + timedelta(days=1)).patients == 1
    assert patients(database, other) == {theirs}


def test_by_hand_all_go_at_once(database: Database) -> None:
    clinic = a_clinic(database, settings=SETTINGS)
    for number in range(5):
        a_patient(database, clinic, number)

    assert purge_clinic(database, clinic.id, StoppedClock(LONG_AFTER), by="operator", chunk=2).patients == 5
    assert patients(database, clinic) == set()


def test_those_merged_into_a_patient_go_with_them(database: Database) -> None:
    clinic = a_clinic(database, settings=SETTINGS)
    ids = [a_patient(database, clinic, number) for number in range(2)]
    with database.write(clinic.id) as db:
        merge(db, ids[0], ids[1], by=BY, now=NOW)
        db.execute(update(ReminderRow).values(status=Status.SENT, sent_at=NOW))

    assert purge(database).patients == 2
    assert patients(database, clinic) == set()


def test_a_stop_is_kept_by_the_hash_of_the_number(database: Database) -> None:
    clinic = a_clinic(database, settings=SETTINGS)
    patient_id = a_patient(database, clinic, 0)
    with database.write(clinic.id) as db:
        opt_out(db, patient_id, Channel.SMS, [Purpose.CARE], source="desk", evidence="Said so.", by=BY, now=NOW)

    purge(database)

    assert patients(database, clinic) == set()
    with database.read(clinic.id) as db:
        [stop] = db.scalars(select(KeptStopRow))
    assert (stop.channel, stop.purpose, len(stop.value_hash)) == ("sms", Purpose.CARE, 64)
