from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import select

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.budgets import Budget
from scheduler.domain.delivery.parts import parts
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.delivery.senders import Posting, SenderIdentity, SenderInfo
from scheduler.domain.errors import Invalid, NotFound, NotNow
from scheduler.services import senders
from scheduler.services.drain import Drain
from scheduler.services.sender_identities import GivenSender
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
    a_planned,
    a_quiet_session,
    a_session,
    add_reminders,
    drain_at,
    register,
    statuses,
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


class TestBudgets:
    """What a sender with a budget takes of reminders that are all due."""

    @pytest.fixture
    def clinic(self, database: Database) -> Clinic:
        return a_clinic(database)

    def budget(self, database: Database, budget: Budget) -> None:
        with database.write(ALL_CLINICS) as db:
            senders.set_budget(db, "sandbox-sms", budget, by=BY, now=NOW)

    def due(self, database: Database, clinic: Clinic, count: int, *, sms: bool = True) -> list[str]:
        view = a_quiet_session(database, clinic, a_person(sms=sms))
        return add_reminders(
            database, clinic, view, [a_planned(str(view.id), occurrence=place) for place in range(count)]
        )

    def today(self, database: Database) -> int:
        with database.read(ALL_CLINICS) as db:
            return get_sender(db, "sandbox-sms").parts_today

    def sent(self, database: Database, clinic: Clinic) -> int:
        return list(statuses(database, clinic).values()).count(Status.SENT)

    def test_no_more_goes_in_a_second_than_the_budget_allows(self, database: Database, clinic: Clinic) -> None:
        self.due(database, clinic, 10)
        self.budget(database, Budget(parts_per_second=4))

        drain_at(database, AcceptingSender(), NOW)
        first = self.sent(database, clinic)
        drain_at(database, AcceptingSender(), NOW + timedelta(milliseconds=1))
        again = self.sent(database, clinic)
        drain_at(database, AcceptingSender(), NOW + timedelta(seconds=60))

        assert first == again == 4
        assert self.sent(database, clinic) == 8

    def test_no_more_goes_in_a_day_than_the_budget_allows(self, database: Database, clinic: Clinic) -> None:
        self.due(database, clinic, 10)
        self.budget(database, Budget(parts_per_day=3))

        drain_at(database, AcceptingSender(), NOW)
        first = self.sent(database, clinic)
        drain_at(database, AcceptingSender(), NOW + timedelta(hours=2))
        again = self.sent(database, clinic)
        drain_at(database, AcceptingSender(), NOW + timedelta(hours=20))

        assert first == again == 3
        assert self.sent(database, clinic) == 6

    def test_a_message_of_several_parts_is_charged_by_its_parts(self, database: Database, clinic: Clinic) -> None:
        self.due(database, clinic, 1)
        self.budget(database, Budget(parts_per_day=1000))
        sender = AcceptingSender()

        drain_at(database, sender, NOW)

        [posting] = sender.sent
        assert self.today(database) == parts_in(posting)

    def test_what_may_not_go_gives_its_budget_back(self, database: Database, clinic: Clinic) -> None:
        self.due(database, clinic, 5, sms=False)
        self.budget(database, Budget(parts_per_day=3))

        drain_at(database, sender := AcceptingSender(), NOW)

        assert sender.sent == []
        assert set(statuses(database, clinic).values()) == {Status.CANCELLED}
        assert self.today(database) == 0

    def test_what_a_stopping_process_gives_back_costs_nothing(self, database: Database, clinic: Clinic) -> None:
        self.due(database, clinic, 20)
        self.budget(database, Budget(parts_per_day=1000))
        sender = AcceptingSender()
        drain = Drain(
            database=database,
            find_sender=lambda _: sender,
            clock=StoppedClock(),
            lease=timedelta(minutes=1),
            threads=1,
        )
        rounds = iter([False])

        drain.run(until=lambda: next(rounds, True))
        drain.stop()

        assert 0 < len(sender.sent) < 20
        assert self.today(database) == sum(parts_in(posting) for posting in sender.sent)

    def test_an_empty_budget_holds_up_no_other_sender(self, database: Database, clinic: Clinic) -> None:
        self.due(database, clinic, 3)
        other = a_clinic(database, name="Birch", live=True)
        register(database, other, a_session(a_person(phone="+447911123456")))
        self.budget(database, Budget(parts_per_day=1))

        drain_at(database, sender := AcceptingSender(), NOW + timedelta(hours=1))

        assert [posting.clinic_id for posting in sender.sent].count(clinic.id) == 1
        assert other.id in {posting.clinic_id for posting in sender.sent}

    def test_a_new_budget_holds_at_once(self, database: Database, clinic: Clinic) -> None:
        self.due(database, clinic, 5)
        self.budget(database, Budget(parts_per_day=1))
        drain_at(database, AcceptingSender(), NOW)

        self.budget(database, Budget())
        drain_at(database, AcceptingSender(), NOW)

        assert self.sent(database, clinic) == 5


def parts_in(posting: Posting) -> int:
    return parts(posting.message.body).parts
