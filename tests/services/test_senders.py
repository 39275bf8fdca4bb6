from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import select

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.budgets import Budget
from scheduler.domain.delivery.senders import SenderIdentity, SenderInfo
from scheduler.domain.errors import Invalid, NotFound, NotNow
from scheduler.services import senders
from scheduler.services.drain import Drain
from scheduler.services.sender_identities import GivenSender
from scheduler.storage import claims, intents
from scheduler.storage.audit import AuditRow
from scheduler.storage.database import Database
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.senders import StoredSender, get_sender, list_senders
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import (
    BY,
    NOW,
    StoppedClock,
    a_clinic,
    a_person,
    a_session,
    drain_at,
    register,
)
from tests.fakes import AcceptingSender

SERVICE = f"MG{'0123456789abcdef' * 2}"


def add(
    database: Database,
    clinic: Clinic,
    *,
    channel: str = "sms",
    provider: str = "twilio",
    identity: Mapping[str, str] | None = None,
    name: str | None = None,
    budget: Budget | None = None,
    after: timedelta = timedelta(),
) -> StoredSender:
    if identity is None:
        identity = {"messaging_service_sid": SERVICE}
    given = GivenSender(channel=channel, provider=provider, identity=identity)
    with database.write(clinic.id) as db:
        return senders.add_sender(db, given, name=name, budget=budget or Budget(), by=BY, now=NOW + after)


def used(database: Database, clinic: Clinic) -> set[str]:
    with database.read(clinic.id) as db:
        return set(db.scalars(select(ReminderRow.sender_id)))


def told(database: Database, clinic: Clinic) -> list[tuple[str, str]]:
    """Action and sentence of what was done to senders."""
    with database.read(clinic.id) as db:
        rows = db.scalars(select(AuditRow).where(AuditRow.action.startswith("sender.")).order_by(AuditRow.at))
        return [(row.action, db.keys.open(row.sentence_sealed, "audit.sentence")) for row in rows]


def amira(database: Database, clinic: Clinic) -> None:
    register(database, clinic, a_session(a_person(phone="+447911123456")))


def test_a_live_clinics_own_sender_takes_what_waits_and_what_comes(database: Database) -> None:
    clinic, other = a_clinic(database, live=True), a_clinic(database, name="Birch", live=True)
    amira(database, clinic)
    amira(database, other)

    own = add(database, clinic)
    register(database, clinic, a_session(a_person("Bea Osei", phone="+447911123457")))

    assert used(database, clinic) == {own.info.id}
    assert used(database, other) == {"settings-sms"}
    assert told(database, clinic) == [("sender.add", f"Added the sender twilio {SERVICE} for texts.")]
    assert told(database, other) == []


def test_a_clinic_in_trial_keeps_to_the_sandbox(database: Database) -> None:
    clinic = a_clinic(database)
    amira(database, clinic)

    add(database, clinic)

    assert used(database, clinic) == {"sandbox-sms"}


def test_the_newest_sender_of_a_clinic_is_the_one_used(database: Database) -> None:
    clinic = a_clinic(database, live=True)
    amira(database, clinic)
    old = add(database, clinic, name="Old")

    new = add(database, clinic, identity={"from_number": "+447911123456"}, after=timedelta(seconds=1))
    register(database, clinic, a_session(a_person("Bea Osei", phone="+447911123457")))

    assert used(database, clinic) == {new.info.id}
    with database.read(ALL_CLINICS) as db:
        assert {one.info.id: one.in_use for one in list_senders(db, clinic.id)} == {
            "sandbox-email": True,
            "sandbox-sms": True,
            "settings-email": True,
            "settings-sms": True,
            old.info.id: False,
            new.info.id: True,
        }


def test_the_identity_of_a_sender_reaches_the_way_out(database: Database) -> None:
    one, two = (a_clinic(database, name=name, live=True) for name in ("Willow", "Birch"))
    own = add(database, one)
    for clinic in (one, two):
        amira(database, clinic)
    asked: set[SenderInfo] = set()

    def find(sender: SenderInfo) -> AcceptingSender:
        asked.add(sender)
        return AcceptingSender()

    clock = StoppedClock(NOW + timedelta(hours=1))
    drain = Drain(database=database, find_sender=find, clock=clock, lease=timedelta(minutes=1), threads=2)
    drain.run(until=lambda: False)
    drain.stop()

    assert {(info.id, info.clinic_id, info.identity) for info in asked} == {
        (own.info.id, one.id, SenderIdentity(messaging_service_sid=SERVICE)),
        ("settings-sms", None, SenderIdentity()),
    }


def test_a_hold_on_one_clinics_sender_leaves_the_other_clinic_going(database: Database) -> None:
    one, two = (a_clinic(database, name=name, live=True) for name in ("Willow", "Birch"))
    own = add(database, one)
    add(database, two)
    for clinic in (one, two):
        amira(database, clinic)
    with database.write(ALL_CLINICS) as db:
        senders.hold(db, own.info.id, reason="Number under review", by=BY, now=NOW)

    drain_at(database, sender := AcceptingSender(), NOW + timedelta(hours=1))
    during = [posting.clinic_id for posting in sender.sent]
    with database.write(ALL_CLINICS) as db:
        senders.release(db, own.info.id, by=BY, now=NOW + timedelta(hours=2))
    drain_at(database, sender, NOW + timedelta(hours=2))

    assert set(during) == {two.id}
    assert {posting.clinic_id for posting in sender.sent} == {one.id, two.id}
    assert {action for action, _ in told(database, one)} == {"sender.add", "sender.hold", "sender.release"}
    assert any("Number under review" in sentence for _, sentence in told(database, one))


def test_a_hold_takes_back_what_workers_have_claimed_and_not_posted(database: Database) -> None:
    clinic = a_clinic(database, live=True)
    own = add(database, clinic)
    amira(database, clinic)
    with database.write(ALL_CLINICS) as db:
        claimed = claims.claim(db, now=NOW + timedelta(hours=1), lease_until=NOW + timedelta(hours=2), limit=10)
        senders.hold(db, own.info.id, reason="Number under review", by=BY, now=NOW)
        started = intents.start_sending(db, claimed, now=NOW + timedelta(hours=1))

    assert claimed
    assert started == set()


def test_a_hold_of_a_shared_sender_is_told_to_every_clinic_that_shares_it(database: Database) -> None:
    sharing, own = a_clinic(database, live=True), a_clinic(database, name="Birch", live=True)
    trial = a_clinic(database, name="Oak")
    add(database, own)

    with database.write(ALL_CLINICS) as db:
        senders.hold(db, "settings-sms", reason="Twilio is down", by=BY, now=NOW)

    expected = ("sender.hold", "Held the sender settings-sms: Twilio is down")
    assert told(database, sharing) == [expected]
    assert expected not in told(database, own)
    assert told(database, trial) == []


def test_holding_twice_and_releasing_what_is_not_held_are_refused(database: Database) -> None:
    with database.write(ALL_CLINICS) as db:
        with pytest.raises(NotNow, match="is not held"):
            senders.release(db, "settings-sms", by=BY, now=NOW)
        senders.hold(db, "settings-sms", reason="first", by=BY, now=NOW)
        with pytest.raises(NotNow, match="held already: first"):
            senders.hold(db, "settings-sms", reason="second", by=BY, now=NOW)
        assert get_sender(db, "settings-sms").held_reason == "first"


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201, "a\nb"])
def test_a_hold_needs_a_reason_that_people_can_read(database: Database, reason: str) -> None:
    with database.write(ALL_CLINICS) as db, pytest.raises(Invalid, match="say why"):
        senders.hold(db, "settings-sms", reason=reason, by=BY, now=NOW)


def test_a_sender_that_there_is_not_is_not_found(database: Database) -> None:
    with database.write(ALL_CLINICS) as db, pytest.raises(NotFound, match=r"There is no sender none\.$"):
        senders.hold(db, "none", reason="why", by=BY, now=NOW)


@pytest.mark.parametrize(
    ("channel", "provider", "identity", "field"),
    [
        ("fax", "twilio", {}, "channel"),
        ("sms", "settings", {}, "provider"),
        ("sms", "smtp", {"from_address": "care@willow.example"}, "provider"),
        ("email", "twilio", {"messaging_service_sid": SERVICE}, "provider"),
        ("sms", "twilio", {}, "identity"),
        ("sms", "twilio", {"messaging_service_sid": SERVICE, "from_number": "+447911123456"}, "identity"),
        ("sms", "twilio", {"auth_token": "x"}, "identity"),
        ("sms", "sandbox", {"from_number": "+447911123456"}, "identity"),
        ("sms", "twilio", {"messaging_service_sid": "MG1"}, "identity.messaging_service_sid"),
        ("sms", "twilio", {"from_number": "07911 123456"}, "identity.from_number"),
        ("sms", "twilio", {"from_number": "+0123"}, "identity.from_number"),
        ("email", "smtp", {"from_address": "care"}, "identity.from_address"),
        ("email", "smtp", {"from_address": "a@b.example, c@d.example"}, "identity.from_address"),
        ("email", "smtp", {"from_address": "a@b.example\nBcc: c@d.example"}, "identity.from_address"),
    ],
)
def test_a_sender_that_cannot_be_is_told_by_its_field_and_not_stored(
    database: Database, channel: str, provider: str, identity: Mapping[str, str], field: str
) -> None:
    clinic = a_clinic(database)

    with pytest.raises(Invalid) as raised:
        add(database, clinic, channel=channel, provider=provider, identity=identity)

    assert field in [problem.field for problem in raised.value.problems]
    with database.read(ALL_CLINICS) as db:
        assert len(list_senders(db)) == 4


@pytest.mark.parametrize("address", ["care@willow.example", "Willow Skin <care@willow.example>"])
def test_an_email_sender_has_an_address_with_or_without_a_name(database: Database, address: str) -> None:
    sender = add(database, a_clinic(database), channel="email", provider="smtp", identity={"from_address": address})

    assert sender.info.identity == SenderIdentity(from_address=address)


@pytest.mark.parametrize("number", ["+447911123456", "Willow", "60777"])
def test_a_text_sender_has_a_number_a_short_code_or_a_name(database: Database, number: str) -> None:
    sender = add(database, a_clinic(database), identity={"from_number": number})

    assert sender.info.identity == SenderIdentity(from_number=number)


@pytest.mark.parametrize(
    "budget",
    [
        Budget(parts_per_second=0),
        Budget(parts_per_second=-1),
        Budget(parts_per_second=float("nan")),
        Budget(parts_per_second=float("inf")),
        Budget(parts_per_day=0),
        Budget(parts_per_day=-5),
    ],
)
def test_a_budget_is_more_than_nothing(database: Database, budget: Budget) -> None:
    with database.write(ALL_CLINICS) as db, pytest.raises(Invalid, match=r"parts_per_(second|day): "):
        senders.set_budget(db, "settings-sms", budget, by=BY, now=NOW)
