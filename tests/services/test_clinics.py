from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import Status
from scheduler.domain.delivery.senders import Provider
from scheduler.domain.errors import Invalid, NotFound, NotNow
from scheduler.domain.people.patients import Channel
from scheduler.services import clinics
from scheduler.storage import claims, intents
from scheduler.storage.audit import AuditRow
from scheduler.storage.clinics import ClinicRow, get_clinic
from scheduler.storage.database import Database
from scheduler.storage.patients import PatientRow
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.senders import SenderRow
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import (
    BY,
    CATALOG,
    NOW,
    a_clinic,
    a_person,
    a_planned,
    a_quiet_session,
    a_session,
    add_reminders,
    copy_reminder,
    drain_at,
    register,
    statuses,
    stored_rows,
    the_reminder,
)
from tests.fakes import AcceptingSender

MINUTE = timedelta(minutes=1)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


def pause(database: Database, clinic: Clinic, reason: str = "a fire alarm") -> None:
    with database.write(clinic.id) as db:
        clinics.pause(db, reason=reason, by=BY, now=NOW)


def resume(database: Database, clinic: Clinic) -> int:
    with database.write(clinic.id) as db:
        return clinics.resume(db, by=BY, now=NOW + MINUTE)


def due(database: Database, clinic: Clinic, count: int = 1) -> list[str]:
    view = a_quiet_session(database, clinic)
    return add_reminders(database, clinic, view, [a_planned(str(view.id), occurrence=place) for place in range(count)])


def audited(database: Database, clinic: Clinic) -> list[str]:
    with database.read(clinic.id) as db:
        return [db.keys.open(row.sentence_sealed, "audit.sentence") for row in db.scalars(select(AuditRow))]


def senders(database: Database) -> set[str]:
    with database.read(ALL_CLINICS) as db:
        return set(db.scalars(select(ReminderRow.sender_id)))


def test_a_new_clinic_is_in_trial_and_has_the_protocols_that_ship(database: Database, clinic: Clinic) -> None:
    with database.read(clinic.id) as db:
        read = get_clinic(db)

    assert read == clinic
    assert not read.live
    assert stored_rows(database)["protocol_versions"] == len(CATALOG.protocols)
    assert "Opened Willow Skin." in audited(database, clinic)


def test_two_clinics_may_have_one_name(database: Database, clinic: Clinic) -> None:
    other = a_clinic(database)

    assert other.name == clinic.name
    assert other.id != clinic.id


def test_a_clinic_that_is_not_there_is_not_found(database: Database) -> None:
    with database.read("nowhere") as db, pytest.raises(NotFound, match="There is no clinic nowhere"):
        get_clinic(db)


# Paused


def test_a_paused_clinic_holds_what_comes_due_and_sends_it_when_the_pause_ends(
    database: Database, clinic: Clinic
) -> None:
    ids = due(database, clinic, 3)
    sender = AcceptingSender()

    pause(database, clinic)
    drain_at(database, sender, NOW)
    held = [the_reminder(database, clinic, reminder_id) for reminder_id in ids]
    released = resume(database, clinic)
    drain_at(database, sender, NOW + 2 * MINUTE)

    assert {(record.status, record.status_reason) for record in held} == {(Status.HELD, "clinic_paused")}
    assert released == 3
    assert len(sender.sent) == 3
    assert set(statuses(database, clinic).values()) == {Status.SENT}


def test_a_pause_of_one_clinic_holds_up_no_other(database: Database, clinic: Clinic) -> None:
    other = a_clinic(database, name="Birch")
    (ours,), (theirs,) = due(database, clinic), due(database, other)
    pause(database, clinic)
    pause(database, other)
    drain_at(database, AcceptingSender(), NOW)

    released = resume(database, other)

    assert released == 1
    assert statuses(database, clinic)[ours] is Status.HELD
    assert statuses(database, other)[theirs] is Status.SCHEDULED


def test_the_end_of_a_pause_releases_nothing_that_was_held_for_another_reason(
    database: Database, clinic: Clinic
) -> None:
    (reminder_id,) = due(database, clinic)
    with database.write(clinic.id) as db:
        db.execute(update(PatientRow).values(paused_at=NOW))
    drain_at(database, AcceptingSender(), NOW)
    pause(database, clinic)

    released = resume(database, clinic)

    assert released == 0
    record = the_reminder(database, clinic, reminder_id)
    assert (record.status, record.status_reason) == (Status.HELD, "patient_paused")


def test_a_session_that_is_registered_during_a_pause_waits_for_its_end(database: Database, clinic: Clinic) -> None:
    pause(database, clinic)
    view = register(database, clinic)
    first = view.reminders[0].due_at

    drain_at(database, AcceptingSender(), first)
    held = list(statuses(database, clinic).values()).count(Status.HELD)

    assert held == 1
    assert resume(database, clinic) == 1


def test_what_waited_out_its_use_in_a_pause_expires(database: Database, clinic: Clinic) -> None:
    (reminder_id,) = due(database, clinic)
    pause(database, clinic)
    drain_at(database, AcceptingSender(), NOW)
    sender = AcceptingSender()

    resume(database, clinic)
    drain_at(database, sender, the_reminder(database, clinic, reminder_id).useful_until)

    assert sender.sent == []
    assert statuses(database, clinic)[reminder_id] is Status.EXPIRED


def test_more_reminders_than_a_query_holds_values_are_released_at_once(database: Database, clinic: Clinic) -> None:
    (reminder_id,) = due(database, clinic)
    pause(database, clinic)
    drain_at(database, AcceptingSender(), NOW)
    copy_reminder(database, reminder_id, 20_000)

    assert resume(database, clinic) == 20_001


def test_pausing_needs_a_reason_and_happens_once(database: Database, clinic: Clinic) -> None:
    for reason in ("", "   ", "x" * 201):
        with pytest.raises(Invalid, match="say why"):
            pause(database, clinic, reason)
    pause(database, clinic)

    with pytest.raises(NotNow, match="paused already"):
        pause(database, clinic)

    assert "Paused: a fire alarm" in audited(database, clinic)


def test_only_a_pause_ends(database: Database, clinic: Clinic) -> None:
    with pytest.raises(NotNow, match="is not paused"):
        resume(database, clinic)


def test_a_changed_setting_leaves_a_pause_alone(database: Database, clinic: Clinic) -> None:
    pause(database, clinic)

    with database.write(clinic.id) as db:
        clinics.set_setting(db, "name", "Birch", catalog=CATALOG, by=BY, now=NOW)

    with database.read(clinic.id) as db:
        assert get_clinic(db).paused


# Live


def test_going_live_moves_what_waits_to_the_real_senders(database: Database, clinic: Clinic) -> None:
    other = a_clinic(database, name="Birch")
    due(database, clinic, 3)
    due(database, other)
    before = senders(database)

    with database.write(clinic.id) as db:
        clinics.go_live(db, signed_by="Dr Osei", by=BY, now=NOW)

    assert before == {"sandbox-sms"}
    with database.read(clinic.id) as db:
        assert set(db.scalars(select(ReminderRow.sender_id))) == {"settings-sms"}
        assert get_clinic(db).live
        assert db.scalars(select(ClinicRow.live_signed_by).where(ClinicRow.id == clinic.id)).one() == "Dr Osei"
    with database.read(other.id) as db:
        assert set(db.scalars(select(ReminderRow.sender_id))) == {"sandbox-sms"}


def test_what_a_worker_had_claimed_for_the_sandbox_is_taken_from_it(database: Database, clinic: Clinic) -> None:
    (reminder_id,) = due(database, clinic)
    with database.write(ALL_CLINICS) as db:
        claimed = claims.claim(db, now=NOW, lease_until=NOW + MINUTE, limit=10)

    with database.write(clinic.id) as db:
        clinics.go_live(db, signed_by="Dr Osei", by=BY, now=NOW)

    with database.write(ALL_CLINICS) as db:
        assert intents.start_sending(db, claimed, now=NOW) == set()
    assert statuses(database, clinic)[reminder_id] is Status.SCHEDULED
    assert senders(database) == {"settings-sms"}


def test_a_clinics_own_sender_is_used_once_it_is_live(database: Database, clinic: Clinic) -> None:
    due(database, clinic)
    with database.write(ALL_CLINICS) as db:
        db.add(SenderRow(id="own", clinic_id=clinic.id, channel=Channel.SMS, provider=Provider.SETTINGS))

    with database.write(clinic.id) as db:
        clinics.go_live(db, signed_by="Dr Osei", by=BY, now=NOW)
    register(database, clinic, a_session(a_person("Bea Osei", phone="+447911123456")))

    assert senders(database) == {"own"}


@pytest.mark.parametrize("signed_by", ["", "   "])
def test_going_live_needs_the_name_of_who_signs(database: Database, clinic: Clinic, signed_by: str) -> None:
    with database.write(clinic.id) as db, pytest.raises(Invalid, match="name of the clinician who signs"):
        clinics.go_live(db, signed_by=signed_by, by=BY, now=NOW)

    with database.read(clinic.id) as db:
        assert not get_clinic(db).live
