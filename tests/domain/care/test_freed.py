"""A text that permits, deferred by another session, when a change ends what held it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

from scheduler.domain.care.changes import diff
from scheduler.domain.care.history import KnownReminder, ToldDate
from scheduler.domain.care.planning import Plan
from scheduler.domain.care.protocols import AtWindowEnd
from scheduler.domain.care.reasons import Why, sentence
from scheduler.domain.delivery.reminders import Kind, Status
from tests.domain.care.builders import (
    ENDED,
    a_patient,
    a_protocol,
    a_rule,
    a_session,
    a_window,
    an_override,
    on_clock,
    on_days,
    wall,
)
from tests.domain.care.plans import a_plan, history_of, only_reminder, planned, rows_of

NEEDLING = a_protocol(
    a_rule("resume", kind=Kind.RESUME, send=AtWindowEnd(time(10)), useful_for="72h"), windows=[a_window(until="7d")]
)
PEEL = a_protocol(procedure="peel", windows=[a_window(until="14d")])
SESSIONS = [a_session("s-1"), a_session("s-2", ended_at=wall("2026-03-07T14:30"), procedure="peel")]
VOIDED = [SESSIONS[0], replace(SESSIONS[1], voided=True)]
DAY_13 = wall("2026-03-16T12:00")


def deferred() -> list[KnownReminder]:
    return rows_of(a_plan(NEEDLING, PEEL, sessions=SESSIONS, now=ENDED), planned_at=ENDED)


def freed(rows: list[KnownReminder], now: datetime = DAY_13) -> Plan:
    return a_plan(NEEDLING, PEEL, sessions=VOIDED, history=history_of(*rows), now=now)


def test_a_peel_on_day_4_defers_the_restart() -> None:
    (row,) = deferred()

    assert on_clock(row.due_at) == "2026-03-22 10:00"


def test_voiding_the_peel_on_day_13_still_tells_the_patient() -> None:
    reminder = only_reminder(freed(deferred()))

    assert on_clock(reminder.due_at) == "2026-03-16 12:00"
    assert reminder.useful_until == DAY_13 + timedelta(hours=72)
    assert sentence(reminder.reasons[-1]) == (
        "What held it back ended by a change on 16 March, 12:00, and its use counts from then."
    )


def test_it_waits_for_the_hours_in_which_it_may_go() -> None:
    reminder = only_reminder(freed(deferred(), wall("2026-03-16T21:00")))

    assert on_clock(reminder.due_at) == "2026-03-17 08:00"
    assert [reason.code for reason in reminder.reasons] == [Why.RULE, Why.FREED, Why.HOURS]


def test_its_use_counts_from_the_change_through_every_re_planning() -> None:
    rows = rows_of(freed(deferred()), planned_at=ENDED)

    for hours in (0, 1, 50, 500):
        now = DAY_13 + timedelta(hours=hours)
        assert diff(freed(rows, now), rows, now).empty


def test_a_change_before_the_end_moves_the_text_to_the_end() -> None:
    reminder = only_reminder(freed(deferred(), wall("2026-03-09T12:00")))

    assert on_clock(reminder.due_at) == "2026-03-11 10:00"
    assert on_clock(reminder.useful_until) == "2026-03-14 00:00"


def test_an_override_frees_it_too() -> None:
    patient = a_patient(overrides=(an_override(wall("2026-03-12T00:00"), session_id="s-2"),))

    plan = a_plan(NEEDLING, PEEL, sessions=SESSIONS, patient=patient, history=history_of(*deferred()), now=DAY_13)

    assert planned(plan, "resume").due_at == DAY_13


def test_a_longer_date_that_was_told_still_holds_it() -> None:
    told = ToldDate(topic="retinoid_otc", until=wall("2026-03-22T00:00"), told_at=wall("2026-03-08T10:00"))

    plan = a_plan(NEEDLING, PEEL, sessions=VOIDED, history=history_of(*deferred(), told=[told]), now=DAY_13)

    assert on_clock(only_reminder(plan).due_at) == "2026-03-22 10:00"
    assert sentence(only_reminder(plan).reasons[-1]) == (
        "A message told the patient until after Saturday 21 March, so it waits for that, too."
    )


def test_a_told_date_that_is_no_later_than_the_windows_is_no_reason() -> None:
    told = ToldDate(topic="retinoid_otc", until=wall("2026-03-22T00:00"), told_at=wall("2026-03-08T10:00"))

    plan = a_plan(NEEDLING, PEEL, sessions=SESSIONS, history=history_of(*deferred(), told=[told]), now=DAY_13)

    assert Why.TOLD not in [reason.code for reason in only_reminder(plan).reasons]


def test_what_went_already_is_left_as_it_is() -> None:
    rows = [replace(row, status=Status.SENT) for row in deferred()]

    assert diff(freed(rows), rows, DAY_13).keep == tuple(rows)


def test_a_text_that_permits_nothing_is_not_freed() -> None:
    check = a_rule("look", kind=Kind.CHECK, send=on_days(6))
    needling = a_protocol(check, windows=[a_window(until="7d")])
    rows = rows_of(a_plan(needling, PEEL, sessions=SESSIONS, now=ENDED), planned_at=ENDED)
    later = wall("2026-03-12T12:00")

    plan = a_plan(needling, PEEL, sessions=VOIDED, history=history_of(*rows), now=later)

    assert [reason.code for reason in only_reminder(plan).reasons] == [Why.RULE]
