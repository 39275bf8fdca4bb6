"""A STOP that only the provider knew of, and messages to the patient that are half-way out."""

from __future__ import annotations

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.outcomes import Fault, Refused
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.people.patients import Channel
from scheduler.storage.database import Database
from tests.builders import (
    StoppedClock,
    a_clinic,
    a_drain,
    a_person,
    a_planned,
    a_quiet_session,
    add_reminders,
    the_reminder,
)
from tests.fakes import AnsweringSender


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


def test_after_a_stop_that_the_provider_knows_nothing_that_was_claimed_goes_to_the_patient(
    database: Database, clinic: Clinic
) -> None:
    sender = AnsweringSender(Refused(Fault.OPTED_OUT, "21610", "the patient texted STOP"))
    view = a_quiet_session(database, clinic)
    ids = add_reminders(database, clinic, view, [a_planned(str(view.id), occurrence=place) for place in range(8)])
    drain = a_drain(database, sender, StoppedClock(), threads=1)

    drain.run(until=lambda: False)
    drain.stop()

    assert len(sender.sent) <= 2, "calls that were under way when the first answer came"
    ended = {(one.status, one.status_reason) for one in (the_reminder(database, clinic, id_) for id_ in ids)}
    assert ended == {(Status.CANCELLED, "stopped")}


def test_what_may_go_by_another_channel_goes_by_that(database: Database, clinic: Clinic) -> None:
    texts = Refused(Fault.OPTED_OUT, "21610", "the patient texted STOP")
    sender = AnsweringSender(texts)
    both = (Channel.SMS, Channel.EMAIL)
    view = a_quiet_session(database, clinic, a_person(email="amira@example.com", mail=True))
    planned = [a_planned(str(view.id), occurrence=place, channels=both) for place in range(4)]
    add_reminders(database, clinic, view, planned)
    drain = a_drain(database, sender, StoppedClock(), threads=1)

    drain.run(until=lambda: False)
    drain.stop()

    assert [one.channel for one in sender.sent].count(Channel.EMAIL) >= 2
