from __future__ import annotations

from datetime import datetime, timedelta, timezone

from sqlalchemy import select

from scheduler.domain.care.history import ToldDate
from scheduler.storage.database import Database
from scheduler.storage.tenancy import ALL_CLINICS
from scheduler.storage.told_dates import Told, ToldDateRow, add_told_dates, told_of
from tests.builders import NOW, a_clinic, a_planned, a_quiet_session, add_reminders


def test_told_dates_are_kept_as_they_were_told_to_the_microsecond(database: Database) -> None:
    clinic = a_clinic(database)
    view = a_quiet_session(database, clinic)
    patient_id = str(view.patient_id)
    first, second = add_reminders(
        database, clinic, view, [a_planned(str(view.id), occurrence=place) for place in range(2)]
    )
    whole, odd = NOW + timedelta(days=3), NOW + timedelta(days=4, microseconds=7)
    elsewhere = datetime(2026, 3, 9, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    told = [
        (first, "make-up", whole),
        (first, 'o"dd {topic}', whole),
        (first, "heat", odd),
        (second, "heat", elsewhere),
    ]

    with database.write(ALL_CLINICS) as db:
        add_told_dates(db, [Told(clinic.id, patient_id, *one) for one in told], now=NOW)

    with database.read(clinic.id) as db:
        found = told_of(db, {patient_id})[patient_id]
        kept = {(row.reminder_id, row.topic, row.until) for row in db.scalars(select(ToldDateRow))}
    assert kept == set(told)
    assert set(found) == {ToldDate(topic=topic, until=until, told_at=NOW) for _, topic, until in told}


def test_a_message_that_tells_nothing_keeps_nothing(database: Database) -> None:
    with database.write(ALL_CLINICS) as db:
        add_told_dates(db, [], now=NOW)

        assert list(db.scalars(select(ToldDateRow.id))) == []
