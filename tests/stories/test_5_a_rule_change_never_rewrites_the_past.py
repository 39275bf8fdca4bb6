"""Promise 5, as far as it reaches yet: publishing a version changes no plan and no record of what was said."""

from __future__ import annotations

from datetime import timedelta

from scheduler.services import care, outbox
from scheduler.services.protocols import publish_source
from scheduler.services.views import session_view
from scheduler.storage.database import Database
from tests.builders import BY, CATALOG, ENDED_AT, NOW, StoppedClock, a_clinic, a_session, let_pass, register
from tests.fakes import AcceptingSender

DAY = timedelta(days=1)
LONGER = (
    CATALOG.sources["microneedling"].replace('D1 = "5d"', 'D1 = "9d"').replace("time = 10:00:00", "time = 11:00:00")
)


def test_what_was_planned_and_said_stays_as_it_was(database: Database) -> None:
    clinic = a_clinic(database)
    view = register(database, clinic)
    clock, sender = StoppedClock(), AcceptingSender()
    let_pass(database, sender, clock, NOW + 2 * DAY)
    with database.read(clinic.id) as db:
        before = session_view(db, str(view.id), now=clock.now), outbox.entries(db)

    with database.write(clinic.id) as db:
        name, number = publish_source(
            db, LONGER, file="microneedling.toml", catalog=CATALOG, by=BY, signed_by="Dr Osei", now=clock.now
        )
        changes = care.replan(db, str(view.patient_id), now=clock.now)
    with database.read(clinic.id) as db:
        after = session_view(db, str(view.id), now=clock.now), outbox.entries(db)

    assert CATALOG.sources["microneedling"] != LONGER
    assert (name, number) == ("microneedling", 2)
    assert changes.empty
    assert after == before


def test_a_session_registered_afterwards_follows_the_new_rules_and_the_old_one_its_own(database: Database) -> None:
    clinic = a_clinic(database)
    old = register(database, clinic)
    with database.write(clinic.id) as db:
        publish_source(db, LONGER, file="microneedling.toml", catalog=CATALOG, by=BY, signed_by="Dr Osei", now=NOW)

    new = register(database, clinic, a_session(ended_at=ENDED_AT + 60 * DAY), now=NOW + 60 * DAY)

    times = {view.protocol_version: {f"{one.due_local:%H}" for one in view.reminders} for view in (old, new)}
    assert {"10"} <= times[1]
    assert "11" not in times[1]
    assert {"11"} <= times[2]
    assert "10" not in times[2]
