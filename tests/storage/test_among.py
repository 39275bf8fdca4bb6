from __future__ import annotations

import pytest
from sqlalchemy import event, select

from scheduler.storage.among import among
from scheduler.storage.clinics import ClinicRow
from scheduler.storage.database import Database
from scheduler.storage.tenancy import ALL_CLINICS
from tests.builders import a_clinic


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_column_is_found_among_any_number_of_values(database: Database, count: int) -> None:
    ids = [a_clinic(database, name=f'A "quoted" name {number}').id for number in range(3)]
    wanted = set(ids[:count])

    with database.read(ALL_CLINICS) as db:
        found = set(db.scalars(select(ClinicRow.id).where(among(ClinicRow.id, wanted))))
        others = set(db.scalars(select(ClinicRow.id).where(~among(ClinicRow.id, wanted))))

    assert found == wanted
    assert others == set(ids) - wanted


def test_values_with_quotes_and_signs_of_any_language_are_only_values(database: Database) -> None:
    odd = 'Čistá "pleť", {O\'Neill} \\ 100 %'
    clinic = a_clinic(database, name=odd)

    with database.read(ALL_CLINICS) as db:
        found = list(db.scalars(select(ClinicRow.id).where(among(ClinicRow.name, [odd, "NULL", ""]))))

    assert found == [clinic.id]


def test_the_statement_is_the_same_for_any_number_of_values(database: Database) -> None:
    seen: set[str] = set()
    event.listen(database.engine, "before_cursor_execute", lambda *told: seen.add(told[2]))

    with database.read(ALL_CLINICS) as db:
        for ids in ([], ["a"], ["a", "b", "c"]):
            db.scalars(select(ClinicRow.id).where(among(ClinicRow.id, ids))).all()

    assert len([sql for sql in seen if "clinics" in sql]) == 1
