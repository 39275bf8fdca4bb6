"""Promise 3: nothing goes outside hours, after STOP, without consent, after its use, or for a voided session."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.outcomes import Accepted, NotSent, Outcome
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.delivery.senders import Posting
from scheduler.domain.people.consent import Consent, Purpose, Word
from scheduler.services import reminders
from scheduler.services.views import SessionView
from scheduler.storage.consents import add_consent
from scheduler.storage.database import Database
from tests.builders import (
    BY,
    ENDED_AT,
    NOW,
    StoppedClock,
    a_clinic,
    a_person,
    a_session,
    let_pass,
    register,
    stored,
)
from tests.fakes import AcceptingSender, AnsweringSender

DAY = timedelta(days=1)
ZONES = ["Europe/London", "America/Los_Angeles", "Pacific/Auckland"]


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


def say(database: Database, clinic: Clinic, view: SessionView, word: Word, now: datetime) -> None:
    with database.write(clinic.id) as db:
        consent = Consent(channel="sms", purpose=Purpose.CARE, word=word, source="inbound text", at=now)
        add_consent(db, str(view.patient_id), consent, recorded_by="patient")


class Watch:
    """A sender that notes on which instant it was called; at first the provider is busy, so tries are made again."""

    def __init__(self, clock: StoppedClock) -> None:
        self.clock = clock
        self.calls: list[tuple[datetime, Posting]] = []
        self.sender = AnsweringSender(by=self._answer)

    def _answer(self, posting: Posting) -> Outcome:
        tried = sum(1 for _, other in self.calls if other.reminder_ids == posting.reminder_ids)
        self.calls.append((self.clock.now, posting))
        return Accepted(posting.attempt_id) if tried else NotSent("503", "busy")


def test_every_text_goes_between_eight_and_eight_where_the_patient_lives(database: Database, clinic: Clinic) -> None:
    homes = {f"+4477009001{place:02}": zone for place, zone in enumerate(ZONES)}
    for phone, zone in homes.items():
        register(database, clinic, a_session(a_person(zone, phone=phone, zone=zone)))
    watch = Watch(clock := StoppedClock())

    let_pass(database, watch.sender, clock, NOW + 12 * DAY)

    assert len(watch.calls) > 40
    for at, posting in watch.calls:
        assert time(8) <= at.astimezone(ZoneInfo(homes[posting.to])).time() < time(20)


def test_nothing_goes_before_its_time_or_after_its_use(database: Database, clinic: Clinic) -> None:
    register(database, clinic)
    watch = Watch(clock := StoppedClock())

    let_pass(database, watch.sender, clock, NOW + 40 * DAY)

    assert watch.calls
    for at, posting in watch.calls:
        assert posting.due_at <= at < posting.useful_until


@pytest.mark.parametrize("away", [timedelta(days=2), timedelta(days=20), timedelta(days=60)])
def test_after_an_outage_only_what_is_still_of_use_goes(database: Database, clinic: Clinic, away: timedelta) -> None:
    register(database, clinic)
    sender, back = AcceptingSender(), NOW + away

    let_pass(database, sender, StoppedClock(back), back)

    assert all(posting.useful_until > back for posting in sender.sent)
    overdue = [record for record in stored(database, clinic) if record.useful_until <= back]
    assert overdue
    assert {record.status for record in overdue} == {Status.EXPIRED}


@pytest.mark.parametrize("word", [Word.STOPPED, Word.REFUSED])
def test_a_consent_that_is_withdrawn_ends_all_that_was_planned(database: Database, clinic: Clinic, word: Word) -> None:
    view = register(database, clinic)
    sender, clock = AcceptingSender(), StoppedClock()
    let_pass(database, sender, clock, NOW + DAY)
    before = len(sender.sent)

    say(database, clinic, view, word, clock.now)
    let_pass(database, sender, clock, NOW + 60 * DAY)

    assert before > 0
    assert len(sender.sent) == before
    assert {record.status for record in stored(database, clinic)} == {Status.SENT, Status.CANCELLED}


def test_a_refusal_at_the_desk_ends_the_plans_of_earlier_sessions(database: Database, clinic: Clinic) -> None:
    register(database, clinic)
    sender, clock = AcceptingSender(), StoppedClock()

    register(database, clinic, a_session(a_person(sms=False), ended_at=ENDED_AT + timedelta(minutes=6)), now=NOW + DAY)
    let_pass(database, sender, clock, NOW + 60 * DAY)

    assert sender.sent == []


def test_a_voided_session_sends_no_more(database: Database, clinic: Clinic) -> None:
    view = register(database, clinic)
    sender, clock = AcceptingSender(), StoppedClock()
    let_pass(database, sender, clock, NOW + DAY)
    before = len(sender.sent)

    with database.write(clinic.id) as db:
        reminders.void(db, str(view.id), by=BY, now=clock.now)
    let_pass(database, sender, clock, NOW + 60 * DAY)

    assert before > 0
    assert len(sender.sent) == before


def test_who_never_agreed_never_hears_from_us(database: Database, clinic: Clinic) -> None:
    for place, sms in enumerate([None, False]):
        register(database, clinic, a_session(a_person(f"Patient {place}", phone=f"+44770090010{place}", sms=sms)))
    sender = AcceptingSender()

    let_pass(database, sender, StoppedClock(), NOW + 60 * DAY)

    assert sender.sent == []
    assert stored(database, clinic) == []
