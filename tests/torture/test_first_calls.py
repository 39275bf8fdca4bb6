"""What a process does before its first call: making the way out takes a moment, and may fail."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from scheduler.domain.delivery.reminders import Status
from scheduler.domain.delivery.senders import FindSender, Sender, SenderInfo
from scheduler.domain.errors import Invalid
from scheduler.services.drain import Drain
from scheduler.storage.attempts import AttemptRow
from scheduler.storage.database import Database
from scheduler.storage.senders import get_sender
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import NOW, StoppedClock, a_clinic, a_planned, a_quiet_session, add_reminders, statuses
from tests.fakes import AcceptingSender


def test_a_way_out_is_made_before_anything_is_intended(database: Database) -> None:
    clinic = a_clinic(database)
    add_reminders(database, clinic, view := a_quiet_session(database, clinic), [a_planned(str(view.id))])
    intended: list[int] = []

    def making(_: SenderInfo) -> Sender:
        with database.read(ALL_CLINICS) as db:
            intended.append(db.execute(select(func.count()).select_from(AttemptRow)).scalar_one())
        return AcceptingSender()

    run(database, making)

    assert intended[0] == 0


def test_a_way_out_that_can_not_be_made_holds_back_its_own_messages_and_no_others(database: Database) -> None:
    clinic = a_clinic(database)
    view = a_quiet_session(database, clinic)
    [broken] = add_reminders(database, clinic, view, [a_planned(str(view.id), rule="broken")], sender_id="sandbox-sms")
    [sound] = add_reminders(database, clinic, view, [a_planned(str(view.id))], sender_id="settings-sms")
    sender = AcceptingSender()

    def making(wanted: SenderInfo) -> Sender:
        if wanted.id == "sandbox-sms":
            raise Invalid.of("from_address", "It must be an email address.")
        return sender

    run(database, making)

    assert statuses(database, clinic) == {broken: Status.SCHEDULED, sound: Status.SENT}
    with database.read(ALL_CLINICS) as db:
        assert get_sender(db, "sandbox-sms").held_at == NOW


def run(database: Database, making: FindSender) -> None:
    lease = timedelta(minutes=1)
    drain = Drain(database=database, find_sender=making, clock=StoppedClock(), lease=lease, threads=2)
    drain.run(until=lambda: False)
    drain.stop()
