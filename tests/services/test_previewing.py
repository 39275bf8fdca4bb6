from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.domain.errors import Invalid, NotFound
from scheduler.domain.people.consent import Consent, Purpose, Word
from scheduler.services import registering
from scheduler.services.views import SessionView
from scheduler.storage.consents import add_consent
from scheduler.storage.database import Database
from tests.builders import (
    CATALOG,
    ENDED_AT,
    FACTS,
    NOW,
    a_clinic,
    a_person,
    a_session,
    register,
    stored_rows,
)

WEEK = timedelta(days=7)
GIVEN: dict[str, registering.Given] = {
    "a new patient": a_session(a_person("Bea Osei", phone="+447700900124")),
    "radiofrequency, no length": a_session(a_person("Bea Osei", phone="+447700900124"), facts={"modality": "rf"}),
    "flags and a zone": a_session(
        a_person("Bea Osei", phone="+447700900124", flags=("herpes", "melasma"), zone="Asia/Tokyo")
    ),
    "a landline and an address": a_session(
        a_person("Bea Osei", phone="+441632960103", email="bea@example.com", mail=True)
    ),
    "nobody asked": a_session(a_person("Bea Osei", phone="+447700900124", sms=None)),
    "nobody to reach": a_session(a_person("Bea Osei", phone=None)),
    "a known patient's second session": a_session(ended_at=ENDED_AT),
    "a known patient with something new": a_session(
        a_person(email="amira@example.com", mail=True, flags=("pregnant",)), ended_at=ENDED_AT
    ),
    "a known patient who refuses now": a_session(a_person(sms=False), ended_at=ENDED_AT),
    "a shared number": a_session(a_person("Cleo Marsh")),
    "the same session again": a_session(ended_at=ENDED_AT - WEEK),
    "one who stopped": a_session(a_person("Dan Ito", phone="+447700900125")),
    "long ago": a_session(a_person("Bea Osei", phone="+447700900124"), ended_at=NOW - timedelta(days=20)),
}


@pytest.fixture
def clinic(database: Database) -> Clinic:
    """A clinic that treated Amira a week ago, and Dan, who stopped."""
    clinic = a_clinic(database)
    register(database, clinic, a_session(ended_at=ENDED_AT - WEEK), now=NOW - WEEK)
    dan = a_session(a_person("Dan Ito", phone="+447700900125"), ended_at=ENDED_AT - WEEK)
    stopped = register(database, clinic, dan, now=NOW - WEEK)
    with database.write(clinic.id) as db:
        word = Consent(channel="sms", purpose=Purpose.CARE, word=Word.STOPPED, source="inbound text", at=NOW - WEEK / 2)
        add_consent(db, str(stopped.patient_id), word, recorded_by="patient")
    return clinic


def preview(database: Database, clinic: Clinic, given: registering.Given, *, now: datetime = NOW) -> SessionView:
    with database.read(clinic.id) as db:
        return registering.preview(db, given, flags=CATALOG.flags, now=now)


def without_ids(view: SessionView) -> SessionView:
    reminders = tuple(
        replace(reminder, id=None, session_id=None, patient_id=None, bundled_into=None) for reminder in view.reminders
    )
    return replace(view, id=None, patient_id=None, reminders=reminders)


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN)
def test_a_preview_is_what_registering_then_stores(
    database: Database, clinic: Clinic, given: registering.Given
) -> None:
    before = stored_rows(database)

    looked_at = preview(database, clinic, given)

    assert stored_rows(database) == before
    assert looked_at == without_ids(register(database, clinic, given))


def test_a_preview_stores_nothing_even_where_it_might(database: Database, clinic: Clinic) -> None:
    before = stored_rows(database)

    with database.write(clinic.id) as db:
        registering.preview(db, GIVEN["a new patient"], flags=CATALOG.flags, now=NOW)

    assert stored_rows(database) == before


@pytest.mark.parametrize(
    "ended_at", [NOW + timedelta(days=400), NOW - timedelta(days=400)], ids=["a year ahead", "a year ago"]
)
def test_a_preview_takes_any_date(database: Database, clinic: Clinic, ended_at: datetime) -> None:
    given = a_session(a_person("Bea Osei", phone="+447700900124"), ended_at=ended_at)

    view = preview(database, clinic, given, now=ended_at)

    assert [reminder.rule for reminder in view.reminders][:2] == ["start", "shade"]


@pytest.mark.parametrize(
    "given",
    [
        lambda: a_session(ended_at=datetime(2026, 3, 3, 14, 30)),  # noqa: DTZ001  what must be refused
        lambda: a_session(facts={**FACTS, "needle_mm": 9}),
        lambda: a_session(a_person("")),
        lambda: a_session(procedure="peel"),
        lambda: registering.Given(procedure="microneedling", ended_at=ENDED_AT, facts=FACTS),
    ],
    ids=["naive", "fact", "name", "procedure", "nobody"],
)
def test_a_preview_refuses_what_registering_would(
    database: Database, clinic: Clinic, given: Callable[[], registering.Given]
) -> None:
    with pytest.raises(Invalid):
        preview(database, clinic, given())


def test_a_preview_for_another_clinics_patient_is_refused(database: Database, clinic: Clinic) -> None:
    theirs = register(database, a_clinic(database, name="Birch"))

    with pytest.raises(NotFound):
        preview(database, clinic, a_session(patient_id=theirs.patient_id))
