"""One plan a patient out of all sessions: the stricter advice wins, and nothing is told twice."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from scheduler.services import registering
from scheduler.storage import told_dates
from scheduler.storage.database import Database
from tests.builders import ENDED_AT, FACTS, NOW, a_session
from tests.stories.passing import Passing, a_peel, local, told_by_text

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def test_a_peel_on_day_4_puts_the_restart_off_and_says_so(database: Database) -> None:
    clinic = Passing(database)
    clinic.register(a_session(facts={**FACTS, "needle_mm": 1.0}))
    clinic.pass_until(NOW + 4 * DAY)

    clinic.register(a_peel(ENDED_AT + 4 * DAY))
    clinic.pass_until(NOW + 40 * DAY)

    assert clinic.days_of("resume-actives") == [date(2026, 3, 15)]
    assert clinic.entry("resume-actives").because.endswith("Its topics end with Chemical peel of Saturday 7 March.")


def test_voiding_the_peel_on_day_13_still_tells_the_patient(database: Database) -> None:
    clinic = Passing(database)
    clinic.register(a_session())
    clinic.pass_until(NOW + 4 * DAY)
    peel = clinic.register(a_peel(ENDED_AT + 4 * DAY, depth="medium"))
    clinic.pass_until(NOW + 13 * DAY)

    clinic.void(peel)
    clinic.pass_until(NOW + 40 * DAY)

    told_until = date(2026, 3, 21)  # by the peel's own text, so nothing permits earlier
    assert clinic.days_of("no-actives")[-1] == date(2026, 3, 8)
    assert clinic.days_of("resume-actives") == [told_until + DAY]
    assert clinic.entry("resume-actives").because.endswith(
        "A message told the patient until after Saturday 21 March, so it waits for that, too."
    )
    assert not [record for record in clinic.sent if record.session_id == peel.id and local(record) > NOW + 13 * DAY]
    (todo,) = clinic.todos
    assert todo.startswith("Chemical peel of Saturday 7 March was voided when 7 of its messages had gone out")


@pytest.mark.parametrize(
    "second",
    [a_session(facts={**FACTS, "needle_mm": 1.5}), a_peel(ENDED_AT), a_peel(ENDED_AT, depth="medium")],
    ids=["deeper needling", "superficial peel", "medium peel"],
)
def test_two_sessions_of_one_day_give_no_doubled_text(database: Database, second: registering.Given) -> None:
    clinic = Passing(database, start=NOW - 2 * HOUR)
    first = clinic.register(a_session(ended_at=ENDED_AT - 3 * HOUR))
    clinic.pass_until(NOW)

    again = clinic.register(second)
    clinic.pass_until(NOW + 60 * DAY)

    said = [clause for posting in clinic.sender.sent for clause in posting.message.body.split(". ")]
    shade = [posting for posting in clinic.sender.sent if "tay in the shade" in posting.message.body]
    told = Counter((record.template, local(record).date()) for record in clinic.sent)
    assert len(shade) == 1
    assert sum("tay in the shade" in clause for clause in said) == 1
    assert set(told.values()) == {1}
    assert told_by_text(first) | told_by_text(again) <= {topic for one in clinic.sent for topic in one.topic_ends}


def test_two_reminders_of_one_hour_go_as_one_message_and_both_dates_are_told(database: Database) -> None:
    clinic = Passing(database)
    view = clinic.register(a_session())

    clinic.pass_until(NOW + 2 * DAY)

    posting = clinic.sender.sent[-1]
    together = {record.id: record for record in clinic.sent if record.id in posting.reminder_ids}
    with database.read(clinic.clinic.id) as db:
        told = {(one.topic, one.until) for one in told_dates.told_of(db, {str(view.patient_id)})[str(view.patient_id)]}
    assert {record.rule for record in together.values()} == {"heat-exercise", "spf-sun"}
    assert {record.bundled_into for record in together.values()} == {None, posting.reminder_ids[0]}
    for record in together.values():
        named = max(record.topic_ends.values())  # one date for all its topics
        assert {(topic, named) for topic in record.topic_ends} <= told
        assert "Goes as one message with" in clinic.entry(record.rule).because
    assert all(f"until after {day}" in posting.message.body for day in ("Friday 6 March", "Tuesday 31 March"))
