from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from scheduler.domain.people.todos import Todo, TodoKind
from scheduler.services import idempotency, needing, outbox, reminders, todos
from scheduler.storage import schema
from scheduler.storage.clinics import set_trial_phones
from scheduler.storage.crypto import KeyRing
from scheduler.storage.database import Database
from tests.builders import BY, NOW, StoppedClock, a_clinic, a_drain, a_person, a_session, register
from tests.fakes import AcceptingSender

NAME, PHONE, EMAIL, BORN = "Zephyrine Quill", "+447700900188", "zephyrine@quill.example", date(1977, 11, 23)
REASON, STAFF_PHONE = "her sister called about wedding", "+447700900199"


def use(url: str, keys: KeyRing) -> list[str]:
    """Let a patient go through a store, close it, and give what nobody may read in it without the key."""
    database = Database(url, keys)
    clinic = a_clinic(database)
    person = a_person(NAME, phone=PHONE, email=EMAIL, mail=True, birth_date=BORN)
    view = register(database, clinic, a_session(person))
    with database.write(clinic.id) as db:
        reminders.skip(db, str(view.reminders[2].id), reason=REASON, by=BY, now=NOW)
        set_trial_phones(db, clinic.id, (STAFF_PHONE,))
        asked = idempotency.Asked(route="POST /sessions", key="k", body=PHONE.encode())
        idempotency.once(db, asked, lambda: idempotency.Answered(status=201, body=NAME), now=NOW)
        todo = Todo(kind=TodoKind.SAFETY_NOT_SENT, details={"rule": "danger", "because": REASON})
        todos.do(db, str(needing.need_person(db, todo, now=NOW)), REASON, by=BY, now=NOW)
    drain = a_drain(database, AcceptingSender(), StoppedClock(NOW + timedelta(days=1)))
    drain.run(until=lambda: False)
    drain.stop()
    with database.read(clinic.id) as db:
        sent = [str(entry.body) for entry in outbox.entries(db) if entry.sent_at]
    database.close()
    assert len(sent) > 1
    return [*NAME.split(), PHONE, PHONE[-6:], EMAIL, "quill.example", BORN.isoformat(), REASON, STAFF_PHONE, *sent]


def readable(data: bytes, words: list[str]) -> list[str]:
    """The words that stand in the data, in any case, with one or two bytes a letter."""
    lower = data.lower()
    return [word for word in words if any(word.lower().encode(form) in lower for form in ("utf-8", "utf-16-le"))]


def test_nothing_personal_can_be_read_in_a_sqlite_file(fresh_sqlite_url: str, key_ring: KeyRing) -> None:
    secrets = use(fresh_sqlite_url, key_ring)

    file = Path(fresh_sqlite_url.removeprefix("sqlite:///"))
    data = b"".join(part.read_bytes() for part in sorted(file.parent.glob(f"{file.name}*")))

    assert b"microneedling" in data
    assert readable(data, secrets) == []


def test_nothing_personal_can_be_read_in_a_dump_of_postgresql(fresh_postgresql_url: str, key_ring: KeyRing) -> None:
    secrets = use(fresh_postgresql_url, key_ring)

    url = make_url(fresh_postgresql_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        data = b"".join(copied(connection, table) for table in schema.metadata().tables)

    assert b"microneedling" in data
    assert readable(data, secrets) == []


def copied(connection: psycopg.Connection, table: str) -> bytes:
    """A table as the server's binary dump holds it: what is stored in bytes stands there as such."""
    statement = sql.SQL("COPY {} TO STDOUT WITH (FORMAT binary)").format(sql.Identifier(table))
    with connection.cursor().copy(statement) as copy:
        return b"".join(bytes(part) for part in copy)
