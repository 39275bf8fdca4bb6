from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from scheduler.cli.opening import opened
from scheduler.domain.delivery.reminders import Status
from scheduler.storage.patients import PatientRow
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.sessions import SessionRow
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import NOW
from tests.cli.conftest import CommandLine
from tests.cli.test_replan import a_session


def grow_old() -> None:
    """Let all that is stored be three years old and over."""
    then = NOW - timedelta(days=3 * 365)
    with opened() as store, store.database.write(ALL_CLINICS) as db:
        db.execute(update(PatientRow).values(created_at=then))
        db.execute(update(SessionRow).values(ended_at=then))
        db.execute(update(ReminderRow).values(status=Status.CANCELLED))


def test_a_dry_run_says_what_would_go_and_yes_lets_it_go(cli: CommandLine) -> None:
    clinic_id = cli.clinic()
    cli.well("clinic", "set", clinic_id, "retention", "24 months")
    a_session(cli, clinic_id)
    young = cli.well("purge", "--clinic", clinic_id, "--dry-run", "--json").json
    grow_old()

    dry = cli.well("purge", "--clinic", clinic_id, "--dry-run", "--json").json
    done = cli.well("purge", "--clinic", clinic_id, "--yes", "--json").json

    assert young == {"patients": 0, "sessions": 0, "messages": 0}
    assert dry == done == {"patients": 1, "sessions": 1, "messages": dry["messages"]}
    assert dry["messages"] > 1
    assert cli.well("purge", "--clinic", clinic_id, "--dry-run", "--json").json == young


def test_a_purge_needs_a_retention_and_a_yes(sqlite_cli: CommandLine) -> None:
    clinic_id = sqlite_cli.clinic()

    assert "add --yes, or --dry-run" in sqlite_cli.refused("purge", "--clinic", clinic_id)
    assert "This clinic has no retention" in sqlite_cli.refused("purge", "--clinic", clinic_id, "--dry-run")
    assert "There is no clinic none" in sqlite_cli.refused("purge", "--clinic", "none", "--yes")
