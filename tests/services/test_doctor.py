from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

from scheduler.domain.delivery.senders import SenderInfo
from scheduler.domain.errors import Invalid
from scheduler.domain.findings import Finding, Severity
from scheduler.services import doctor
from scheduler.storage import heartbeats
from scheduler.storage.clinics import ClinicRow
from scheduler.storage.database import Database
from scheduler.storage.keys import open_keys
from scheduler.storage.protocols import ProtocolVersionRow
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import (
    NOW,
    a_clinic,
)
from tests.services.examining import examined, the_one

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def worker(database: Database) -> None:
    """A process that sends was seen just now."""
    with database.write(ALL_CLINICS) as db:
        heartbeats.beat(db, "node-1", now=NOW)


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
