"""Promise 8: one clinic never sees another's data. Sealing is proven in tests/storage/test_personal_data.py."""

from __future__ import annotations

import pytest

from scheduler.domain.errors import NotFound
from scheduler.services import outbox, reminders, views
from scheduler.storage.database import Database
from tests.builders import BY, NOW, a_clinic, a_session, register, stored


def test_the_same_person_at_two_clinics_is_two_patients_with_two_plans(database: Database) -> None:
    willow, oak = a_clinic(database), a_clinic(database, name="Oak Skin")

    here, there = register(database, willow), register(database, oak)

    assert here.patient_id != there.patient_id
    assert {record.session_id for record in stored(database, willow)} == {here.id}
    assert {record.session_id for record in stored(database, oak)} == {there.id}
    assert not any("Another patient" in notice for notice in there.notices)


def test_another_clinics_ids_are_as_unknown_as_made_up_ones(database: Database) -> None:
    willow, oak = a_clinic(database), a_clinic(database, name="Oak Skin")
    view = register(database, willow)
    reminder_id = str(view.reminders[0].id)

    with database.write(oak.id) as db:
        with pytest.raises(NotFound):
            views.session_view(db, str(view.id), now=NOW)
        with pytest.raises(NotFound):
            reminders.skip(db, reminder_id, reason="not ours", by=BY, now=NOW)
        with pytest.raises(NotFound):
            reminders.void(db, str(view.id), by=BY, now=NOW)
        entries = outbox.entries(db)
    with pytest.raises(NotFound):
        register(database, oak, a_session(patient_id=str(view.patient_id)))

    assert entries == []
    assert len(stored(database, willow)) == len(view.reminders)
