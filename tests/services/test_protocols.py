from __future__ import annotations

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.errors import Invalid, NotFound
from scheduler.services import protocols
from scheduler.storage import protocols as stored_protocols
from scheduler.storage.database import Database
from tests.builders import BY, CATALOG, NOW, a_clinic, a_person, a_session, register, stored_rows

PEEL = """\
# A comment at the top, with “quotes”, a tab\tand ümlauts.
format = 1
procedure = "peel"
title   = "Peel"       # odd spacing

[[reminder]]
id = "soon"
kind = "check"
template = "check"
send = { after = "2s" }

# and one at the end, without a line break"""


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


def publish(database: Database, clinic: Clinic, source: str, *, signed_by: str | None = "Dr Osei") -> tuple[str, int]:
    with database.write(clinic.id) as db:
        return protocols.publish_source(
            db, source, file="peel.toml", catalog=CATALOG, by=BY, signed_by=signed_by, now=NOW
        )


def export(database: Database, clinic: Clinic, procedure: str) -> str:
    with database.read(clinic.id) as db:
        return protocols.export_source(db, procedure)


@pytest.mark.parametrize("source", [PEEL, PEEL.replace("\n", "\r\n")], ids=["unix", "windows"])
def test_what_was_published_is_exported_letter_for_letter(database: Database, clinic: Clinic, source: str) -> None:
    published = publish(database, clinic, source)

    assert published == ("peel", 1)
    assert export(database, clinic, "peel") == source


def test_the_protocols_that_ship_are_exported_as_their_files(database: Database, clinic: Clinic) -> None:
    for procedure, source in CATALOG.sources.items():
        assert export(database, clinic, procedure) == source


def test_versions_are_numbered_by_clinic_and_procedure(database: Database, clinic: Clinic) -> None:
    other = a_clinic(database, name="Birch")

    ours = [publish(database, clinic, PEEL)[1] for _ in range(3)]
    theirs = publish(database, other, PEEL)[1]

    assert (ours, theirs) == ([1, 2, 3], 1)


def test_a_new_version_is_for_new_sessions_only(database: Database, clinic: Clinic) -> None:
    publish(database, clinic, PEEL)
    before = register(database, clinic, a_session(procedure="peel", facts={}))

    publish(database, clinic, PEEL.replace('after = "2s"', 'after = "2h"'))
    again = register(database, clinic, a_session(procedure="peel", facts={}))
    other = a_person("Dan Ito", phone="+447700900125")
    after = register(database, clinic, a_session(other, procedure="peel", facts={}))

    assert (before.protocol_version, again.protocol_version, after.protocol_version) == (1, 1, 2)
    assert again.reminders == before.reminders
    assert after.reminders[0].due_at - after.ended_at != before.reminders[0].due_at - before.ended_at


def test_who_signed_is_kept(database: Database, clinic: Clinic) -> None:
    publish(database, clinic, PEEL)

    with database.read(clinic.id) as db:
        stored = stored_protocols.current_version(db, "peel")
        shipped = stored_protocols.current_version(db, "microneedling")
    assert stored is not None
    assert shipped is not None
    assert (stored.signed_by, shipped.signed_by) == ("Dr Osei", None)
    assert (stored.title, stored.published_at) == ("Peel", NOW)


@pytest.mark.parametrize(
    ("source", "mend"),
    [
        (PEEL.replace('template = "check"', 'template = "chekc"'), "check"),
        (PEEL.replace('procedure = "peel"\n', ""), "procedure"),
        (PEEL.replace("format = 1", "format = 2"), "format"),
        (PEEL + "\n[[reminder", "TOML|toml|line"),
    ],
    ids=["template", "procedure", "format", "syntax"],
)
def test_a_file_with_a_mistake_is_refused_and_nothing_is_stored(
    database: Database, clinic: Clinic, source: str, mend: str
) -> None:
    before = stored_rows(database)

    with pytest.raises(Invalid, match=mend):
        publish(database, clinic, source)

    assert stored_rows(database) == before


def test_a_signature_of_blanks_is_refused(database: Database, clinic: Clinic) -> None:
    with pytest.raises(Invalid, match="signs"):
        publish(database, clinic, PEEL, signed_by="  ")


def test_a_procedure_without_a_protocol_is_not_found(database: Database, clinic: Clinic) -> None:
    publish(database, a_clinic(database, name="Birch"), PEEL)

    with pytest.raises(NotFound, match="There is no protocol peel"):
        export(database, clinic, "peel")
