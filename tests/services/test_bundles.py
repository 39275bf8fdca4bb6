"""Several reminders that go as one message: together to the end."""

from __future__ import annotations

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.outcomes import Accepted, Fault, NotSent, Outcome, Refused, Unknown
from scheduler.domain.delivery.receipts import Receipt, ReceiptRank
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.people.patients import Channel
from scheduler.services import outbox, receipts
from scheduler.storage.database import Database
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import (
    NOW,
    a_clinic,
    drain_at,
)
from tests.fakes import AcceptingSender, AnsweringSender
from tests.services.bundled import DAY, HOUR, MINUTE, Bundle


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def bundle(database: Database, clinic: Clinic) -> Bundle:
    return Bundle(database, clinic)


def test_a_bundle_goes_as_one_text_and_each_is_sent(bundle: Bundle) -> None:
    sender = AcceptingSender()

    calls = drain_at(bundle.database, sender, NOW)

    [posting] = sender.sent
    assert calls == 1
    assert posting.reminder_ids == tuple(bundle.ids)
    assert posting.message.body.startswith("Willow Skin: Use mineral sunscreen (SPF 30+) each morning until after")
    assert "No sauna, steam room, hot tub or pool until after" in posting.message.body
    assert bundle.statuses == [Status.SENT, Status.SENT]
    assert len(bundle.attempts()) == 1


def test_the_outbox_shows_for_each_the_text_that_it_went_in(bundle: Bundle) -> None:
    sender = AcceptingSender()
    drain_at(bundle.database, sender, NOW)

    with bundle.database.read(bundle.clinic.id) as db:
        shown = {entry.body for entry in outbox.entries(db)}

    assert shown == {sender.sent[0].message.body}


def test_each_told_date_is_the_one_that_its_own_words_name(bundle: Bundle) -> None:
    drain_at(bundle.database, AcceptingSender(), NOW)

    assert bundle.told == {"spf-sun": 2 * DAY, "heat-exercise": 3 * DAY}


def test_a_bundle_goes_as_one_email(database: Database, clinic: Clinic) -> None:
    bundle = Bundle(database, clinic, channel=Channel.EMAIL)
    sender = AcceptingSender()

    drain_at(database, sender, NOW)

    [posting] = sender.sent
    assert posting.message.subject == "Your care from today"
    assert posting.message.body.count("\n## ") + posting.message.body.startswith("## ") == 2
    assert bundle.statuses == [Status.SENT, Status.SENT]


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (NotSent("503", "busy"), Status.SCHEDULED),
        (Refused(Fault.PERMANENT, "21211", "No such number."), Status.FAILED),
        (Refused(Fault.OPTED_OUT, "21610", "They stopped."), Status.CANCELLED),
        (Unknown("lost"), Status.IN_DOUBT),
    ],
)
def test_whatever_becomes_of_a_bundle_becomes_of_each(bundle: Bundle, outcome: Outcome, status: Status) -> None:
    drain_at(bundle.database, AnsweringSender(outcome), NOW)

    assert bundle.statuses == [status, status]
    assert bundle.leads == [None, bundle.ids[0]]


def test_a_bundle_that_was_not_sent_goes_again_as_one(bundle: Bundle) -> None:
    sender = AnsweringSender(NotSent("503", "busy"), Accepted("SM1"))

    drain_at(bundle.database, sender, NOW)
    drain_at(bundle.database, sender, NOW + HOUR)

    assert [posting.reminder_ids for posting in sender.sent] == [tuple(bundle.ids)] * 2
    assert bundle.statuses == [Status.SENT, Status.SENT]


def test_a_receipt_is_each_ones(bundle: Bundle) -> None:
    drain_at(bundle.database, AnsweringSender(Accepted("SM1")), NOW)
    [attempt] = bundle.attempts()
    receipt = Receipt(
        attempt_id=attempt.id,
        provider_id="SM1",
        provider_status="undelivered",
        rank=ReceiptRank.UNDELIVERED,
        at=NOW,
    )

    with bundle.database.write(ALL_CLINICS) as db:
        receipts.take(db, [receipt], now=NOW)

    assert bundle.statuses == [Status.UNDELIVERED, Status.UNDELIVERED]
    assert bundle.told == {}


def test_what_does_not_fit_into_two_parts_goes_by_itself(database: Database, clinic: Clinic) -> None:
    bundle = Bundle(database, clinic, templates=("spf-sun", "heat-exercise", "shade", "start"), useful_for=(DAY,) * 4)
    sender = AcceptingSender()

    drain_at(database, sender, NOW)
    drain_at(database, sender, NOW + MINUTE)

    assert sorted(len(posting.reminder_ids) for posting in sender.sent) != [4]
    assert sorted(one for posting in sender.sent for one in posting.reminder_ids) == sorted(bundle.ids)
    assert set(bundle.statuses) == {Status.SENT}
