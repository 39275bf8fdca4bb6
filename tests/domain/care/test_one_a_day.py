from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

from scheduler.domain.care.changes import diff
from scheduler.domain.care.protocols import AtWindowEnd
from scheduler.domain.care.reasons import Why, sentence
from scheduler.domain.delivery.reminders import Identity, Kind, Status
from tests.domain.care.builders import ENDED, a_protocol, a_rule, a_session, a_window, on_days, utc, wall
from tests.domain.care.plans import a_plan, history_of, only_reminder, rows_of, timetable, why_not

MORNING = a_session("s-1", ended_at=wall("2026-03-03T09:30"))
AFTERNOON = a_session("s-2", ended_at=wall("2026-03-03T15:00"))
PEEL = a_session("s-3", ended_at=wall("2026-03-03T16:00"), procedure="peel")
DANGER = a_rule("danger", kind=Kind.SAFETY, send=on_days(1, at="17:00"), topics=())


def test_two_sessions_of_one_day_give_no_doubled_text() -> None:
    plan = a_plan(a_protocol(DANGER, a_rule()), sessions=[MORNING, AFTERNOON], now=ENDED)

    assert timetable(plan) == ["03-04 10:00 no-actives", "03-04 17:00 danger"]
    assert [(left.session_id, left.rule, left.reason.code) for left in plan.not_planned] == [
        ("s-2", "danger", Why.SAME_DAY),
        ("s-2", "no-actives", Why.SAME_DAY),
    ]


def test_what_is_left_out_names_what_says_the_same_and_when() -> None:
    plan = a_plan(a_protocol(DANGER), sessions=[MORNING, AFTERNOON], now=ENDED)

    assert sentence(plan.not_planned[0].reason) == "danger says the same on 4 March, and one a day is enough"


def test_the_same_words_in_another_procedure_are_the_same() -> None:
    needling = a_protocol(a_rule("actives", template="no-actives"))
    peel = a_protocol(a_rule("no-acids", template="no-actives"), procedure="peel")

    plan = a_plan(needling, peel, sessions=[MORNING, PEEL], now=ENDED)

    assert timetable(plan) == ["03-04 10:00 actives"]
    assert why_not(plan) == {"no-acids": Why.SAME_DAY}


def test_a_rule_of_the_same_name_in_another_procedure_is_another_rule() -> None:
    needling = a_protocol(a_rule("start", template="start-needling"))
    peel = a_protocol(a_rule("start", template="start-peel"), procedure="peel")

    assert len(a_plan(needling, peel, sessions=[MORNING, PEEL], now=ENDED).reminders) == 2


def test_same_as_is_one_a_day_of_both_whichever_names_the_other() -> None:
    first, second = a_rule("first"), a_rule("second", send=on_days(1, at="12:00"))
    for pair in ((replace(first, same_as="second"), second), (first, replace(second, same_as="first"))):
        plan = a_plan(a_protocol(*pair))

        assert timetable(plan) == ["03-04 10:00 first"]
        assert why_not(plan) == {"second": Why.SAME_DAY}


def test_same_as_reaches_what_has_the_words_of_the_named_rule_in_another_procedure() -> None:
    again = a_rule("again", send=on_days(3))
    needling = a_protocol(a_rule("shade", same_as="again"), again)
    peel = a_protocol(a_rule("shade-heat", same_as="again"), replace(again, id="more"), again, procedure="peel")

    plan = a_plan(needling, peel, sessions=[MORNING, PEEL], now=ENDED)

    assert timetable(plan) == ["03-04 10:00 shade", "03-06 10:00 again"]
    assert why_not(plan)["shade-heat"] is Why.SAME_DAY


def test_same_as_on_another_day_is_said_again() -> None:
    rules = (a_rule("first"), a_rule("second", send=on_days(2), same_as="first"))

    assert timetable(a_plan(a_protocol(*rules))) == ["03-04 10:00 first", "03-05 10:00 second"]


def test_the_day_is_the_patients() -> None:
    rules = (
        a_rule("first", send=on_days(1, at="09:00")),
        a_rule("second", send=on_days(1, at="19:00"), same_as="first"),
    )

    assert len(a_plan(a_protocol(*rules)).reminders) == 1


def test_late_steps_of_one_rule_that_would_go_on_one_day_go_once() -> None:
    rule = a_rule("blisters", kind=Kind.SAFETY, send=on_days(2, 4, 7), topics=(), useful_for="9d")
    session = a_session(known_at=wall("2026-03-07T12:00"))

    plan = a_plan(a_protocol(rule), sessions=[session])

    assert timetable(plan) == ["03-07 12:00 blisters", "03-10 10:00 blisters"]


def test_the_one_that_tells_the_later_end_stays() -> None:
    needling = a_protocol(a_rule("short", template="leave-out"), windows=[a_window(until="3d")])
    peel = a_protocol(
        a_rule("long", template="leave-out", topics=("acids",), send=on_days(1, at="12:00")),
        procedure="peel",
        windows=[a_window("acids", "9d")],
    )

    plan = a_plan(needling, peel, sessions=[MORNING, PEEL], now=ENDED)

    assert timetable(plan) == ["03-04 12:00 long"]


def test_of_texts_that_permit_the_last_of_the_day_stays() -> None:
    rules = (
        a_rule("early", kind=Kind.RESUME, send=AtWindowEnd(time(9)), topics=("acids",)),
        a_rule("late", kind=Kind.RESUME, send=AtWindowEnd(time(11)), topics=("acids",), same_as="early"),
    )

    plan = a_plan(a_protocol(*rules, windows=[a_window("acids")]))

    assert timetable(plan) == ["03-09 11:00 late"]


def test_what_was_sent_that_day_stays_and_the_new_sessions_text_is_left_out() -> None:
    protocol = a_protocol(DANGER)
    (row,) = rows_of(a_plan(protocol, sessions=[MORNING]), Status.SENT, planned_at=MORNING.known_at)

    plan = a_plan(protocol, sessions=[MORNING, AFTERNOON], history=history_of(row), now=utc("2026-03-04T18:00"))

    assert [reminder.identity for reminder in plan.reminders] == [Identity("s-1", "danger", 0)]


def test_what_a_person_left_out_does_not_stand_in_for_another() -> None:
    protocol = a_protocol(DANGER)
    (row,) = rows_of(a_plan(protocol, sessions=[MORNING]), Status.SKIPPED, planned_at=MORNING.known_at)

    plan = a_plan(
        protocol, sessions=[MORNING, AFTERNOON], history=history_of(replace(row, touched=True)), now=AFTERNOON.known_at
    )

    assert [reminder.identity.session_id for reminder in plan.reminders] == ["s-1", "s-2"]


def test_what_a_person_moved_to_a_day_counts_there() -> None:
    protocol = a_protocol(DANGER)
    (row,) = rows_of(a_plan(protocol, sessions=[MORNING]), planned_at=MORNING.known_at)
    moved = replace(row, due_at=row.due_at + timedelta(hours=1), touched=True)

    plan = a_plan(protocol, sessions=[MORNING, AFTERNOON], history=history_of(moved), now=AFTERNOON.known_at)

    assert [reminder.identity.session_id for reminder in plan.reminders] == ["s-1"]


def test_voiding_the_session_that_said_it_gives_the_other_its_text_back() -> None:
    protocol = a_protocol(DANGER)
    rows = rows_of(a_plan(protocol, sessions=[MORNING, AFTERNOON], now=ENDED), planned_at=ENDED)

    plan = a_plan(protocol, sessions=[replace(MORNING, voided=True), AFTERNOON], history=history_of(*rows), now=ENDED)

    assert only_reminder(plan).identity == Identity("s-2", "danger", 0)


def test_what_was_left_out_is_not_planned_late_the_next_day() -> None:
    protocol = a_protocol(DANGER, a_rule("hands-off", kind=Kind.SAFETY, topics=(), same_as="danger"))
    sessions = [MORNING, replace(AFTERNOON, known_at=wall("2026-03-05T09:00"))]
    rows = rows_of(a_plan(protocol, sessions=sessions), planned_at=wall("2026-03-05T09:00"))

    for later in range(1, 60, 7):
        now = wall("2026-03-05T09:00") + timedelta(hours=later)
        assert diff(a_plan(protocol, sessions=sessions, history=history_of(*rows), now=now), rows, now).empty
