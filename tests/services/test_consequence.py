from __future__ import annotations

from datetime import date, timedelta

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.people.consent import Consent, Purpose, Word
from scheduler.domain.people.patients import Channel
from scheduler.domain.people.reach import NoReach
from scheduler.services import consenting, reminders
from scheduler.services.consequence import Consequence, DoubtKind, consequence
from scheduler.services.people import ConsentGiven
from scheduler.services.registering import Given
from scheduler.storage.consents import add_consent, history_of
from scheduler.storage.database import Database
from tests.builders import (
    BY,
    CATALOG,
    ENDED_AT,
    FACTS,
    NOW,
    a_clinic,
    a_person,
    a_quiet_session,
    a_session,
    register,
    stored_rows,
)

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


def ahead(database: Database, clinic: Clinic, given: Given | None = None) -> Consequence:
    with database.read(clinic.id) as db:
        return consequence(db, given or a_session(), flags=CATALOG.flags, now=NOW)


def doubts(found: Consequence) -> list[DoubtKind]:
    return [doubt.kind for doubt in found.doubts]


def test_what_saving_would_send_is_counted_as_messages_and_nothing_is_stored(
    database: Database, clinic: Clinic
) -> None:
    before = stored_rows(database)

    found = ahead(database, clinic)

    assert stored_rows(database) == before
    assert (found.count(Channel.SMS), found.count(Channel.EMAIL), found.late) == (9, 0, 0)
    times = [f"{message.due_at:%d %b %H:%M}" for message in found.messages]
    assert (len(times), times[0], times[-1]) == (9, "03 Mar 15:30", "31 Mar 09:00"), "two reminders go as one"
    assert len({message.about for message in found.messages}) == 9
    assert (found.no_texts, found.doubts, found.is_twin, found.paused) == (None, (), False, False)


def test_what_goes_by_email_is_told_apart(database: Database, clinic: Clinic) -> None:
    found = ahead(database, clinic, a_session(a_person(phone="+441632960103", email="a@example.com", mail=True)))

    assert (found.count(Channel.SMS), found.no_texts) == (0, NoReach.LANDLINE)
    assert found.count(Channel.EMAIL) == len(found.messages) > 0


def test_who_stopped_texts_is_said_with_the_day(database: Database, clinic: Clinic) -> None:
    known = register(database, clinic, a_session(ended_at=ENDED_AT - 20 * DAY))
    with database.write(clinic.id) as db:
        word = Consent(channel="sms", purpose=Purpose.CARE, word=Word.STOPPED, source="inbound text", at=NOW - 9 * DAY)
        add_consent(db, str(known.patient_id), word, recorded_by="patient")

    found = ahead(database, clinic, a_session(patient_id=known.patient_id))

    assert (found.messages, found.no_texts, found.stopped_on) == ((), NoReach.STOPPED, date(2026, 2, 22))


def test_consent_that_a_known_patient_gives_now_counts(database: Database, clinic: Clinic) -> None:
    known = a_quiet_session(database, clinic, a_person(sms=None))
    given = Given(
        procedure="microneedling",
        ended_at=ENDED_AT,
        facts=FACTS,
        patient_id=known.patient_id,
        consent=ConsentGiven(sms=True, wording="desk-1"),
    )

    found = ahead(database, clinic, given)
    stored = register(database, clinic, given)

    assert (len(found.messages), found.no_texts) == (9, None)
    assert len(stored.reminders) == 10
    with database.read(clinic.id) as db:
        [(said, told)] = history_of(db, str(known.patient_id))
    assert (said.word, said.at, told.recorded_by, told.wording) == (Word.GIVEN, NOW, BY, "desk-1")


def test_paperwork_never_lifts_a_stop(database: Database, clinic: Clinic) -> None:
    known = register(database, clinic, a_session(ended_at=ENDED_AT - 20 * DAY))
    with database.write(clinic.id) as db:
        consenting.opt_out(
            db,
            str(known.patient_id),
            Channel.SMS,
            [Purpose.CARE],
            source="phone",
            evidence="She called",
            by=BY,
            now=NOW - DAY,
        )

    given = Given(
        procedure="microneedling",
        ended_at=ENDED_AT,
        facts=FACTS,
        patient_id=known.patient_id,
        consent=ConsentGiven(sms=True),
    )

    assert ahead(database, clinic, given).no_texts is NoReach.STOPPED
    assert register(database, clinic, given).reminders == ()


# What asks for a second look


@pytest.mark.parametrize(("needle", "asked"), [(0.12, 1), (0.13, 0), (2.9, 0), (3.0, 1), (3.5, 1)])
def test_a_number_far_from_what_the_clinic_picks_is_asked_about(
    database: Database, clinic: Clinic, needle: float, asked: int
) -> None:
    found = ahead(database, clinic, a_session(facts={**FACTS, "needle_mm": needle}))

    assert doubts(found) == [DoubtKind.UNLIKELY] * asked
    assert {(doubt.label, doubt.usual) for doubt in found.doubts} <= {("longest needle", "0.25 mm to 1.5 mm")}


@pytest.mark.parametrize(("ago", "asked"), [(2 * DAY, 0), (2 * DAY + MINUTE, 1)])
def test_a_session_of_long_ago_is_asked_about_with_what_is_too_late(
    database: Database, clinic: Clinic, ago: timedelta, asked: int
) -> None:
    found = ahead(database, clinic, a_session(ended_at=NOW - ago))

    assert doubts(found) == [DoubtKind.LONG_AGO] * asked
    assert all((doubt.days, doubt.late) == (2, found.late) for doubt in found.doubts)
    assert found.late > 0


@pytest.mark.parametrize(("before", "asked"), [(7 * DAY, 1), (7 * DAY + MINUTE, 0), (MINUTE, 1), (-MINUTE, 1)])
def test_the_same_treatment_within_a_week_is_asked_about(
    database: Database, clinic: Clinic, before: timedelta, asked: int
) -> None:
    register(database, clinic, a_session(ended_at=ENDED_AT - before))

    assert doubts(ahead(database, clinic)) == [DoubtKind.SOON_AGAIN] * asked


def test_another_treatment_or_a_voided_one_is_not(database: Database, clinic: Clinic) -> None:
    peel = a_session(procedure="chemical_peel", facts={"depth": "superficial"}, ended_at=ENDED_AT - DAY)
    register(database, clinic, peel)
    voided = register(database, clinic, a_session(ended_at=ENDED_AT - DAY))
    with database.write(clinic.id) as db:
        reminders.void(db, str(voided.id), by=BY, now=NOW)

    assert doubts(ahead(database, clinic)) == []


def test_the_very_same_session_is_known_and_not_doubted(database: Database, clinic: Clinic) -> None:
    register(database, clinic)

    found = ahead(database, clinic)

    assert (found.is_twin, found.doubts) == (True, ())
