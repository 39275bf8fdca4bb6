from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import delete, func, select, update

from scheduler.domain.clinics.clinics import Clinic
from scheduler.services.audit_chain import Checked, Fault, check, seal_all
from scheduler.storage import audit
from scheduler.storage.audit import AuditRow, sentence_hash
from scheduler.storage.audit_chain import AuditChainRow
from scheduler.storage.database import Database, Db
from scheduler.storage.types import new_id
from tests.builders import BY, NOW, StoppedClock, a_clinic

Tamper = Callable[[Db, str], None]


def note(database: Database, clinic: Clinic, count: int, *, minutes: int = 0) -> None:
    with database.write(clinic.id) as db:
        for place in range(count):
            at = NOW + timedelta(minutes=minutes + place)
            audit.record(db, at=at, actor=BY, action="test.note", subject=f"test {place}", sentence=f"Did {place}.")


def checked(database: Database, clinic: Clinic) -> Checked:
    with database.read(clinic.id) as db:
        return check(db)


def sealed(database: Database, count: int = 8) -> Clinic:
    """A clinic with so many sealed entries."""
    clinic = a_clinic(database)
    with database.read(clinic.id) as db:
        own = db.scalar(select(func.count()).select_from(AuditRow)) or 0
    note(database, clinic, count - own)
    seal_all(database, StoppedClock())
    return clinic


def test_what_was_recorded_is_sealed_once_and_is_fine(database: Database) -> None:
    clinic = sealed(database)

    again = seal_all(database, StoppedClock())
    found = checked(database, clinic)

    assert again == 0
    assert (found.sealed, found.waiting, found.blanked, found.found) == (8, 0, 0, None)
    assert len(found.head) == 64


def test_entries_that_are_not_sealed_yet_are_counted_and_sealed_behind_the_others(database: Database) -> None:
    clinic = sealed(database)
    note(database, clinic, 2, minutes=-600)  # committed late: their times are before those of all that is sealed
    waiting = checked(database, clinic)

    seal_all(database, StoppedClock())

    assert (waiting.sealed, waiting.waiting, waiting.found) == (8, 2, None)
    after = checked(database, clinic)
    assert (after.sealed, after.waiting, after.found) == (10, 0, None)


def test_each_clinic_has_a_chain_of_its_own(database: Database) -> None:
    ours, theirs = sealed(database, 8), sealed(database, 9)

    with database.write(ours.id) as db:
        db.execute(update(AuditRow).where(AuditRow.sequence == 3).values(actor="somebody else"))

    assert checked(database, ours).found is not None
    assert checked(database, theirs).found is None


def test_nodes_that_seal_at_once_make_one_chain(database: Database) -> None:
    clinic = a_clinic(database)
    note(database, clinic, 600)

    nodes = [Thread(target=seal_all, args=(database, StoppedClock())) for _ in range(3)]
    for node in nodes:
        node.start()
    for node in nodes:
        node.join()

    found = checked(database, clinic)
    assert (found.waiting, found.found) == (0, None)
    with database.read(clinic.id) as db:
        places = set(db.scalars(select(AuditRow.sequence)))
    assert places == set(range(1, found.sealed + 1))


def _reword(db: Db, entry_id: str) -> None:
    other = db.keys.seal("Did nothing.", "audit.sentence")
    db.execute(update(AuditRow).where(AuditRow.id == entry_id).values(sentence_sealed=other))


def _put_back(db: Db, entry_id: str) -> None:
    db.execute(update(AuditRow).where(AuditRow.id == entry_id).values(at=NOW - timedelta(days=1)))


def _remove(db: Db, entry_id: str) -> None:
    db.execute(delete(AuditRow).where(AuditRow.id == entry_id))


def _blank(db: Db, entry_id: str) -> None:
    row = db.get_one(AuditRow, entry_id)
    hashed = "0" * 64
    row.sentence_sealed, row.sentence_hash, row.blanked_by = b"", hashed, entry_id


def _insert(db: Db, entry_id: str) -> None:
    place = db.get_one(AuditRow, entry_id).sequence
    assert place is not None
    for row in db.scalars(select(AuditRow).where(AuditRow.sequence >= place).order_by(AuditRow.sequence.desc())):
        row.sequence = (row.sequence or 0) + 1
        db.flush()
    new = audit.AuditRow(id=new_id(), clinic_id=db.clinic_id, at=NOW, actor=BY, action="test.forged", subject="test x")
    new.sentence_sealed, new.sequence, new.sealed_hash = b"x", place, "f" * 64
    db.add(new)
    chain = db.get_one(AuditChainRow, db.clinic_id)
    chain.sequence += 1


@pytest.mark.parametrize(
    ("tamper", "fault"),
    [
        (_reword, Fault.CHANGED),
        (_put_back, Fault.CHANGED),
        (_blank, Fault.CHANGED),
        (_remove, Fault.REMOVED),
        (_insert, Fault.INSERTED),
    ],
)
@pytest.mark.parametrize("place", [1, 5, 8])
def test_the_first_entry_that_was_tampered_with_is_named(
    database: Database, tamper: Tamper, fault: Fault, place: int
) -> None:
    clinic = sealed(database)

    with database.write(clinic.id) as db:
        entry_id = db.scalars(select(AuditRow.id).where(AuditRow.sequence == place)).one()
        tamper(db, entry_id)

    found = checked(database, clinic).found
    assert found is not None
    assert (found.fault, found.sequence) == (fault, place)
    assert (found.entry_id is None) is (fault is Fault.REMOVED)
    assert f"Entry {place} " in found.sentence


def test_a_chain_that_was_taken_away_as_a_whole_is_missed(database: Database) -> None:
    clinic = sealed(database)

    with database.write(clinic.id) as db:
        db.execute(delete(AuditRow))

    found = checked(database, clinic).found
    assert found is not None
    assert (found.fault, found.sequence) == (Fault.REMOVED, 1)


def test_a_sentence_that_went_without_an_erasure_that_tells_of_it_is_named(database: Database) -> None:
    clinic = sealed(database)

    with database.write(clinic.id) as db:
        row = db.scalars(select(AuditRow).where(AuditRow.sequence == 4)).one()
        row.sentence_hash = sentence_hash(row.sentence_sealed)
        row.sentence_sealed, row.blanked_by = b"", row.id

    found = checked(database, clinic)
    assert found.blanked == 1
    assert found.found is not None
    assert (found.found.fault, found.found.sequence) == (Fault.BLANKED, 4)
