from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text, update

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Kind, Status
from scheduler.domain.people.patients import Channel
from scheduler.services import reminders
from scheduler.services.views import SessionView
from scheduler.storage import claims, intents
from scheduler.storage.claims import Claimed
from scheduler.storage.crypto import KeyRing
from scheduler.storage.database import Database
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.senders import hold_sender
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import BY, NOW, a_clinic, a_planned, a_quiet_session, add_reminders, statuses
from tests.fakes import LONGEST_WAIT

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


def test_the_most_urgent_go_first_then_the_oldest_then_by_id(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    minute = timedelta(minutes=1)
    kinds = (Kind.REBOOK, Kind.INSTRUCT, Kind.SAFETY, Kind.RESUME, Kind.CHECK, Kind.CORRECTION, Kind.REASSURE)
    add_reminders(
        database,
        clinic,
        view,
        [
            a_planned(str(view.id), kind=kind, rule=kind, occurrence=place, due_at=NOW - place // 2 * minute)
            for kind in kinds
            for place in range(4)
        ],
    )

    claimed = claim(database)

    keys = [(claim.kind.rank, claim.due_at, claim.id) for claim in claimed]
    assert len(keys) == 28
    assert keys == sorted(keys)
    assert [claim.kind for claim in claimed[::4]] == list(Kind)


def test_a_claim_takes_no_more_than_it_may_and_the_rest_later(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    kinds = (Kind.SAFETY, Kind.INSTRUCT, Kind.CHECK)
    ids = add_reminders(
        database,
        clinic,
        view,
        [a_planned(str(view.id), kind=kind, rule=kind, occurrence=place) for kind in kinds for place in range(3)],
    )

    first, second, third = (claim(database, limit=4) for _ in range(3))

    assert [len(claimed) for claimed in (first, second, third)] == [4, 4, 1]
    assert {one.id for one in (*first, *second, *third)} == set(ids)
    assert [one.kind for one in first] == [Kind.SAFETY] * 3 + [Kind.INSTRUCT]
    assert claim(database) == []


def test_of_more_than_it_may_take_a_claim_takes_the_oldest_whichever_index_the_database_reads(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    minute = timedelta(minutes=1)
    planned = [a_planned(str(view.id), occurrence=place, due_at=NOW - place * minute) for place in range(12)]
    ids = add_reminders(database, clinic, view, planned)

    with database.write(ALL_CLINICS) as db:
        if database.engine.dialect.name == "postgresql":
            for way in ("indexscan", "indexonlyscan", "bitmapscan"):
                db.execute(text(f"SET LOCAL enable_{way} = off"))
        else:
            db.execute(text("DROP INDEX ix_reminders_waiting"))
        claimed = claims.claim(db, now=NOW, lease_until=NOW + LEASE, limit=2)

    assert [one.id for one in claimed] == ids[:-3:-1]


def test_what_is_not_due_yet_is_left(database: Database, clinic: Clinic, view: SessionView) -> None:
    moment = timedelta(microseconds=1)
    add_reminders(database, clinic, view, [a_planned(str(view.id), due_at=NOW + moment)])

    assert claim(database) == []
    assert len(claim(database, after=moment)) == 1


def test_the_sender_that_waited_longest_is_served_first(database: Database, clinic: Clinic, view: SessionView) -> None:
    add_reminders(
        database,
        clinic,
        view,
        [a_planned(str(view.id), rule=way, occurrence=place, channel=way) for way in Channel for place in range(2)],
    )

    served = [claim(database, limit=1, after=timedelta(seconds=place))[0].sender_id for place in range(4)]

    assert served == ["sandbox-email", "sandbox-sms", "sandbox-email", "sandbox-sms"]


def test_a_busy_sender_does_not_starve_another(database: Database, clinic: Clinic, view: SessionView) -> None:
    planned = [a_planned(str(view.id), rule="sms", kind=Kind.SAFETY, occurrence=place) for place in range(20)]
    planned.append(a_planned(str(view.id), rule="email", kind=Kind.REBOOK, channel=Channel.EMAIL))
    add_reminders(database, clinic, view, planned)

    first, second = (claim(database, limit=5, after=timedelta(seconds=place)) for place in range(2))

    assert {one.channel for one in (*first, *second)} == {Channel.SMS, Channel.EMAIL}


def test_a_held_sender_is_passed_over_until_it_is_released(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    held = one_due(database, clinic, view)
    with database.write(ALL_CLINICS) as db:
        hold_sender(db, "sandbox-sms", reason="no money left", at=NOW)

    claimed = claim(database)

    assert claimed == []
    assert statuses(database, clinic)[held] is Status.SCHEDULED


def test_a_sender_that_is_left_out_is_passed_over(database: Database, clinic: Clinic, view: SessionView) -> None:
    ids = add_reminders(
        database, clinic, view, [a_planned(str(view.id), rule=way, channel=way) for way in (Channel.SMS, Channel.EMAIL)]
    )

    with database.write(ALL_CLINICS) as db:
        nobody, email = (
            claims.claim(db, now=NOW, lease_until=NOW + LEASE, limit=10, leaving_out=out)
            for out in ({"sandbox-sms", "sandbox-email"}, {"sandbox-sms"})
        )

    assert nobody == []
    assert [one.id for one in email] == ids[1:]


def test_followers_are_claimed_with_their_lead_and_never_by_themselves(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    lead, follower, other = add_reminders(
        database,
        clinic,
        view,
        [a_planned(str(view.id), occurrence=place, due_at=NOW + timedelta(hours=place // 2)) for place in (2, 0, 1)],
    )
    with database.write(ALL_CLINICS) as db:
        db.execute(update(ReminderRow).where(ReminderRow.id == follower).values(bundled_into=lead))

    before = claim(database)
    after = claim(database, after=timedelta(hours=1))

    assert [one.id for one in before] == [other]
    assert [one.id for one in after] == [lead]
    assert statuses(database, clinic)[follower] is Status.CLAIMED
    assert start(database, after) == {lead}
    assert statuses(database, clinic)[follower] is Status.SENDING


def test_many_threads_claim_each_reminder_once_and_lose_none(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    ids = add_reminders(database, clinic, view, [a_planned(str(view.id), occurrence=place) for place in range(500)])

    def claim_until_none_is_left() -> list[str]:
        taken: list[str] = []
        while claimed := claim(database, limit=25):
            taken += [one.id for one in claimed]
        return taken

    with ThreadPoolExecutor(8) as pool:
        workers = [pool.submit(claim_until_none_is_left) for _ in range(8)]
        taken = [reminder_id for worker in workers for reminder_id in worker.result()]

    assert len(taken) == 500
    assert set(taken) == set(ids)


def test_a_claim_passes_by_what_a_person_is_just_changing_and_does_not_wait(
    fresh_postgresql_url: str, key_ring: KeyRing
) -> None:
    database = Database(fresh_postgresql_url, key_ring)
    clinic = a_clinic(database)
    view = a_quiet_session(database, clinic)
    skipped, other = add_reminders(
        database, clinic, view, [a_planned(str(view.id), occurrence=place) for place in range(2)]
    )

    with ThreadPoolExecutor(1) as pool, database.write(clinic.id) as db:
        reminders.skip(db, skipped, reason="told her", by=BY, now=NOW)
        claimed = pool.submit(claim, database).result(LONGEST_WAIT)

    after = statuses(database, clinic)
    database.close()
    assert [one.id for one in claimed] == [other]
    assert (after[skipped], after[other]) == (Status.SKIPPED, Status.CLAIMED)
