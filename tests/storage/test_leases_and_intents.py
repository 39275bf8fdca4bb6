from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Status
from scheduler.services import care, clinics, reminders
from scheduler.services.views import SessionView
from scheduler.storage import claims, intents, stale
from scheduler.storage.claims import Claimed
from scheduler.storage.database import Database
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import BY, NOW, a_clinic, a_planned, a_quiet_session, add_reminders, statuses, the_reminder

LEASE = timedelta(minutes=1)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return a_quiet_session(database, clinic)


def claim(database: Database, *, limit: int = 100, after: timedelta = timedelta()) -> list[Claimed]:
    now = NOW + after
    with database.write(ALL_CLINICS) as db:
        return claims.claim(db, now=now, lease_until=now + LEASE, limit=limit)


def start(database: Database, claimed: list[Claimed]) -> set[str]:
    with database.write(ALL_CLINICS) as db:
        return intents.start_sending(db, claimed, now=NOW)


def one_due(database: Database, clinic: Clinic, view: SessionView) -> str:
    (reminder_id,) = add_reminders(database, clinic, view, [a_planned(str(view.id))])
    return reminder_id


def test_a_lease_that_ran_out_gives_the_reminder_back(database: Database, clinic: Clinic, view: SessionView) -> None:
    reminder_id = one_due(database, clinic, view)
    old = claim(database)

    with database.write(ALL_CLINICS) as db:
        early = stale.release_leases(db, NOW + LEASE - timedelta(microseconds=1))
        released = stale.release_leases(db, NOW + LEASE)
    record = the_reminder(database, clinic, reminder_id)
    new = claim(database, after=LEASE)

    assert (early, released) == (0, 1)
    assert (record.status, record.status_reason) == (Status.SCHEDULED, "lease")
    assert [one.id for one in new] == [reminder_id]
    assert start(database, old) == set()
    assert start(database, new) == {reminder_id}


def test_sending_starts_with_our_token_only_and_only_once(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    reminder_id = one_due(database, clinic, view)
    (ours,) = claim(database)

    strange = start(database, [replace(ours, token="another")])
    first = start(database, [ours])
    second = start(database, [ours])

    assert (strange, first, second) == (set(), {reminder_id}, set())
    assert statuses(database, clinic)[reminder_id] is Status.SENDING


def test_a_claim_whose_lease_ran_out_starts_nothing_before_upkeep_has_seen_it(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    reminder_id = one_due(database, clinic, view)
    claimed = claim(database)

    with database.write(ALL_CLINICS) as db:
        late = intents.start_sending(db, claimed, now=NOW + LEASE)
        last = intents.start_sending(db, claimed, now=NOW + LEASE - timedelta(microseconds=1))

    assert (late, last) == (set(), {reminder_id})


def test_sending_counts_the_tries(database: Database, clinic: Clinic, view: SessionView) -> None:
    one_due(database, clinic, view)
    claimed = claim(database)

    start(database, claimed)

    assert claimed[0].tries == 0
    with database.read(ALL_CLINICS) as db:
        assert db.scalars(select(ReminderRow.tries).where(ReminderRow.id == claimed[0].id)).one() == 1


def test_a_person_who_skips_between_claim_and_intent_wins(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    reminder_id = one_due(database, clinic, view)
    claimed = claim(database)

    with database.write(clinic.id) as db:
        reminders.skip(db, reminder_id, reason="told her in person", by=BY, now=NOW)

    assert start(database, claimed) == set()
    assert statuses(database, clinic)[reminder_id] is Status.SKIPPED


def test_a_person_who_cancels_between_claim_and_intent_wins(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    reminder_id = one_due(database, clinic, view)
    claimed = claim(database)

    with database.write(clinic.id) as db:
        said = reminders.cancel(db, reminder_id, reason="no longer needed", by=BY, now=NOW)

    assert said == "cancelled"
    assert start(database, claimed) == set()
    assert statuses(database, clinic)[reminder_id] is Status.CANCELLED


def test_a_person_who_moves_it_between_claim_and_intent_wins(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    reminder_id = one_due(database, clinic, view)
    claimed = claim(database)
    later = NOW + timedelta(hours=3)

    with database.write(clinic.id) as db:
        reminders.move(db, reminder_id, to=later, by=BY, now=NOW)

    assert start(database, claimed) == set()
    record = the_reminder(database, clinic, reminder_id)
    assert (record.status, record.due_at) == (Status.SCHEDULED, later)
    assert claim(database, after=timedelta(hours=2)) == []
    assert [one.id for one in claim(database, after=timedelta(hours=3))] == [reminder_id]


def test_a_session_that_is_voided_between_claim_and_intent_wins(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    reminder_id = one_due(database, clinic, view)
    claimed = claim(database)

    with database.write(clinic.id) as db:
        reminders.void(db, str(view.id), by=BY, now=NOW)

    assert start(database, claimed) == set()
    assert statuses(database, clinic)[reminder_id] is Status.CANCELLED


def test_a_clinic_that_is_paused_between_claim_and_intent_wins(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    reminder_id = one_due(database, clinic, view)
    claimed = claim(database)

    with database.write(clinic.id) as db:
        clinics.pause(db, reason="a fire drill", by=BY, now=NOW)

    assert start(database, claimed) == set()
    record = the_reminder(database, clinic, reminder_id)
    assert (record.status, record.status_reason) == (Status.HELD, "clinic_paused")


def test_a_plan_that_drops_it_between_claim_and_intent_wins(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    reminder_id = one_due(database, clinic, view)
    claimed = claim(database)

    with database.write(clinic.id) as db:
        changes = care.replan(db, str(view.patient_id), now=NOW)

    assert [row.id for row in changes.cancel] == [reminder_id]
    assert start(database, claimed) == set()
    assert statuses(database, clinic)[reminder_id] is Status.CANCELLED


def test_a_claim_that_ended_otherwise_is_settled_once(database: Database, clinic: Clinic, view: SessionView) -> None:
    reminder_id = one_due(database, clinic, view)
    (ours,) = claim(database)
    later = NOW + timedelta(hours=2)

    with database.write(ALL_CLINICS) as db:
        first = claims.settle_claim(db, ours, Status.SCHEDULED, reason="outside_hours", now=NOW, next_at=later)
        second = claims.settle_claim(db, ours, Status.CANCELLED, reason="voided", now=NOW)

    assert (first, second) == (True, False)
    record = the_reminder(database, clinic, reminder_id)
    assert (record.status, record.status_reason, record.due_at) == (Status.SCHEDULED, "outside_hours", NOW)
    assert claim(database) == []
    assert [one.id for one in claim(database, after=timedelta(hours=2))] == [reminder_id]


@pytest.mark.parametrize("status", [Status.SCHEDULED, Status.HELD, Status.CLAIMED])
def test_whatever_is_open_expires_when_its_use_is_over(
    database: Database, clinic: Clinic, view: SessionView, status: Status
) -> None:
    reminder_id = one_due(database, clinic, view)
    with database.write(ALL_CLINICS) as db:
        db.execute(update(ReminderRow).where(ReminderRow.id == reminder_id).values(status=status))
    end = the_reminder(database, clinic, reminder_id).useful_until

    with database.write(ALL_CLINICS) as db:
        before = stale.expire(db, end - timedelta(microseconds=1), limit=100)
        after = stale.expire(db, end, limit=100)

    record = the_reminder(database, clinic, reminder_id)
    assert (before, after) == (0, 1)
    assert (record.status, record.status_reason) == (Status.EXPIRED, "not_useful")


def test_what_is_on_its_way_or_done_does_not_expire(database: Database, clinic: Clinic, view: SessionView) -> None:
    others = [status for status in Status if status not in {Status.SCHEDULED, Status.HELD, Status.CLAIMED}]
    ids = add_reminders(database, clinic, view, [a_planned(str(view.id), rule=status) for status in others])
    with database.write(ALL_CLINICS) as db:
        for reminder_id, status in zip(ids, others, strict=True):
            db.execute(update(ReminderRow).where(ReminderRow.id == reminder_id).values(status=status))

    with database.write(ALL_CLINICS) as db:
        stale.expire(db, NOW + timedelta(days=400), limit=1000)

    after = statuses(database, clinic)
    assert [after[reminder_id] for reminder_id in ids] == others


def test_expiring_takes_the_stalest_first_and_no_more_than_it_may(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    ids = add_reminders(
        database,
        clinic,
        view,
        [
            a_planned(str(view.id), occurrence=hours, due_at=NOW - timedelta(days=9), useful_for=timedelta(hours=hours))
            for hours in range(1, 11)
        ],
    )

    with database.write(ALL_CLINICS) as db:
        counts = [stale.expire(db, NOW, limit=4)]
        first = set(db.scalars(select(ReminderRow.id).where(ReminderRow.status == Status.EXPIRED)))
        counts += [stale.expire(db, NOW, limit=4) for _ in range(3)]

    assert counts == [4, 4, 2, 0]
    assert first == set(ids[:4])
