from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

from scheduler.domain.delivery.budgets import Budget
from scheduler.domain.delivery.outcomes import Unknown
from scheduler.domain.delivery.senders import SenderInfo
from scheduler.domain.errors import Invalid
from scheduler.domain.findings import Finding, Severity
from scheduler.services import doctor
from scheduler.services.doctor import Surgery
from scheduler.storage import heartbeats, senders
from scheduler.storage.clinics import ClinicRow
from scheduler.storage.database import Database
from scheduler.storage.keys import open_keys
from scheduler.storage.protocols import ProtocolVersionRow
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import (
    NOW,
    StoppedClock,
    a_clinic,
    a_planned,
    a_quiet_session,
    add_reminders,
    drain_at,
)
from tests.fakes import AnsweringSender

MINUTE = timedelta(minutes=1)


def all_well(sender: SenderInfo) -> Sequence[Finding]:
    del sender
    return ()


def examined(
    database: Database,
    *,
    now: datetime = NOW,
    check_sender: Callable[[SenderInfo], Sequence[Finding]] = all_well,
    zone_data: str | None = "2026.1",
    ahead: timedelta = timedelta(),
) -> list[Finding]:
    """What is found; `ahead` is how far this machine's clock is from the database's."""

    def utc_now() -> datetime:
        with database.read(ALL_CLINICS) as db:
            return (db.server_now() or now) + ahead

    surgery = Surgery(clock=StoppedClock(now), utc_now=utc_now, check_sender=check_sender, zone_data=zone_data)
    return doctor.examine(database, surgery)


@pytest.fixture(autouse=True)
def worker(database: Database) -> None:
    """A process that sends was seen just now."""
    with database.write(ALL_CLINICS) as db:
        heartbeats.beat(db, "node-1", now=NOW)


def the_one(found: list[Finding], severity: Severity = Severity.FAULT) -> tuple[str, str]:
    assert [one.severity for one in found] == [severity], found
    return found[0].fault, found[0].mend


def test_a_set_up_that_is_well_has_no_finding(database: Database) -> None:
    a_clinic(database)
    a_clinic(database, name="Birch", live=True)

    assert examined(database) == []


def test_a_clock_that_is_far_from_the_databases_is_found(database: Database) -> None:
    found = examined(database, ahead=timedelta(seconds=30))
    near = examined(database, ahead=timedelta(seconds=1))

    if database.engine.dialect.name == "sqlite":
        assert found == []
    else:
        fault, mend = the_one(found)
        assert fault == "This machine's clock and the database's are 30 seconds apart."
        assert "NTP" in mend
    assert near == []


def test_a_zone_that_is_not_in_the_zone_data_is_found(database: Database) -> None:
    clinic = a_clinic(database)
    with database.write(ALL_CLINICS) as db:
        db.execute(update(ClinicRow).values(zone="Mars/Olympus"))

    fault, mend = the_one(examined(database))

    assert fault == "The zone Mars/Olympus of Willow Skin is not in the zone data."
    assert f"aftercare clinic set {clinic.id} zone" in mend


@pytest.mark.parametrize(("zone_data", "word"), [(None, "missing"), ("2023.4", "2023.4")])
def test_missing_or_old_zone_data_are_a_warning(database: Database, zone_data: str | None, word: str) -> None:
    fault, mend = the_one(examined(database, zone_data=zone_data), Severity.WARNING)

    assert word in fault
    assert "nstall" in mend


def test_sending_hours_that_are_never_open_are_found(database: Database) -> None:
    clinic = a_clinic(database)
    with database.write(ALL_CLINICS) as db:
        db.execute(update(ClinicRow).values(sending_hours="closed"))

    fault, mend = the_one(examined(database))

    assert fault == "The sending hours of Willow Skin are never open: nothing can go out."
    assert mend == f"Run aftercare clinic set {clinic.id} sending_hours 08:00-20:00."


def test_a_live_clinic_with_an_unsigned_version_in_force_is_found(database: Database) -> None:
    clinic = a_clinic(database, live=True)
    a_clinic(database, name="Birch")
    with database.write(ALL_CLINICS) as db:
        rows = update(ProtocolVersionRow).where(ProtocolVersionRow.procedure == "microneedling")
        db.execute(rows.values(signed_by=None))

    fault, mend = the_one(examined(database))

    assert fault == "Willow Skin is live, but no clinician signed version 1 of microneedling."
    assert mend == f"Let a clinician read it and run aftercare clinic live {clinic.id} --signed-by NAME."


def test_a_held_sender_is_found_with_its_reason(database: Database) -> None:
    with database.write(ALL_CLINICS) as db:
        senders.hold_sender(db, "settings-sms", reason="the token is wrong", at=NOW)

    fault, mend = the_one(examined(database))

    assert fault == "The sender settings-sms is held since 2026-03-03 14:35 UTC: the token is wrong"
    assert mend == "Mend the reason, then run aftercare sender release settings-sms."


def test_reminders_that_wait_though_they_are_due_are_found_after_five_minutes(database: Database) -> None:
    clinic = a_clinic(database)
    add_reminders(database, clinic, view := a_quiet_session(database, clinic), [a_planned(str(view.id))])
    late = NOW + 5 * MINUTE + timedelta(seconds=1)
    with database.write(ALL_CLINICS) as db:
        heartbeats.beat(db, "node-1", now=late)

    early = examined(database, now=NOW + 5 * MINUTE)
    fault, mend = the_one(examined(database, now=late))

    assert early == []
    assert fault == "Messages by the sender sandbox-sms wait since 2026-03-03 14:35 UTC, though they are due."
    assert "aftercare serve" in mend


def test_a_late_sender_with_a_budget_names_the_budget(database: Database) -> None:
    clinic = a_clinic(database)
    add_reminders(database, clinic, view := a_quiet_session(database, clinic), [a_planned(str(view.id))])
    with database.write(ALL_CLINICS) as db:
        heartbeats.beat(db, "node-1", now=NOW + 10 * MINUTE)
        senders.set_budget(db, "sandbox-sms", Budget(parts_per_second=1))

    _, mend = the_one(examined(database, now=NOW + 10 * MINUTE))

    assert "aftercare sender set-budget sandbox-sms" in mend


def test_doubts_are_a_warning(database: Database) -> None:
    clinic = a_clinic(database)
    add_reminders(database, clinic, view := a_quiet_session(database, clinic), [a_planned(str(view.id))])
    drain_at(database, AnsweringSender(Unknown("no answer")), NOW)

    fault, mend = the_one(examined(database), Severity.WARNING)

    assert fault == "Messages that were posted without an answer: 1."
    assert "provider's log" in mend


def test_no_worker_yet_is_a_warning_and_one_that_is_gone_a_fault(database: Database) -> None:
    gone = the_one(examined(database, now=NOW + 3 * MINUTE))
    with database.write(ALL_CLINICS) as db:
        db.execute(text("DELETE FROM heartbeats"))
    never = the_one(examined(database), Severity.WARNING)

    assert gone[0] == "No process that sends has been seen since 2026-03-03 14:35 UTC."
    assert never[0] == "No process that sends has been seen yet."
    assert "aftercare serve" in gone[1]
    assert "aftercare serve" in never[1]


def test_what_a_provider_tells_is_found_under_the_senders_name(database: Database) -> None:
    def check(sender: SenderInfo) -> Sequence[Finding]:
        if sender.id == "settings-email":
            raise Invalid.of("AFTERCARE_SMTP__SENDER", "write an address")
        if sender.id == "settings-sms":
            return [Finding("The Twilio account is suspended.", "Reactivate it.")]
        return ()

    email, sms = examined(database, check_sender=check)

    assert (sms.fault, sms.mend) == ("Sender settings-sms: The Twilio account is suspended.", "Reactivate it.")
    assert "AFTERCARE_SMTP__SENDER" in email.fault
    assert email.mend


class TestStores:
    """What keeps a store from being opened at all."""

    @pytest.fixture
    def store(self, database_url: str, tmp_path: Path) -> tuple[str, Path]:
        key_file = tmp_path / "aftercare.key"
        open_keys(database_url, key_file, now=NOW)
        return database_url, key_file

    def test_a_store_with_its_key_has_no_finding(self, store: tuple[str, Path]) -> None:
        assert doctor.check_store(*store) == []

    def test_a_missing_key_file_is_found(self, store: tuple[str, Path]) -> None:
        store[1].unlink()

        fault, mend = the_one(doctor.check_store(*store))

        assert fault == f"The key file {store[1]} is missing."
        assert mend.startswith("Restore it from your backup")

    def test_a_key_file_that_others_can_read_is_found(self, store: tuple[str, Path]) -> None:
        store[1].chmod(0o644)

        fault, mend = the_one(doctor.check_store(*store))

        assert "can be read by others" in fault
        assert mend == f"Run chmod 600 {store[1]}."

    def test_a_database_that_is_not_set_up_is_found(self, tmp_path: Path) -> None:
        found = the_one(doctor.check_store(f"sqlite:///{tmp_path / 'none.db'}", tmp_path / "none.key"))

        assert found == ("The database is not set up yet.", "Run aftercare migrate.")
        assert list(tmp_path.iterdir()) == []

    def test_a_database_of_another_version_is_found(self, store: tuple[str, Path], database: Database) -> None:
        with database.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        older = the_one(doctor.check_store(*store))
        with database.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        newer = the_one(doctor.check_store(*store))

        assert older == ("The database is from an older version.", "Run aftercare migrate.")
        assert newer == ("The database is from a newer version of this program.", "Install that version.")

    def test_a_database_that_is_out_of_reach_is_found(self, tmp_path: Path) -> None:
        url = "postgresql+psycopg://nobody@127.0.0.1:1/none"

        fault, mend = the_one(doctor.check_store(url, tmp_path / "none.key"))

        assert fault.startswith("The database can't be used")
        assert mend.startswith("Check AFTERCARE_DATABASE_URL")
