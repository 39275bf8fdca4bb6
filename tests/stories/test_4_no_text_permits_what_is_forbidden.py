"""Promise 4: no text permits a topic while any session of that patient still forbids it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from scheduler.domain.clinics.clinics import Clinic
from scheduler.services.views import session_view
from scheduler.storage.database import Database
from tests.builders import (
    ENDED_AT,
    FACTS,
    NOW,
    StoppedClock,
    a_clinic,
    a_person,
    a_session,
    let_pass,
    register,
    stored,
)
from tests.fakes import AcceptingSender

DAY = timedelta(days=1)
ACTIVES = {"retinoid_otc", "acids", "vit_c", "exfoliate", "alcohol_toner"}


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return a_clinic(database)


def forbidden_at(database: Database, clinic: Clinic, session_ids: list[str], at: datetime) -> set[str]:
    """What the patient's windows forbid at an instant."""
    with database.read(clinic.id) as db:
        views = [session_view(db, session_id, now=at) for session_id in session_ids]
    return {
        window.topic
        for view in views
        for window in view.windows
        if window.advice == "avoid" and window.start <= at < window.until
    }


@pytest.mark.parametrize("days", [1, 8, 20])
@pytest.mark.parametrize("facts", [{"needle_mm": 0.25, "modality": "roller"}, {"modality": "rf"}], ids=["D0", "RF"])
def test_a_second_session_puts_off_what_the_first_would_have_permitted(
    database: Database, clinic: Clinic, days: int, facts: Mapping[str, object]
) -> None:
    first = register(database, clinic)
    sender, clock = AcceptingSender(), StoppedClock()
    let_pass(database, sender, clock, NOW + days * DAY)

    again = a_session(ended_at=ENDED_AT + days * DAY, facts=facts)
    second = register(database, clinic, again, now=NOW + days * DAY)
    let_pass(database, sender, clock, NOW + 90 * DAY)

    sent = [record for record in stored(database, clinic) if record.rule == "resume-actives" and record.sent_at]
    assert sent
    for record in sent:
        assert record.sent_at is not None
        known = [str(first.id)] + ([str(second.id)] if record.sent_at >= NOW + days * DAY else [])
        assert forbidden_at(database, clinic, known, record.sent_at) & ACTIVES == set()


@pytest.mark.parametrize("flag", ["pregnant", "breastfeeding"])
def test_who_may_not_use_retinol_at_all_is_never_told_to_start(database: Database, clinic: Clinic, flag: str) -> None:
    register(database, clinic)
    register(database, clinic, a_session(a_person(flags=(flag,)), facts={**FACTS, "needle_mm": 1.0}))
    sender = AcceptingSender()

    let_pass(database, sender, StoppedClock(), NOW + 90 * DAY)

    resumed = [record for record in stored(database, clinic) if record.kind == "resume" and record.sent_at]
    assert sender.sent
    assert resumed == []
