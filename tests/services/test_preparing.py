from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Kind, Status
from scheduler.domain.people.consent import Consent, Purpose, Word
from scheduler.domain.people.patients import Channel
from scheduler.services import clinics
from scheduler.services.people import PersonGiven
from scheduler.storage.consents import add_consent
from scheduler.storage.contacts import ContactPointRow
from scheduler.storage.database import Database
from scheduler.storage.patients import PatientRow
from scheduler.storage.sessions import void_session
from tests.builders import (
    BY,
    CATALOG,
    NOW,
    a_clinic,
    a_person,
    a_planned,
    a_quiet_session,
    add_reminders,
    drain_at,
    the_reminder,
)
from tests.fakes import AcceptingSender

DAY = timedelta(days=1)
STOP = str(CATALOG.messages["how-to-stop", "en"].sms)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def sender() -> AcceptingSender:
    return AcceptingSender()


class Scene:
    """A patient with one reminder that is due now."""

    def __init__(
        self,
        database: Database,
        clinic: Clinic,
        person: PersonGiven | None = None,
        *,
        kind: Kind = Kind.INSTRUCT,
        template: str = "no-actives",
        channels: tuple[Channel, ...] = (Channel.SMS, Channel.EMAIL),
        due_at: datetime = NOW,
    ) -> None:
        self.database, self.clinic = database, clinic
        self.view = a_quiet_session(database, clinic, person)
        self.planned = a_planned(
            str(self.view.id),
            kind=kind,
            template=template,
            channel=channels[0],
            channels=channels,
            due_at=due_at,
            topic_ends={"acids": NOW + 5 * DAY},
        )
        (self.id,) = add_reminders(database, clinic, self.view, [self.planned])

    def say(self, word: Word, *, channel: Channel = Channel.SMS, purpose: Purpose = Purpose.CARE) -> None:
        """The patient says something that no plan heard of."""
        consent = Consent(channel=channel, purpose=purpose, word=word, source="inbound text", at=NOW + DAY / 24)
        with self.database.write(self.clinic.id) as db:
            add_consent(db, str(self.view.patient_id), consent, recorded_by="patient")

    def outcome(self, sender: AcceptingSender, now: datetime = NOW) -> tuple[Status, str | None]:
        """What became of the reminder when it was due."""
        drain_at(self.database, sender, now)
        record = the_reminder(self.database, self.clinic, self.id)
        return record.status, record.status_reason


def test_what_may_go_goes_with_all_that_a_provider_may_know(
    database: Database, clinic: Clinic, sender: AcceptingSender
) -> None:
    scene = Scene(database, clinic)

    outcome = scene.outcome(sender)

    (posting,) = sender.sent
    assert outcome == (Status.SENT, None)
    assert (posting.clinic_id, posting.reminder_ids, posting.kind) == (clinic.id, (scene.id,), Kind.INSTRUCT)
    assert (posting.channel, posting.to, posting.language) == (Channel.SMS, "+447700900123", "en")
    assert all(words in posting.message.body for words in ("Willow Skin", "retinol", "Sunday 8 March", "020 7946 0018"))
    assert (posting.due_at, posting.useful_until) == (NOW, NOW + 2 * DAY)
    assert posting.until == datetime.fromisoformat("2026-03-03T20:00:00+00:00")


def test_the_provider_gives_up_when_its_use_is_over_where_that_is_sooner(
    database: Database, clinic: Clinic, sender: AcceptingSender
) -> None:
    scene = Scene(database, clinic)
    last_hour = scene.planned.useful_until - timedelta(hours=1)

    scene.outcome(sender, last_hour)

    assert sender.sent[0].until == scene.planned.useful_until


def test_a_voided_session_sends_nothing(database: Database, clinic: Clinic, sender: AcceptingSender) -> None:
    scene = Scene(database, clinic)
    with database.write(clinic.id) as db:
        void_session(db, str(scene.view.id), by=BY, at=NOW)

    assert scene.outcome(sender) == (Status.CANCELLED, "voided")
    assert sender.sent == []


@pytest.mark.parametrize(
    ("word", "reason"), [(Word.STOPPED, "stopped"), (Word.REFUSED, "no_consent")], ids=["stopped", "refused"]
)
def test_who_withdrew_their_consent_gets_nothing(
    database: Database, clinic: Clinic, sender: AcceptingSender, word: Word, reason: str
) -> None:
    scene = Scene(database, clinic)
    scene.say(word)

    assert scene.outcome(sender) == (Status.CANCELLED, reason)
    assert sender.sent == []


def test_a_text_to_rebook_needs_a_consent_of_its_own(
    database: Database, clinic: Clinic, sender: AcceptingSender
) -> None:
    scene = Scene(database, clinic, kind=Kind.REBOOK)

    assert scene.outcome(sender) == (Status.CANCELLED, "no_consent")


def test_a_patient_who_is_gone_from_the_store_gets_nothing(
    database: Database, clinic: Clinic, sender: AcceptingSender
) -> None:
    scene = Scene(database, clinic)
    with database.write(clinic.id) as db:
        db.execute(update(PatientRow).values(erased_at=NOW))

    assert scene.outcome(sender) == (Status.CANCELLED, "erased")


@pytest.mark.parametrize(
    ("phone", "reason"), [(None, "no_contact"), ("+441632960103", "landline")], ids=["none", "landline"]
)
def test_who_can_not_be_reached_fails(
    database: Database, clinic: Clinic, sender: AcceptingSender, phone: str | None, reason: str
) -> None:
    scene = Scene(database, clinic, a_person(phone=phone))

    assert scene.outcome(sender) == (Status.FAILED, reason)


def test_the_next_channel_takes_over_where_the_first_is_closed(
    database: Database, clinic: Clinic, sender: AcceptingSender
) -> None:
    scene = Scene(database, clinic, a_person(email="amira@example.com", mail=True))
    scene.say(Word.STOPPED)

    outcome = scene.outcome(sender)

    assert outcome == (Status.SENT, None)
    assert [(posting.channel, posting.to) for posting in sender.sent] == [(Channel.EMAIL, "amira@example.com")]
    assert "Sunday 8 March" in str(sender.sent[0].message.subject)
    assert STOP not in sender.sent[0].message.body


def test_a_paused_patient_and_a_paused_clinic_hold_it(
    database: Database, clinic: Clinic, sender: AcceptingSender
) -> None:
    scene = Scene(database, clinic)
    with database.write(clinic.id) as db:
        db.execute(update(PatientRow).values(paused_at=NOW))
    other = a_clinic(database, name="Birch")
    paused = Scene(database, other)
    with database.write(other.id) as db:
        clinics.pause(db, reason="a fire alarm", by=BY, now=NOW)

    assert scene.outcome(sender) == (Status.HELD, "patient_paused")
    assert paused.outcome(sender) == (Status.HELD, "clinic_paused")
    assert sender.sent == []


def test_what_is_of_no_use_any_more_expires(database: Database, clinic: Clinic, sender: AcceptingSender) -> None:
    scene = Scene(database, clinic)

    assert scene.outcome(sender, scene.planned.useful_until) == (Status.EXPIRED, "not_useful")
    assert sender.sent == []


def test_outside_hours_it_waits_for_the_morning(database: Database, clinic: Clinic, sender: AcceptingSender) -> None:
    scene = Scene(database, clinic)
    night, morning = (datetime.fromisoformat(f"2026-03-0{day}+00:00") for day in ("3T20:00:00", "4T08:00:00"))

    waits = scene.outcome(sender, night)
    before = scene.outcome(sender, morning - timedelta(microseconds=1))
    after = scene.outcome(sender, morning)

    assert waits == before == (Status.SCHEDULED, "outside_hours")
    assert after == (Status.SENT, None)
    assert len(sender.sent) == 1


def test_hours_that_the_clinic_changed_hold_at_once(
    database: Database, clinic: Clinic, sender: AcceptingSender
) -> None:
    scene = Scene(database, clinic)
    with database.write(clinic.id) as db:
        clinics.set_setting(db, "sending_hours", "mon-sun 16:00-18:00", catalog=CATALOG, by=BY, now=NOW)

    assert scene.outcome(sender) == (Status.SCHEDULED, "outside_hours")


def test_hours_that_never_come_while_it_is_useful_end_it(
    database: Database, clinic: Clinic, sender: AcceptingSender
) -> None:
    scene = Scene(database, clinic)
    with database.write(clinic.id) as db:
        clinics.set_setting(db, "sending_hours", "fri 08:00-20:00", catalog=CATALOG, by=BY, now=NOW)

    assert scene.outcome(sender) == (Status.EXPIRED, "outside_hours")


def test_a_template_without_words_fails(database: Database, clinic: Clinic, sender: AcceptingSender) -> None:
    scene = Scene(database, clinic, template="not-written")

    assert scene.outcome(sender) == (Status.FAILED, "no_wording")


def test_the_first_text_to_a_patient_tells_how_to_stop_and_only_that_one(
    database: Database, clinic: Clinic, sender: AcceptingSender
) -> None:
    scene = Scene(database, clinic)
    add_reminders(database, clinic, scene.view, [a_planned(str(scene.view.id), occurrence=place) for place in (1, 2)])
    later = [a_planned(str(scene.view.id), rule="later", due_at=NOW + timedelta(hours=2))]
    add_reminders(database, clinic, scene.view, later)

    scene.outcome(sender)
    scene.outcome(sender, NOW + timedelta(hours=2))

    assert len(sender.sent) == 4
    assert sorted(STOP in posting.message.body for posting in sender.sent) == [False, False, False, True]
    assert STOP in sender.sent[0].message.body


def test_each_patient_is_told_how_to_stop(database: Database, clinic: Clinic, sender: AcceptingSender) -> None:
    Scene(database, clinic)
    other = Scene(database, clinic, a_person("Bea Osei", phone="+447700900124"))

    other.outcome(sender)

    assert [STOP in posting.message.body for posting in sender.sent] == [True, True]


def test_who_wants_no_details_gets_none(database: Database, clinic: Clinic, sender: AcceptingSender) -> None:
    scene = Scene(database, clinic, a_person(private=True))

    scene.outcome(sender)

    assert "retinol" not in sender.sent[0].message.body
    assert "Sunday 8 March" in sender.sent[0].message.body


def test_one_patient_whose_number_can_not_be_read_stops_no_other(
    database: Database, clinic: Clinic, sender: AcceptingSender
) -> None:
    damaged = Scene(database, clinic)
    with database.write(clinic.id) as db:
        db.execute(update(ContactPointRow).values(value_sealed=b"\x02k1 damaged"))
    others = [Scene(database, clinic, a_person(f"Patient {place}", phone=f"+44770090020{place}")) for place in range(3)]

    outcome = damaged.outcome(sender)

    assert outcome == (Status.FAILED, "unreadable")
    assert sorted(posting.reminder_ids for posting in sender.sent) == sorted((other.id,) for other in others)
