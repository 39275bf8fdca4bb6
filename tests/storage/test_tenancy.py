from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, inspect, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.people.consent import Purpose
from scheduler.domain.people.todos import Todo, TodoKind
from scheduler.services import idempotency, needing, staff, tokens
from scheduler.storage import audit_chain, devices, kept_counts, replans, retention, sign_ins
from scheduler.storage.attempts import AttemptRow
from scheduler.storage.clinics import ClinicRow
from scheduler.storage.consents import ConsentRow
from scheduler.storage.contacts import ContactPointRow
from scheduler.storage.database import Database, Db
from scheduler.storage.devices import DevicePersonRow, DeviceRow
from scheduler.storage.kept_stops import KeptStopRow
from scheduler.storage.overrides import OverrideRow
from scheduler.storage.patients import PatientNameRow, PatientRow
from scheduler.storage.protocols import ProtocolVersionRow
from scheduler.storage.reminders import ReminderRow
from scheduler.storage.sessions import SessionRow
from scheduler.storage.sign_ins import SignInRow
from scheduler.storage.staff import StaffRow
from scheduler.storage.tenancy import ALL_CLINICS, WrongClinic
from scheduler.storage.todos import TodoRow
from scheduler.storage.tokens import TokenRow
from scheduler.storage.told_dates import ToldDateRow
from scheduler.storage.types import Base, Owned
from tests.builders import BY, NOW, StoppedClock, a_clinic, a_drain, a_person, a_session, register
from tests.fakes import AcceptingSender

OWNED: list[Any] = sorted(
    (mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Owned)),
    key=lambda row: row.__name__,
)


@pytest.fixture
def two(database: Database) -> tuple[Clinic, Clinic]:
    """Two clinics, each with something in every table that is owned."""
    both = a_clinic(database, name="Willow"), a_clinic(database, name="Birch")
    clock = StoppedClock(NOW + timedelta(days=1))
    people = a_person("Amira Khan"), a_person("Bea Osei", phone="+447700900124")
    for clinic, person in zip(both, people, strict=True):
        view = register(database, clinic, a_session(person))
        with database.write(clinic.id) as db:
            osei = staff.add_staff(db, name="Dr Osei", email="osei@willow.example", role="approver", by=BY, now=NOW)
            device = devices.open_device(db, f"tablet of {clinic.name}", known=None, now=NOW, until=NOW)
            devices.trust(db, device.id, osei.id)
            ends = {"full_until": NOW, "ends_at": NOW}
            sign_ins.add_sign_in(db, clinic.name, person=osei, device_id=device.id, now=NOW, **ends)
            tokens.make_token(db, scopes=(), label="till", by=BY, now=NOW, email="osei@willow.example")
            asked = idempotency.Asked(route="POST /sessions", key="k", body=b"{}")
            idempotency.once(db, asked, lambda: idempotency.Answered(status=201, body="{}"), now=NOW)
            db.add(
                OverrideRow(
                    patient_id=view.patient_id,
                    session_id=view.id,
                    topic=clinic.name,
                    until=NOW,
                    by="Dr Osei",
                    reason_sealed=db.keys.seal("healed", "override.reason"),
                    at=NOW,
                )
            )
            kind, rule = TodoKind.MAYBE_NOT_ARRIVED, {"rule": "check"}
            ids = {"patient_id": view.patient_id, "session_id": view.id, "reminder_id": view.reminders[0].id}
            needing.need_person(db, Todo(kind=kind, details=rule, **ids), now=NOW)
            replans.ask(db, now=NOW)
            audit_chain.seal(db, now=NOW)
            retention.take(db, now=NOW)
            kept_counts.add_counts(db, Counter({(NOW.date(), "sessions"): 1}))
            db.add(KeptStopRow(value_hash=clinic.name, channel="sms", purpose=Purpose.CARE, at=NOW))
    drain = a_drain(database, AcceptingSender(), clock)
    drain.run(until=lambda: False)
    drain.stop()
    return both


def owners(db: Db, row: Any) -> set[str]:  # noqa: ANN401  any mapped class
    return set(db.scalars(select(row.clinic_id)))


def key_of(database: Database, row: Any, clinic: Clinic) -> Any:  # noqa: ANN401  any mapped class and its key
    with database.read(ALL_CLINICS) as db:
        one = db.scalars(select(row).where(row.clinic_id == clinic.id)).first()
        assert one is not None, f"the fixture stores no row of {row.__tablename__}"
        return inspect(one).identity


def with_key(row: Any, key: tuple[Any, ...]) -> Any:  # noqa: ANN401  any mapped class and a condition on it
    columns = inspect(row).primary_key
    condition = columns[0] == key[0]
    for column, value in zip(columns[1:], key[1:], strict=True):
        condition &= column == value
    return condition


QUERIES: dict[str, Callable[[Any], Any]] = {
    "rows": lambda row: select(row.clinic_id),
    "alias": lambda row: select(aliased(row).clinic_id),
    "join": lambda row: select(row.clinic_id).join(other := aliased(row), other.clinic_id != "none"),
    "exists": lambda row: select(ClinicRow.id).where(select(row).where(row.clinic_id == ClinicRow.id).exists()),
    "subquery": lambda row: select(select(row.clinic_id).subquery().c.clinic_id),
    "cte": lambda row: select(select(row.clinic_id).cte().c.clinic_id),
    "union": lambda row: select(row.clinic_id).union_all(select(row.clinic_id)),
    "max": lambda row: select(func.max(row.clinic_id)),
    "min": lambda row: select(func.min(row.clinic_id)),
}


def test_a_query_of_any_owned_table_sees_one_clinic(database: Database, two: tuple[Clinic, Clinic]) -> None:
    seen = {}
    for clinic in two:
        with database.read(clinic.id) as db:
            seen[clinic.id] = {
                (row.__tablename__, name, found)
                for row in OWNED
                for name, query in QUERIES.items()
                for found in db.scalars(query(row))
            }

    for clinic in two:
        assert seen[clinic.id] == {(row.__tablename__, name, clinic.id) for row in OWNED for name in QUERIES}


def test_rows_of_any_owned_table_are_loaded_for_one_clinic_only(database: Database, two: tuple[Clinic, Clinic]) -> None:
    ours, theirs = two

    for row in OWNED:
        key = key_of(database, row, theirs)

        with database.read(ours.id) as db:
            assert {one.clinic_id for one in db.scalars(select(row))} == {ours.id}
            assert db.get(row, key) is None, row.__tablename__
        with database.read(theirs.id) as db:
            assert db.get(row, key) is not None, row.__tablename__
        with database.read(ALL_CLINICS) as db:
            assert owners(db, row) == {ours.id, theirs.id}


def test_no_update_reaches_another_clinics_rows(database: Database, two: tuple[Clinic, Clinic]) -> None:
    ours, theirs = two

    for row in OWNED:
        key = key_of(database, row, theirs)
        change = update(row).values(clinic_id=row.clinic_id).execution_options(synchronize_session=False)

        with database.write(ours.id) as db:
            one = set(db.scalars(change.where(with_key(row, key)).returning(row.clinic_id)))
            everything = set(db.scalars(change.returning(row.clinic_id)))

        assert one == set(), row.__tablename__
        assert everything == {ours.id}, row.__tablename__


def test_no_delete_reaches_another_clinics_rows(database: Database, two: tuple[Clinic, Clinic]) -> None:
    ours, theirs = two

    for row in OWNED:
        key = key_of(database, row, theirs)
        removal = delete(row).where(with_key(row, key)).execution_options(synchronize_session=False)

        with database.write(ours.id) as db:
            removed = list(db.scalars(removal.returning(row.clinic_id)))

        assert removed == [], row.__tablename__
        assert key_of(database, row, theirs) == key


def test_a_new_row_of_another_clinic_is_refused(database: Database) -> None:
    for row in OWNED:
        with pytest.raises(WrongClinic, match=row.__name__), database.write("ours") as db:
            db.add(row(clinic_id="theirs"))


def test_a_new_row_that_names_no_clinic_belongs_to_the_one_in_scope(database: Database) -> None:
    clinic = a_clinic(database)

    with database.write(clinic.id) as db:
        row = TokenRow(hash="0" * 64, scopes=[], label="till", created_at=NOW)
        db.add(row)
        db.flush()

    assert row.clinic_id == clinic.id


def test_a_row_is_not_handed_to_another_clinic(database: Database, two: tuple[Clinic, Clinic]) -> None:
    ours, theirs = two

    with pytest.raises(WrongClinic), database.write(ours.id) as db:
        db.scalars(select(SessionRow)).one().clinic_id = theirs.id


def test_a_handle_without_a_scope_is_of_no_use(database: Database) -> None:
    with Db(database.engine) as db, pytest.raises(KeyError, match="scope"):
        db.scalars(select(PatientRow))


def test_a_handle_of_all_clinics_has_no_clinic(database: Database) -> None:
    with database.read(ALL_CLINICS) as db, pytest.raises(RuntimeError, match="not bound to a clinic"):
        _ = db.clinic_id


def test_every_key_between_owned_tables_holds_the_clinic() -> None:
    owned = {row.__table__ for row in OWNED}

    without = [
        f"{table.name}: {key.column_keys}"
        for table in owned
        for key in table.foreign_key_constraints
        if key.referred_table in owned and "clinic_id" not in key.column_keys
    ]

    assert without == []


POINTERS: list[tuple[Any, str, Any]] = [
    (SessionRow, "patient_id", PatientRow),
    (ContactPointRow, "patient_id", PatientRow),
    (PatientNameRow, "patient_id", PatientRow),
    (ConsentRow, "patient_id", PatientRow),
    (OverrideRow, "patient_id", PatientRow),
    (OverrideRow, "session_id", SessionRow),
    (ReminderRow, "patient_id", PatientRow),
    (ReminderRow, "session_id", SessionRow),
    (ReminderRow, "version_id", ProtocolVersionRow),
    (ReminderRow, "bundled_into", ReminderRow),
    (AttemptRow, "reminder_id", ReminderRow),
    (ToldDateRow, "patient_id", PatientRow),
    (ToldDateRow, "reminder_id", ReminderRow),
    (TodoRow, "patient_id", PatientRow),
    (TodoRow, "session_id", SessionRow),
    (TodoRow, "reminder_id", ReminderRow),
    (TokenRow, "staff_id", StaffRow),
    (DevicePersonRow, "staff_id", StaffRow),
    (DevicePersonRow, "device_id", DeviceRow),
    (SignInRow, "staff_id", StaffRow),
    (SignInRow, "device_id", DeviceRow),
]


PLACES: dict[type[Base], dict[str, int]] = {ReminderRow: {"occurrence": 99}, ConsentRow: {"position": 99}}


def test_no_row_can_point_into_another_clinic(database: Database, two: tuple[Clinic, Clinic]) -> None:
    ours, theirs = two

    for row, column, target in POINTERS:
        (foreign,) = key_of(database, target, theirs)
        one = with_key(row, key_of(database, row, ours))
        # A place of its own in their session, so that nothing but the clinic stands in the way.
        values = {column: foreign} | PLACES.get(row, {})

        with pytest.raises(IntegrityError, match=r"(?i)foreign key"), database.write(ALL_CLINICS) as db:
            db.execute(update(row).where(one).values(values))
