"""Promise 3: nothing outside sending hours, after STOP, without consent, when useless, or for a voided session."""

from __future__ import annotations

from datetime import time, timedelta

from scheduler.domain.clinics import zones
from scheduler.domain.delivery.outcomes import Fault, Refused
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.people.consent import Consent, Purpose, Word
from scheduler.domain.people.patients import Channel
from scheduler.services import reminders
from scheduler.storage.consents import add_consent
from scheduler.storage.database import Database
from tests.builders import BY, NOW, a_clinic, a_person, a_session, register, statuses, stored
from tests.fakes import AcceptingSender, AnsweringSender
from tests.stories.days import let_pass

A_MONTH = timedelta(days=31)


def test_every_text_goes_inside_sending_hours_on_the_patients_wall_clock(database: Database) -> None:
    clinic = a_clinic(database, zone="America/New_York")
    register(database, clinic, a_session(a_person(zone="Pacific/Auckland")))
    sender = AcceptingSender()

    let_pass(database, sender, start=NOW, end=NOW + A_MONTH)

    sent = [record.sent_at for record in stored(database, clinic) if record.sent_at is not None]
    assert len(sent) == len(sender.sent) > 5
    assert all(time(8) <= zones.local(at, "Pacific/Auckland").time() < time(20) for at in sent)


def test_after_a_stop_the_provider_knows_of_nothing_more_goes(database: Database) -> None:
    clinic = a_clinic(database)
    register(database, clinic)
    stopped = AnsweringSender(Refused(Fault.OPTED_OUT, "21610", "the patient stopped texts"))

    let_pass(database, stopped, start=NOW, end=NOW + A_MONTH)

    assert len(stopped.sent) == 1
    assert set(statuses(database, clinic).values()) == {Status.CANCELLED}


def test_without_consent_nothing_is_planned_and_consent_withdrawn_later_cancels_what_waits(
    database: Database,
) -> None:
    clinic = a_clinic(database)
    never = register(database, clinic, a_session(a_person("Ada Byrne", phone="+447700900124", sms=None)))
    view = register(database, clinic)
    word = Consent(channel=Channel.SMS, purpose=Purpose.CARE, word=Word.REFUSED, source="phone", at=NOW)
    with database.write(clinic.id) as db:
        add_consent(db, str(view.patient_id), word, recorded_by=BY)
    sender = AcceptingSender()

    let_pass(database, sender, start=NOW, end=NOW + A_MONTH)

    assert never.reminders == ()
    assert {left.reason for left in never.not_planned} >= {"no_consent"}
    assert sender.sent == []
    assert set(statuses(database, clinic).values()) == {Status.CANCELLED}


def test_a_text_that_is_too_late_to_be_true_is_not_sent(database: Database) -> None:
    clinic = a_clinic(database)
    register(database, clinic)
    sender = AcceptingSender()

    let_pass(database, sender, start=NOW + timedelta(days=20), end=NOW + A_MONTH)

    late = {record.rule: record.status for record in stored(database, clinic)}
    assert late["start"] is late["shade"] is late["no-actives"] is late["resume-actives"] is Status.EXPIRED
    assert late["patches"] is Status.SENT


def test_a_voided_session_sends_nothing_more(database: Database) -> None:
    clinic = a_clinic(database)
    view = register(database, clinic)
    with database.write(clinic.id) as db:
        reminders.void(db, str(view.id), by=BY, now=NOW)
    sender = AcceptingSender()

    let_pass(database, sender, start=NOW, end=NOW + A_MONTH)

    assert sender.sent == []
    assert set(statuses(database, clinic).values()) == {Status.CANCELLED}
