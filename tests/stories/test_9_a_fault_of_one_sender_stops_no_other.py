"""Two clinics with senders of their own and one on the settings': what holds one leaves the others going."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.budgets import Budget
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.delivery.senders import Sender, SenderInfo
from scheduler.senders.twilio_sms import Credentials, TwilioAccount, TwilioSms
from scheduler.services import senders
from scheduler.services.drain import Drain
from scheduler.services.sender_identities import GivenSender
from scheduler.storage.database import Database
from scheduler.storage.senders import StoredSender, get_sender
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import (
    BY,
    NOW,
    StoppedClock,
    a_clinic,
    a_person,
    a_planned,
    a_quiet_session,
    add_reminders,
    statuses,
)
from tests.peers.twilio.stub import ACCOUNT, EMPTY_SERVICE, NUMBER, SERVICE, TOKEN, Stub, serving

MINUTE = timedelta(minutes=1)


class Chain:
    """Three live clinics on one Twilio account, and the process that sends for them."""

    def __init__(self, database: Database, stub: Stub) -> None:
        self.database, self.stub, self.clock = database, stub, StoppedClock()
        self.account = TwilioAccount(Credentials(account_sid=ACCOUNT, auth_token=TOKEN), threads=4, base_url=stub.url)
        self.drain = Drain(
            database=database, find_sender=self._find, clock=self.clock, lease=timedelta(minutes=1), threads=4
        )

    def _find(self, info: SenderInfo) -> Sender:
        number = info.identity.from_number
        service = None if number else info.identity.messaging_service_sid or SERVICE
        return TwilioSms(
            self.account, utc_now=lambda: self.clock.now, messaging_service_sid=service, from_number=number
        )

    def clinic(self, name: str, **identity: str) -> tuple[Clinic, str]:
        """A clinic and the id of its sender: its own if an identity is given."""
        clinic = a_clinic(self.database, name=name, live=True)
        if not identity:
            return clinic, "settings-sms"
        with self.database.write(clinic.id) as db:
            given = GivenSender(channel="sms", provider="twilio", identity=identity)
            stored = senders.add_sender(db, given, name=name, budget=Budget(), by=BY, now=NOW)
        return clinic, stored.info.id

    def due(self, clinic: Clinic, sender_id: str, count: int = 3) -> None:
        view = a_quiet_session(self.database, clinic, a_person(phone="+447911123456"))
        planned = [a_planned(str(view.id), occurrence=place) for place in range(count)]
        add_reminders(self.database, clinic, view, planned, sender_id=sender_id)

    def send(self, after: timedelta = timedelta()) -> None:
        self.clock.now = self.stub.now = NOW + after
        self.drain.run(until=lambda: False)

    def now(self, clinic: Clinic) -> Counter[Status]:
        return Counter(statuses(self.database, clinic).values())

    def sender(self, sender_id: str) -> StoredSender:
        with self.database.read(ALL_CLINICS) as db:
            return get_sender(db, sender_id)


@pytest.fixture
def chain(database: Database) -> Iterator[Chain]:
    with serving() as stub:
        chain = Chain(database, stub)
        yield chain
        chain.drain.stop()
        chain.account.close()
        assert stub.violations == []


def test_a_hold_on_one_clinics_sender_leaves_the_others_going_and_loses_nothing(chain: Chain) -> None:
    (willow, held), (birch, own), (fern, shared) = (
        chain.clinic("Willow", messaging_service_sid=SERVICE),
        chain.clinic("Birch", from_number=NUMBER),
        chain.clinic("Fern"),
    )
    for clinic, sender_id in ((willow, held), (birch, own), (fern, shared)):
        chain.due(clinic, sender_id)
    with chain.database.write(ALL_CLINICS) as db:
        senders.hold(db, held, reason="The number is being moved", by=BY, now=NOW)

    chain.send()
    while_held = [chain.now(clinic) for clinic in (willow, birch, fern)]
    with chain.database.write(ALL_CLINICS) as db:
        senders.release(db, held, by=BY, now=NOW)
    chain.send(MINUTE)

    assert while_held == [{Status.SCHEDULED: 3}, {Status.SENT: 3}, {Status.SENT: 3}]
    assert [chain.now(clinic) for clinic in (willow, birch, fern)] == [{Status.SENT: 3}] * 3
    assert Counter(post.form.get("From") or post.form["MessagingServiceSid"] for post in chain.stub.posts) == {
        NUMBER: 3,
        SERVICE: 6,
    }


def test_a_sender_that_its_provider_refuses_is_held_by_itself_and_no_other_is(chain: Chain) -> None:
    willow, broken = chain.clinic("Willow", messaging_service_sid=EMPTY_SERVICE)
    birch, own = chain.clinic("Birch", from_number=NUMBER)
    chain.due(willow, broken)
    chain.due(birch, own)

    chain.send()
    tried = [post for post in chain.stub.posts if "MessagingServiceSid" in post.form]
    chain.send(MINUTE)
    chain.send(timedelta(hours=1))

    assert chain.now(birch) == {Status.SENT: 3}
    assert chain.now(willow) == {Status.SCHEDULED: 3}
    assert chain.sender(broken).held_reason
    assert chain.sender(own).held_reason is None
    assert 1 <= len(tried) <= 3, "each was tried once at most"
    assert len(chain.stub.posts) == len(tried) + 3, "and nothing more while it is held"
