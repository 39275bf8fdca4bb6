"""Several reminders that go as one message: together to the end, and each by itself where one falls out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.outcomes import Accepted, Fault, NotSent, Outcome, Refused, Unknown
from scheduler.domain.delivery.receipts import Receipt, ReceiptRank
from scheduler.domain.delivery.reminders import Identity, Kind, Status
from scheduler.domain.people.patients import Channel
from scheduler.services import receipts, reminders
from scheduler.services.views import SessionView
from scheduler.storage import bundles, claims, intents
from scheduler.storage.attempts import AttemptRow
from scheduler.storage.database import Database, Db
from scheduler.storage.patients import PatientRow
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.tenancy import ALL_CLINICS
from scheduler.storage.told_dates import ToldDateRow
from tests.builders import (
    BY,
    NOW,
    a_clinic,
    a_person,
    a_planned,
    a_quiet_session,
    add_reminders,
    drain_at,
    keep_up,
    statuses,
)
from tests.fakes import AcceptingSender, AnsweringSender

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
            bundles.bundle(db, str(self.view.patient_id), {one.identity: lead for one in planned[1:]})

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


def skip(db: Db, reminder_id: str) -> None:
    reminders.skip(db, reminder_id, reason="told by phone", by=BY, now=NOW)


def cancel(db: Db, reminder_id: str) -> None:
    reminders.cancel(db, reminder_id, reason="told by phone", by=BY, now=NOW)


def move(db: Db, reminder_id: str) -> None:
    reminders.move(db, reminder_id, to=NOW + DAY, by=BY, now=NOW)


@pytest.mark.parametrize("act", [skip, cancel, move])
@pytest.mark.parametrize("place", [0, 1])
def test_what_a_person_takes_out_leaves_the_others_as_they_are(
    database: Database, clinic: Clinic, act: Callable[[Db, str], None], place: int
) -> None:
    bundle = Bundle(database, clinic, templates=TEMPLATES)
    sender = AcceptingSender()

    with database.write(clinic.id) as db:
        act(db, bundle.ids[place])
    drain_at(database, sender, NOW)

    [posting] = sender.sent
    assert set(posting.reminder_ids) == set(bundle.ids) - {bundle.ids[place]}
    assert bundle.statuses[place] is not Status.SENT
    assert bundle.leads[place] is None


def test_what_a_person_moved_goes_at_its_own_time(bundle: Bundle) -> None:
    sender = AcceptingSender()
    with bundle.database.write(bundle.clinic.id) as db:
        move(db, bundle.ids[0])

    drain_at(bundle.database, sender, NOW)
    drain_at(bundle.database, sender, NOW + DAY)

    assert [posting.reminder_ids for posting in sender.sent] == [(bundle.ids[1],), (bundle.ids[0],)]


def test_a_lead_whose_use_is_over_hands_over(database: Database, clinic: Clinic) -> None:
    bundle = Bundle(database, clinic, templates=TEMPLATES, useful_for=(HOUR, DAY, DAY))
    sender = AcceptingSender()

    keep_up(database, NOW + HOUR)
    drain_at(database, sender, NOW + HOUR)

    [posting] = sender.sent
    assert bundle.statuses == [Status.EXPIRED, Status.SENT, Status.SENT]
    assert set(posting.reminder_ids) == set(bundle.ids[1:])


def test_what_is_of_no_use_at_the_last_look_is_left_out(database: Database, clinic: Clinic) -> None:
    bundle = Bundle(database, clinic, templates=TEMPLATES, useful_for=(HOUR, DAY, HOUR))
    sender = AcceptingSender()

    drain_at(database, sender, NOW + HOUR)

    [posting] = sender.sent
    assert posting.reminder_ids == (bundle.ids[1],)
    assert "**" not in posting.message.body
    assert bundle.statuses == [Status.EXPIRED, Status.SENT, Status.EXPIRED]


def test_a_bundle_that_is_held_stays_together(database: Database, clinic: Clinic, bundle: Bundle) -> None:
    bundle.set(0, kind=Kind.RESUME, rank=Kind.RESUME.rank)
    with database.write(clinic.id) as db:
        set_paused(db, paused=True)

    drain_at(database, AcceptingSender(), NOW)
    held = bundle.statuses
    with database.write(clinic.id) as db:
        set_paused(db, paused=False)
    keep_up(database, NOW)
    sender = AcceptingSender()
    drain_at(database, sender, NOW)

    assert held == [Status.HELD, Status.HELD]
    assert [set(posting.reminder_ids) for posting in sender.sent] == [set(bundle.ids)]


def set_paused(db: Db, *, paused: bool) -> None:
    db.execute(update(PatientRow).values(paused_at=NOW if paused else None))


def test_a_bundle_that_lost_one_between_claim_and_intent_does_not_go(
    database: Database, clinic: Clinic, bundle: Bundle
) -> None:
    with database.write(ALL_CLINICS) as db:
        claimed = claims.claim(db, now=NOW, lease_until=NOW + HOUR, limit=10)
    with database.write(clinic.id) as db:
        skip(db, bundle.ids[1])

    with database.write(ALL_CLINICS) as db:
        started = intents.start_sending(db, claimed, now=NOW)
    between = bundle.statuses
    sender = AcceptingSender()
    drain_at(database, sender, NOW)

    assert started == set()
    assert between == [Status.SCHEDULED, Status.SKIPPED]
    assert [posting.reminder_ids for posting in sender.sent] == [(bundle.ids[0],)]


def test_a_claimed_reminder_takes_on_no_follower(database: Database, clinic: Clinic) -> None:
    view = a_quiet_session(database, clinic)
    planned = [a_planned(str(view.id), rule=rule, template="spf-sun") for rule in ("a", "b")]
    add_reminders(database, clinic, view, planned[:1])
    with database.write(ALL_CLINICS) as db:
        claims.claim(db, now=NOW, lease_until=NOW + HOUR, limit=10)
    _, late = ("", *add_reminders(database, clinic, view, planned[1:]))

    with database.write(clinic.id) as db:
        bundles.bundle(db, str(view.patient_id), {planned[1].identity: planned[0].identity})

    with database.read(ALL_CLINICS) as db:
        assert db.scalars(select(ReminderRow.bundled_into).where(ReminderRow.id == late)).one() is None


def test_a_lead_that_is_not_there_bundles_nothing(database: Database, clinic: Clinic, bundle: Bundle) -> None:
    with database.write(clinic.id) as db:
        bundles.dissolve(db, str(bundle.view.patient_id))
        bundles.bundle(
            db,
            str(bundle.view.patient_id),
            {Identity(str(bundle.view.id), "heat-exercise", 0): Identity("nowhere", "spf-sun", 0)},
        )

    assert bundle.leads == [None, None]


@pytest.mark.parametrize("place", [0, 1])
def test_one_that_somebody_stopped_on_its_way_ends_and_the_other_goes_again(
    database: Database, bundle: Bundle, place: int
) -> None:
    bundle.set(place, stop_asked=True)

    drain_at(database, AnsweringSender(NotSent("503", "busy")), NOW)
    stopped = bundle.statuses[place]
    sender = AcceptingSender()
    drain_at(database, sender, NOW + HOUR)

    assert stopped is Status.CANCELLED
    assert [posting.reminder_ids for posting in sender.sent] == [(bundle.ids[1 - place],)]
