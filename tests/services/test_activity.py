from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.people.consent import Purpose
from scheduler.domain.people.patients import Channel
from scheduler.services import activity, consenting, reminders, same_patient
from scheduler.services.activity import Happening, Sort
from scheduler.services.views import SessionView
from scheduler.storage import audit
from scheduler.storage.database import Database
from tests.builders import BY, NOW, a_clinic, a_person, a_session, drain_at, register
from tests.fakes import AcceptingSender

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


@pytest.fixture
def view(database: Database, clinic: Clinic) -> SessionView:
    return register(database, clinic)


def happenings(database: Database, clinic: Clinic, patient_id: str | None) -> list[Happening]:
    with database.read(clinic.id) as db:
        return activity.happenings(db, str(patient_id))


def test_what_people_did_what_was_said_and_what_went_stands_newest_first(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    due = view.reminders[0].due_at
    drain_at(database, AcceptingSender(), due)
    with database.write(clinic.id) as db:
        reminders.skip(db, str(view.reminders[-1].id), reason="told in person", by="Sam", now=due + MINUTE)

    found = happenings(database, clinic, view.patient_id)

    assert [one.at for one in found] == sorted((one.at for one in found), reverse=True)
    assert {(one.by, one.sort, one.sentence) for one in found} == {
        ("Sam", Sort.MESSAGES, "Skipped: Look at your skin in daylight, told in person"),
        ("aftercare", Sort.MESSAGES, "Text sent: Your care today."),
        (BY, Sort.CONSENT, "Agreed to texts for care, said at desk."),
        (BY, Sort.CHANGES, "Registered a session of Microneedling that ended at 2026-03-03T14:30:00+00:00."),
    }


def test_a_bundle_that_went_is_one_entry_that_names_its_parts(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    due = next(one.due_at for one in view.reminders if one.rule == "heat-exercise")
    drain_at(database, AcceptingSender(), due)

    sentences = [one.sentence for one in happenings(database, clinic, view.patient_id)]

    assert sentences.count("Text sent: No heat or pool and Each morning.") == 1


def test_what_people_did_with_a_message_names_it_by_its_title_in_plain_words(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    one = next(one for one in view.reminders if one.rule == "no-actives")
    told = {
        "move": "Move: no-actives to 2026-03-04T10:00:00+00:00",
        "send-now": "Send now: no-actives, which was in_doubt and due 2026-03-04T10:00:00+00:00.",
        "put-back": "Put back: no-actives, due 2026-03-04T10:00:00+00:00 as before.",
        "stop": "Stopped: no-actives.",
        "scheduled": "Scheduled: no-actives",
    }
    with database.write(clinic.id) as db:
        for act, sentence in told.items():
            subject = f"reminder {one.id}"
            audit.record(db, at=NOW, actor="Sam", action=f"reminder.{act}", subject=subject, sentence=sentence)

    found = happenings(database, clinic, view.patient_id)

    assert {one.sentence for one in found if one.by == "Sam"} == {
        "Moved: What to leave out to 2026-03-04T10:00:00+00:00",
        "To be sent now: What to leave out, which was due 2026-03-04T10:00:00+00:00.",
        "Put back: What to leave out, due 2026-03-04T10:00:00+00:00 as before.",
        "Stopped: What to leave out.",
        "Restored: What to leave out",
    }


def test_what_the_patient_said_later_stands_once(database: Database, clinic: Clinic, view: SessionView) -> None:
    with database.write(clinic.id) as db:
        consenting.opt_out(
            db,
            str(view.patient_id),
            Channel.SMS,
            [Purpose.CARE],
            source="phone",
            evidence="called us",
            by="Sam",
            now=NOW + HOUR,
        )

    said = [one for one in happenings(database, clinic, view.patient_id) if one.sort is Sort.CONSENT]

    assert [one.sentence for one in said] == [
        "Stopped texts for care, said at phone.",
        "Agreed to texts for care, said at desk.",
    ]


def test_the_one_who_stays_after_a_merge_has_what_happened_to_both(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    other = register(database, clinic, a_session(a_person("Amy Khan", phone="+447700900124")))
    with database.write(clinic.id) as db:
        same_patient.merge(db, str(other.patient_id), str(view.patient_id), by="Priya", now=NOW)

    sentences = [one.sentence for one in happenings(database, clinic, view.patient_id)]

    assert f"Merged into patient {view.patient_id}." in sentences
    assert f"Took over patient {other.patient_id} with 1 sessions." in sentences


def test_looking_is_noted_once_an_hour_for_each_person_and_page(
    database: Database, clinic: Clinic, view: SessionView
) -> None:
    patient_id, session_id = str(view.patient_id), str(view.id)

    def has_looked(by: str, minutes: int, session: str | None = None) -> bool:
        with database.read(clinic.id) as db:
            return activity.has_looked(db, patient_id, session_id=session, by=by, now=NOW + minutes * MINUTE)

    assert not has_looked("Sam", 0)
    with database.write(clinic.id) as db:
        activity.look(db, patient_id, by="Sam", now=NOW)

    assert has_looked("Sam", 59)
    assert not has_looked("Sam", 60)
    assert not has_looked("Priya", 1)
    assert not has_looked("Sam", 1, session_id)
    with database.write(clinic.id) as db:
        activity.look(db, patient_id, session_id=session_id, by="Sam", now=NOW)
    assert has_looked("Sam", 1, session_id)
    views = [one.sentence for one in happenings(database, clinic, patient_id) if one.sort is Sort.VIEWS]
    assert sorted(views) == ["Looked at the patient's page.", "Looked at the session's page."]


def test_nothing_of_another_patient_or_clinic_is_shown(database: Database, clinic: Clinic, view: SessionView) -> None:
    other = register(database, clinic, a_session(a_person("Zara Khan", phone="+447700900125")))

    sentences = " ".join(one.sentence for one in happenings(database, clinic, other.patient_id))

    assert len(happenings(database, clinic, other.patient_id)) == 2
    assert str(view.patient_id) not in sentences
    assert happenings(database, a_clinic(database, name="Birch"), view.patient_id) == []
