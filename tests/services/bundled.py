"""Reminders of one patient that go as one message."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.people.patients import Channel
from scheduler.services.views import SessionView
from scheduler.storage import bundles
from scheduler.storage.attempts import AttemptRow
from scheduler.storage.database import Database
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.tenancy import ALL_CLINICS
from scheduler.storage.told_dates import ToldDateRow
from tests.builders import (
    NOW,
    a_person,
    a_planned,
    a_quiet_session,
    add_reminders,
    statuses,
)

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TEMPLATES = ("spf-sun", "heat-exercise", "flaking")


class Bundle:
    """Three reminders of a patient that follow the first of them, due now."""

    def __init__(
        self,
        database: Database,
        clinic: Clinic,
        *,
        templates: tuple[str, ...] = TEMPLATES[:2],
        useful_for: tuple[timedelta, ...] = (2 * DAY, 2 * DAY, 2 * DAY),
        channel: Channel = Channel.SMS,
    ) -> None:
        self.database, self.clinic = database, clinic
        person = a_person(email="amira@example.com", mail=True)
        self.view: SessionView = a_quiet_session(database, clinic, person)
        planned = [
            a_planned(
                str(self.view.id),
                rule=template,
                template=template,
                channel=channel,
                useful_for=useful,
                topic_ends={template: NOW + (place + 2) * DAY},
            )
            for place, (template, useful) in enumerate(zip(templates, useful_for, strict=False))
        ]
        self.ids = add_reminders(database, clinic, self.view, planned)
        lead = planned[0].identity
        with database.write(clinic.id) as db:
            bundles.bundle(db, {str(self.view.patient_id)}, {one.identity: lead for one in planned[1:]})

    @property
    def leads(self) -> list[str | None]:
        with self.database.read(ALL_CLINICS) as db:
            found = {row.id: row.bundled_into for row in db.scalars(select(ReminderRow))}
        return [found[one] for one in self.ids]

    @property
    def statuses(self) -> list[Status]:
        found = statuses(self.database, self.clinic)
        return [found[one] for one in self.ids]

    @property
    def told(self) -> dict[str, timedelta]:
        with self.database.read(ALL_CLINICS) as db:
            return {row.topic: row.until - NOW for row in db.scalars(select(ToldDateRow))}

    def attempts(self) -> list[AttemptRow]:
        with self.database.read(ALL_CLINICS) as db:
            return list(db.scalars(select(AttemptRow)))

    def set(self, place: int, **values: object) -> None:
        with self.database.write(ALL_CLINICS) as db:
            db.execute(update(ReminderRow).where(ReminderRow.id == self.ids[place]).values(**values))
