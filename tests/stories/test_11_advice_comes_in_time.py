"""Advice comes in time: registered late, ended at night before a clock change, or on the eve of a closed day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from scheduler.storage.database import Database
from tests.builders import NOW, a_session
from tests.stories.passing import LONDON, Passing, local, told_by_text

DAY = timedelta(days=1)


def test_who_is_registered_two_days_late_gets_at_once_what_still_helps(database: Database) -> None:
    clinic = Passing(database, start=NOW + 2 * DAY)

    view = clinic.register(a_session())
    clinic.pass_until(NOW + 40 * DAY)

    on_day_2 = {record.rule for record in clinic.sent if local(record).date() == date(2026, 3, 5)}
    assert on_day_2 == {"danger", "start", "heat-exercise", "no-actives", "spf-sun"}
    assert {left.rule: left.reason for left in view.not_planned}["shade"] == "too_late"
    assert clinic.entry("no-actives").because.count("Its time was over when it was planned") == 1
    assert clinic.days_of("flaking") == [date(2026, 3, 6)]
    assert clinic.days_of("resume-actives") == [date(2026, 3, 11)]
    named = {topic for record in clinic.sent for topic in record.topic_ends}
    held = {window.topic for window in view.windows if window.until > clinic.sent[0].due_at}
    assert told_by_text(view) & held <= named


@pytest.mark.parametrize(
    ("day", "more"),
    # Ten minutes of day 0 are less than the hour that is skipped: days that must be 24 hours each need one more.
    [("2026-03-28", DAY), ("2026-10-24", 0 * DAY)],
    ids=["an hour is skipped", "an hour comes twice"],
)
def test_a_session_that_ended_at_2350_before_a_clock_change(database: Database, day: str, more: timedelta) -> None:
    ended = datetime.fromisoformat(f"{day}T23:50").replace(tzinfo=LONDON)
    clinic = Passing(database, start=ended + timedelta(minutes=5))

    view = clinic.register(a_session(ended_at=ended))
    clinic.pass_until(ended + 10 * DAY)

    day_0 = date.fromisoformat(day)
    sent = {record.rule: (local(record).date() - day_0, f"{local(record):%H:%M}") for record in clinic.sent}
    assert sent == {
        "start": (DAY, "08:00"),
        "shade-late": (DAY, "08:00"),
        "no-actives": (DAY, "10:00"),
        "danger": (DAY, "17:00"),
        "spf-sun": (2 * DAY, "09:00"),
        "heat-exercise": (2 * DAY, "09:00"),
        "flaking": (3 * DAY, "10:00"),
        "check": (7 * DAY, "10:00"),
        "resume-actives": (8 * DAY + more, "10:00"),
    }
    windows = {window.topic: window for window in view.windows}
    assert windows["spf_start"].until - view.ended_at == DAY  # hours are elapsed time
    assert windows["retinoid_otc"].until_local == day_0 + 5 * DAY + more


def test_a_saturday_session_before_a_closed_sunday_loses_no_advice(database: Database) -> None:
    saturday = datetime(2026, 3, 7, 14, 30, tzinfo=LONDON)
    clinic = Passing(database, start=saturday, settings={"opening_hours": "mon-sat 09:00-17:00"})

    view = clinic.register(a_session(ended_at=saturday))
    clinic.pass_until(saturday + 40 * DAY)

    sunday = {record.rule for record in clinic.sent if local(record).date() == date(2026, 3, 8)}
    assert sunday == {"no-actives", "danger"}
    assert told_by_text(view) <= {topic for record in clinic.sent for topic in record.topic_ends}


def test_where_no_text_may_go_on_sunday_all_is_told_while_it_holds(database: Database) -> None:
    saturday = datetime(2026, 3, 7, 17, 30, tzinfo=LONDON)
    clinic = Passing(database, start=saturday, settings={"sending_hours": "mon-sat 09:00-18:00"})

    view = clinic.register(a_session(ended_at=saturday))
    clinic.pass_until(saturday + 40 * DAY)

    ends = {window.topic: window.until for window in view.windows}
    named = {topic for one in clinic.sent for topic in one.topic_ends if one.sent_at and one.sent_at < ends[topic]}
    assert not [record for record in clinic.sent if local(record).isoweekday() == 7]
    assert told_by_text(view) <= named
    assert clinic.entry("catch-up").because == (
        "No other message tells the patient of make-up, sunscreen while it holds."
    )
