"""Promise 7: 09:00 is 09:00 on the patient's wall clock, through clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from scheduler.domain.clinics import zones
from scheduler.storage.database import Database
from tests.builders import FACTS, a_clinic, a_session, register, stored
from tests.fakes import AcceptingSender
from tests.stories.days import let_pass


@pytest.mark.parametrize(
    ("zone", "ended_at"),
    [
        ("Europe/London", datetime(2026, 3, 27, 14, 30, tzinfo=UTC)),  # clocks go forward on Sunday
        ("Europe/London", datetime(2026, 10, 23, 13, 30, tzinfo=UTC)),  # and back
        ("America/New_York", datetime(2026, 3, 6, 19, 30, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 4, 3, 3, 30, tzinfo=UTC)),  # by half an hour
        ("Africa/Casablanca", datetime(2026, 2, 13, 14, 30, tzinfo=UTC)),  # Ramadan
    ],
)
def test_a_text_of_nine_goes_at_nine_on_both_sides_of_a_clock_change(
    database: Database, zone: str, ended_at: datetime
) -> None:
    clinic = a_clinic(database, zone=zone, now=ended_at)
    now = ended_at + timedelta(minutes=5)
    register(database, clinic, a_session(facts=FACTS, ended_at=ended_at), now=now)

    let_pass(database, AcceptingSender(), start=now, end=now + timedelta(days=10))

    sent = {record.rule: zones.local(record.sent_at, zone) for record in stored(database, clinic) if record.sent_at}
    wall = {rule: (sent[rule].date() - zones.local(ended_at, zone).date(), sent[rule].time()) for rule in sent}
    assert wall["no-actives"] == (timedelta(days=1), time(10))
    assert wall["spf-sun"] == (timedelta(days=2), time(9))
    assert wall["check"] == (timedelta(days=7), time(10))
