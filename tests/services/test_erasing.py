from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import LargeBinary, func, select, update
from sqlalchemy.engine import make_url

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.delivery.reminders import WITH_PROVIDER, Status
from scheduler.domain.errors import Invalid, NotFound, NotNow
from scheduler.domain.people.consent import Purpose, Word
from scheduler.domain.people.patients import Channel
from scheduler.domain.people.pauses import PauseReason
from scheduler.domain.people.todos import Todo, TodoKind
from scheduler.services import idempotency, pausing, reminders
from scheduler.services.audit_chain import check, seal_all
from scheduler.services.consenting import opt_out
from scheduler.services.erasing import Erased, erase, finish_erasures
from scheduler.services.needing import need_person
from scheduler.services.patient_page import patient_page
from scheduler.services.same_patient import merge
from scheduler.storage import audit, schema
from scheduler.storage.attempts import AttemptRow
from scheduler.storage.audit import BLANKED, AuditRow
from scheduler.storage.consents import consents_of
from scheduler.storage.contacts import ContactPointRow
from scheduler.storage.database import Database
from scheduler.storage.kept_counts import kept_counts
from scheduler.storage.kept_stops import KeptStopRow
from scheduler.storage.patient_records import get_patient_record
from scheduler.storage.patients import PatientNameRow, PatientRow
from scheduler.storage.reminders import ReminderRow
from tests.builders import BY, NOW, StoppedClock, a_clinic, a_person, a_session, drain_at, register, stored, stored_rows
from tests.fakes import AcceptingSender

NAME, PHONE, EMAIL = "Zephyrine Quill", "+447700900188", "zephyrine@quill.example"
LATER = NOW + timedelta(days=1)
WHY = "They asked for it by letter."


def a_history(database: Database, clinic: Clinic) -> str:
    """The id of a patient of whom there is something in every table: sent texts, notes, to-dos, kept answers."""
    view = register(database, clinic, a_session(a_person(NAME, phone=PHONE, email=EMAIL, mail=True)))
    patient_id = str(view.patient_id)
    with database.write(clinic.id) as db:
        reminders.skip(db, str(view.reminders[-1].id), reason="Her sister called.", by=BY, now=NOW)
        ids = {"patient_id": patient_id, "session_id": view.id}
        need_person(db, Todo(kind=TodoKind.NOT_TOLD, details={"sentence": f"Tell {NAME}."}, topic="x", **ids), now=NOW)
        pausing.pause(db, patient_id, PauseReason.HOSPITAL, "Her sister called.", by=BY, now=NOW)
        pausing.resume(db, patient_id, "Zephyrine is back.", by=BY, now=NOW)
        asked = idempotency.Asked(route="POST /sessions", key="k", body=b"{}")
        body = f'{{"id": "{patient_id}", "name": "{NAME}"}}'
        idempotency.once(db, asked, lambda: idempotency.Answered(status=201, body=body), now=NOW)
    drain_at(database, AcceptingSender(), LATER)
    with database.write(clinic.id) as db:
        db.execute(update(AttemptRow).values(reason=f"The number {PHONE} is switched off."))
    return patient_id


def erased(database: Database, clinic: Clinic, patient_id: str, *, reason: str = WHY) -> Erased:
    with database.write(clinic.id) as db:
        done = erase(db, patient_id, reason=reason, by=BY, now=LATER)
    database.settle_file()
    return done


def personal(database: Database, clinic: Clinic) -> list[bytes]:
    """Every sealed value and hash that the clinic's patients and what hangs on them have now."""
    found: list[bytes] = []
    with database.read(clinic.id) as db:
        for table in schema.metadata().tables.values():
            if table.name in {"clinics", "key_checks", "staff", "senders"}:
                continue
            for column in (one for one in table.columns if isinstance(one.type, LargeBinary)):
                found += [value for value in db.scalars(select(column).where(column.is_not(None))) if value]
        hashes = select(PatientRow.name_hash, PatientNameRow.beginning_hash)
        hashes = hashes.join(PatientNameRow, PatientNameRow.patient_id == PatientRow.id)
        points = select(ContactPointRow.value_hash, ContactPointRow.last_four_hash)
        found += [value.encode() for row in (*db.execute(hashes), *db.execute(points)) for value in row if value]
    return found


def everything(url: str) -> bytes:
    """All bytes of a store that is closed."""
    if url.startswith("sqlite"):
        file = Path(url.removeprefix("sqlite:///"))
        return b"".join(part.read_bytes() for part in sorted(file.parent.glob(f"{file.name}*")))
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        return b"".join(_copied(connection, table) for table in schema.metadata().tables)


def _copied(connection: psycopg.Connection, table: str) -> bytes:
    statement = sql.SQL("COPY {} TO STDOUT WITH (FORMAT binary)").format(sql.Identifier(table))
    with connection.cursor().copy(statement) as copy:
        return b"".join(bytes(part) for part in copy)


def test_nothing_of_an_erased_patient_stands_in_the_store_sealed_or_not(database: Database, database_url: str) -> None:
    clinic = a_clinic(database)
    with database.read(clinic.id) as db:
        clinics_own = set(db.scalars(select(AuditRow.sentence_sealed)))
    patient_id = a_history(database, clinic)
    secrets = [value for value in personal(database, clinic) if value not in clinics_own]
    before = everything(database_url)

    erased(database, clinic, patient_id)

    after = everything(database_url)
    assert len(secrets) > 20
    assert sum(secret in before for secret in secrets) == len(secrets)
    assert [secret for secret in secrets if secret in after] == []
    assert [word for word in (NAME, "Quill", PHONE, PHONE[-6:], EMAIL) if word.encode() in after] == []


def test_what_stays_is_that_they_were_erased_and_how_much_there_was(database: Database) -> None:
    clinic = a_clinic(database)
    patient_id = a_history(database, clinic)
    messages = len(stored(database, clinic))

    done = erased(database, clinic, patient_id)

    assert (done.before, done.sessions, done.messages, done.on_their_way) == (False, 1, messages, 0)
    rows = stored_rows(database)
    assert rows["patients"] == 1
    gone = ("sessions", "reminders", "attempts", "todos", "told_dates", "contact_points", "consents", "patient_names")
    assert {table: rows[table] for table in gone} == dict.fromkeys(gone, 0)
    assert rows["kept_answers"] == 0
    with database.read(clinic.id) as db:
        record = get_patient_record(db, patient_id)
        counts = kept_counts(db)
        page = patient_page(db, patient_id)
    assert (record.erased, record.name) == (True, "Erased patient")
    assert sum(number for (_, what), number in counts.items() if what != "sessions") == messages
    assert counts[NOW.date().replace(day=1), "sessions"] == 1
    assert (page.view.erased, page.changeable) == (True, False)


def test_the_audit_keeps_who_did_what_without_its_words_and_its_chain_holds(database: Database) -> None:
    clinic = a_clinic(database)
    patient_id = a_history(database, clinic)
    seal_all(database, StoppedClock())
    with database.write(clinic.id) as db:
        audit.record(db, at=NOW, actor=BY, action="x.y", subject=f"patient {patient_id}", sentence=NAME)  # unsealed

    erased(database, clinic, patient_id)
    with database.read(clinic.id) as db:
        waiting = check(db)
    seal_all(database, StoppedClock())

    with database.read(clinic.id) as db:
        entries, found = audit.entries_about(db, {f"patient {patient_id}"}), check(db)
    [told] = [entry for entry in entries if entry.action == "patient.erase"]
    assert told.sentence.startswith(f"Erased. {WHY} Sessions: 1, messages: ")
    assert {entry.sentence for entry in entries if entry is not told} == {BLANKED}
    assert waiting.found is None
    assert (found.waiting, found.found, found.blanked > 5) == (0, None, True)


def test_erasing_again_changes_nothing(database: Database) -> None:
    clinic = a_clinic(database)
    patient_id = a_history(database, clinic)
    erased(database, clinic, patient_id)
    rows = stored_rows(database)

    again = erased(database, clinic, patient_id)

    assert (again.before, again.sessions, again.messages) == (True, 0, 0)
    assert stored_rows(database) == rows


def test_a_message_on_its_way_is_left_to_end_and_goes_then(database: Database) -> None:
    clinic = a_clinic(database)
    patient_id = a_history(database, clinic)
    with database.write(clinic.id) as db:
        one = db.scalars(select(ReminderRow.id).join(AttemptRow, AttemptRow.reminder_id == ReminderRow.id)).first()
        db.execute(update(ReminderRow).where(ReminderRow.id == one).values(status=Status.SENDING))

    done = erased(database, clinic, patient_id)
    waiting = finish_erasures(database, StoppedClock())
    with database.read(clinic.id) as db:
        left = [(row.id, row.status in WITH_PROVIDER, row.stop_asked) for row in db.scalars(select(ReminderRow))]
    with database.write(clinic.id) as db:
        db.execute(update(ReminderRow).values(status=Status.SENT))
    finished = finish_erasures(database, StoppedClock())

    assert (done.on_their_way, waiting, left) == (1, 0, [(one, True, True)])
    assert finished == 1
    rows = stored_rows(database)
    assert (rows["reminders"], rows["sessions"], rows["attempts"]) == (0, 0, 0)
    assert finish_erasures(database, StoppedClock()) == 0


def test_a_stop_outlives_the_person(database: Database) -> None:
    clinic = a_clinic(database)
    patient_id = a_history(database, clinic)
    with database.write(clinic.id) as db:
        opt_out(db, patient_id, Channel.SMS, Purpose, source="desk", evidence="Said so.", by=BY, now=LATER)

    erased(database, clinic, patient_id)
    back = register(database, clinic, a_session(a_person("Somebody Else", phone=PHONE)), now=LATER)
    other = register(database, clinic, a_session(a_person("Bea Lund", phone="+447700900189")), now=LATER)

    with database.read(clinic.id) as db:
        kept = db.scalar(select(func.count()).select_from(KeptStopRow))
        words = consents_of(db, {str(back.patient_id), str(other.patient_id)})
    assert kept == 2
    assert {word.word for word in words[str(back.patient_id)]} == {Word.STOPPED}
    assert {word.word for word in words[str(other.patient_id)]} == {Word.GIVEN}
    assert not [one for one in back.reminders if one.channel == "sms"]


def test_those_who_were_merged_into_them_go_too(database: Database) -> None:
    clinic = a_clinic(database)
    patient_id = a_history(database, clinic)
    twin = str(register(database, clinic, a_session(a_person("Z Quill", phone="+447700900187"))).patient_id)
    with database.write(clinic.id) as db:
        merge(db, twin, patient_id, by=BY, now=LATER)

    with database.write(clinic.id) as db, pytest.raises(NotNow, match=f"merged into patient {patient_id}"):
        erase(db, twin, reason=WHY, by=BY, now=LATER)
    erased(database, clinic, patient_id)

    with database.read(clinic.id) as db:
        assert {row.erased_at for row in db.scalars(select(PatientRow))} == {LATER}
        assert get_patient_record(db, twin).name == "Erased patient"


@pytest.mark.parametrize("reason", ["", f"{NAME} asked.", "quill asked", f"Called from {PHONE}", f"By {EMAIL}"])
def test_a_reason_is_needed_that_does_not_name_them(database: Database, reason: str) -> None:
    clinic = a_clinic(database)
    patient_id = a_history(database, clinic)

    with database.write(clinic.id) as db, pytest.raises(Invalid, match="reason"):
        erase(db, patient_id, reason=reason, by=BY, now=LATER)

    assert stored_rows(database)["sessions"] == 1


def test_a_patient_of_another_clinic_is_not_found(database: Database) -> None:
    ours, theirs = a_clinic(database), a_clinic(database, name="Birch")
    patient_id = a_history(database, theirs)

    with database.write(ours.id) as db, pytest.raises(NotFound):
        erase(db, patient_id, reason=WHY, by=BY, now=LATER)
