"""Promise 7: 09:00 means 09:00 on the patient's wall clock, through clock changes."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.storage.database import Database
from tests.builders import CATALOG, StoppedClock, a_clinic, a_person, a_session, let_pass, register, stored
from tests.fakes import AcceptingSender

DAY = timedelta(days=1)
WALL = {"no-actives": "10:00", "danger": "17:00", "spf-sun": "09:00", "heat-exercise": "09:00", "check": "10:00"}
CHANGES = [
    ("clinic", "Europe/London", "2026-03-28"),  # an hour is skipped in the night after
    ("clinic", "Europe/London", "2026-10-24"),  # an hour comes twice
    ("patient", "America/New_York", "2026-03-07"),
    ("patient", "America/New_York", "2026-10-31"),
    ("clinic", "Australia/Lord_Howe", "2026-04-04"),  # half an hour comes twice
    ("patient", "Australia/Lord_Howe", "2026-10-03"),
    ("patient", "Asia/Kathmandu", "2026-03-28"),  # no change, and a quarter of an hour off the others
]


@pytest.mark.parametrize(("whose", "zone", "day"), CHANGES)
def test_each_text_goes_at_its_time_of_day(database: Database, whose: str, zone: str, day: str) -> None:
    clinic = a_clinic(database, zone=zone if whose == "clinic" else "Europe/Paris")
    ended_at = datetime.fromisoformat(f"{day}T14:30").replace(tzinfo=ZoneInfo(zone))
    person = a_person(zone=None if whose == "clinic" else zone)
    clock, sender = StoppedClock(ended_at), AcceptingSender()

    register(database, clinic, a_session(person, ended_at=ended_at), now=ended_at)
    let_pass(database, sender, clock, ended_at + 9 * DAY)

    sent = {record.rule: record for record in stored(database, clinic) if record.sent_at}
    on_the_wall = {
        rule: f"{record.due_at.astimezone(ZoneInfo(zone)):%H:%M}" for rule, record in sent.items() if rule in WALL
    }
    assert on_the_wall == WALL
    assert Counter(posting.reminder_ids for posting in sender.sent).most_common(1)[0][1] == 1
    rules = {rule.id for rule in CATALOG.protocols["microneedling"].reminders}
    assert set(sent) <= rules


def test_both_days_of_a_change_are_days_however_long(database: Database) -> None:
    clinic = a_clinic(database)
    london = ZoneInfo("Europe/London")
    views = {}
    for ended in ("2026-03-28T09:30", "2026-10-24T09:30", "2026-06-06T09:30"):
        at = datetime.fromisoformat(ended).replace(tzinfo=london)
        person = a_person(ended, phone=f"+4477009001{at.month:02}")
        views[at.month] = register(database, clinic, a_session(person, ended_at=at), now=at)

    waits = {
        month: next(one.due_at - view.ended_at for one in view.reminders if one.rule == "spf-sun")
        for month, view in views.items()
    }

    two_days = timedelta(days=2) - timedelta(minutes=30)
    assert waits == {3: two_days - timedelta(hours=1), 10: two_days + timedelta(hours=1), 6: two_days}
