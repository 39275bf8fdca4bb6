"""Promise 5, as far as it reaches now: a published version is for new sessions; running plans keep theirs."""

from __future__ import annotations

from scheduler.services import protocols
from scheduler.storage.database import Database
from tests.builders import BY, CATALOG, NOW, a_clinic, a_person, a_session, register, stored


def test_a_new_version_changes_new_sessions_and_leaves_running_plans_alone(database: Database) -> None:
    clinic = a_clinic(database)
    before = register(database, clinic)
    planned = stored(database, clinic)
    longer = CATALOG.sources["microneedling"].replace('D1 = "5d"', 'D1 = "6d"')
    with database.write(clinic.id) as db:
        protocols.publish_source(
            db, longer, file="microneedling.toml", catalog=CATALOG, by=BY, signed_by="Dr Osei", now=NOW
        )

    after = register(database, clinic, a_session(a_person("Ada Byrne", phone="+447700900124")))

    ends = {
        view.protocol_version: next(window.until for window in view.windows if window.topic == "retinoid_otc")
        for view in (before, after)
    }
    assert list(ends) == [1, 2]
    assert (ends[2] - ends[1]).days == 1
    assert [record for record in stored(database, clinic) if record.session_id == before.id] == planned


def test_a_published_version_can_be_exported_word_for_word(database: Database) -> None:
    clinic = a_clinic(database)

    with database.read(clinic.id) as db:
        exported = protocols.export_source(db, "microneedling")

    assert exported == CATALOG.sources["microneedling"]
