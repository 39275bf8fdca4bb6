from __future__ import annotations

from sqlalchemy import update

from scheduler.cli.opening import opened
from scheduler.services.audit_chain import seal_all
from scheduler.storage.audit import AuditRow
from scheduler.storage.tenancy import ALL_CLINICS
from tests.cli.conftest import CommandLine


def seal() -> None:
    with opened() as store:
        seal_all(store.database, store.clock)


def test_an_audit_that_nobody_changed_is_fine(cli: CommandLine) -> None:
    clinic_id = cli.clinic()
    before = cli.well("verify-audit", "--json").json
    seal()

    [after] = cli.well("verify-audit", "--clinic", clinic_id, "--json").json

    assert [(one["clinic_id"], one["sealed"], one["waiting"] > 0) for one in before] == [(clinic_id, 0, True)]
    assert (after["sealed"], after["waiting"], after["found"]) == (before[0]["waiting"], 0, None)
    assert cli.well("verify-audit").out.splitlines()[1].split()[0] == clinic_id


def test_the_first_changed_entry_of_each_clinic_is_named_with_exit_1(sqlite_cli: CommandLine) -> None:
    clinic_id, other = sqlite_cli.clinic(), sqlite_cli.clinic()
    seal()
    with opened() as store, store.database.write(ALL_CLINICS) as db:
        changed = AuditRow.clinic_id == clinic_id, AuditRow.sequence == 1
        db.execute(update(AuditRow).where(*changed).values(actor="nobody"))

    ended = sqlite_cli("verify-audit", "--json")

    assert ended.code == 1
    faults = {one["clinic_id"]: one["found"] and one["found"]["fault"] for one in ended.json}
    assert faults == {clinic_id: "changed", other: None}
    assert f"Clinic {clinic_id}: Entry 1 " in ended.err
    assert sqlite_cli("verify-audit", "--clinic", other).code == 0


def test_a_clinic_that_is_not_there_is_told(sqlite_cli: CommandLine) -> None:
    assert sqlite_cli.refused("verify-audit", "--clinic", "none") == "error: There is no clinic none.\n"
