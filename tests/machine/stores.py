"""A store that the machine uses for one example after the other: opened once, emptied quickly, every move noted."""

from __future__ import annotations

import sqlite3

from sqlalchemy import Connection, Engine, event, insert, select, text, update

from scheduler.domain.clinics.clinics import Clinic
from scheduler.services.protocols import publish_source
from scheduler.storage import schema
from scheduler.storage.clinics import ClinicRow
from scheduler.storage.crypto import new_key_ring
from scheduler.storage.database import Database
from scheduler.storage.senders import SHARED_SENDERS, SenderRow
from tests.builders import BY, CATALOG, NOW, a_clinic
from tests.machine.clinic import PROTOCOL, SETTINGS

_STAYS = {"clinics", "protocol_versions", "senders"}
_TABLE = "CREATE TABLE moved (place {number}, reminder_id TEXT, before TEXT, after TEXT)"
_NOTE = "INSERT INTO moved (reminder_id, before, after) VALUES (new.id, old.status, new.status);"
_NOTES = {
    "sqlite": (
        _TABLE.format(number="INTEGER PRIMARY KEY"),
        f"CREATE TRIGGER note_move AFTER UPDATE OF status ON reminders BEGIN {_NOTE} END",
    ),
    "postgresql": (
        _TABLE.format(number="BIGSERIAL PRIMARY KEY"),
        f"CREATE FUNCTION note_move() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {_NOTE} RETURN NULL; END $$",
        "CREATE TRIGGER note_move AFTER UPDATE OF status ON reminders FOR EACH ROW EXECUTE FUNCTION note_move()",
    ),
}


class Store:
    """A migrated database with one clinic and its protocol, which notes each change of a reminder's status."""

    def __init__(self, url: str) -> None:
        self.database = Database(url, new_key_ring())
        _hurry(self.database.engine)
        self.clinic: Clinic = a_clinic(self.database, settings=SETTINGS)
        with self.database.write(self.clinic.id) as db:
            publish_source(db, PROTOCOL, file="machine.toml", catalog=CATALOG, by=BY, signed_by=None, now=NOW)
        with self.database.engine.begin() as connection:
            for statement in _NOTES[connection.dialect.name]:
                connection.exec_driver_sql(statement)

    def empty(self) -> None:
        """Let no patient, no session and no reminder be left, and senders and clinic be as at first."""
        with self.database.engine.begin() as connection:
            for table in ("moved", *_emptied()):
                connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608  names of the schema
            connection.execute(update(ClinicRow).values(paused_at=None, paused_reason=None))
            _renew_senders(connection)

    def moves(self) -> list[tuple[str, str, str]]:
        """Each change of a status since the last look, in order: the reminder, from, to."""
        with self.database.engine.begin() as connection:
            rows = connection.execute(text("SELECT reminder_id, before, after FROM moved ORDER BY place"))
            found = [(row[0], row[1], row[2]) for row in rows]
            if found:
                connection.execute(text("DELETE FROM moved"))
        return found


def _hurry(engine: Engine) -> None:
    """Let SQLite not wait for the disk, as PostgreSQL doesn't in tests: nothing here cuts the power."""
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def relax(connection: sqlite3.Connection, _: object) -> None:
            connection.execute("PRAGMA synchronous=OFF")


def _emptied() -> list[str]:
    """Tables that an example fills, those that point to others first."""
    return [table.name for table in reversed(schema.metadata().sorted_tables) if table.name not in _STAYS]


def _renew_senders(connection: Connection) -> None:
    columns = {column.name: None for column in SenderRow.__table__.columns if column.nullable}
    known = set(connection.scalars(select(SenderRow.id)))
    connection.execute(update(SenderRow).values(columns))
    if new := [dict(sender) for sender in SHARED_SENDERS if sender["id"] not in known]:
        connection.execute(insert(SenderRow), new)
