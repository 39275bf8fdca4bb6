"""Several reminders that go as one message: each by itself where one falls out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.outcomes import NotSent
from scheduler.domain.delivery.reminders import Identity, Kind, Status
from scheduler.services import reminders
from scheduler.storage import bundles, claims, intents
from scheduler.storage.database import Database, Db
from scheduler.storage.patients import PatientRow
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import (
    BY,
    NOW,
    a_clinic,
    a_planned,
    a_quiet_session,
    add_reminders,
    drain_at,
    keep_up,
)
from tests.fakes import AcceptingSender, AnsweringSender
from tests.services.bundled import DAY, HOUR, TEMPLATES, Bundle


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def bundle(database: Database, clinic: Clinic) -> Bundle:
    return Bundle(database, clinic)


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
        bundles.bundle(db, {str(view.patient_id)}, {planned[1].identity: planned[0].identity})

    with database.read(ALL_CLINICS) as db:
        assert db.scalars(select(ReminderRow.bundled_into).where(ReminderRow.id == late)).one() is None


def test_a_lead_that_is_not_there_bundles_nothing(database: Database, clinic: Clinic, bundle: Bundle) -> None:
    with database.write(clinic.id) as db:
        bundles.dissolve(db, {str(bundle.view.patient_id)})
        bundles.bundle(
            db,
            {str(bundle.view.patient_id)},
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
