from __future__ import annotations

import pytest

from scheduler.domain.care.needs import Need
from scheduler.domain.care.planning import Plan
from scheduler.domain.care.reasons import Why
from scheduler.domain.clinics.clinics import Clinic, Limits
from scheduler.domain.clinics.hours import WeekHours
from scheduler.domain.people.patients import Patient
from tests.domain.care.builders import (
    MAILBOX,
    a_clinic,
    a_patient,
    a_protocol,
    a_rule,
    a_session,
    a_topic,
    a_window,
    on_clock,
    on_days,
    wall,
    words,
)
from tests.domain.care.caught_up import TOPICS, WINDOWS, WORDS, a_care_plan, caught_up
from tests.domain.care.plans import ONE, a_plan, planned


def needs(plan: Plan) -> list[tuple[Need, str, int, tuple[str, ...], Why]]:
    return [(need.kind, need.rule, need.occurrence, need.topics, need.reason.code) for need in plan.todos]


@pytest.mark.parametrize(
    ("patient", "clinic", "why"),
    [
        (a_patient(contacts=()), a_clinic(), Why.NO_CONTACT),
        (a_patient(consents=()), a_clinic(), Why.NO_CONSENT),
        (a_patient(), a_clinic(sending_hours=WeekHours(((),) * 7)), Why.NEVER_OPEN),
    ],
)
def test_what_can_not_be_texted_becomes_a_todo(patient: Patient, clinic: Clinic, why: Why) -> None:
    plan = a_care_plan(patient=patient, clinic=clinic)

    assert plan.reminders == ()
    assert needs(plan) == [(Need.CATCH_UP, "catch-up", 0, ("retinoid_otc", "heat"), why)]
    assert plan.todos[0].session_id == "s-1"


def test_a_todo_is_one_plain_sentence() -> None:
    (need,) = a_care_plan(patient=a_patient(contacts=())).todos

    assert need.sentence == (
        "Tell the patient what to leave out (the retinoid_otc, the heat); no message does: "
        "there is no number or address to send it to."
    )


def test_a_version_without_the_words_makes_a_todo() -> None:
    plan = a_plan(a_protocol(windows=WINDOWS), topics=TOPICS)

    assert needs(plan) == [(Need.CATCH_UP, "catch-up", 0, ("retinoid_otc", "heat"), Why.NO_WORDING)]


def test_words_for_the_channel_that_is_used_are_enough() -> None:
    texted, emailed = (
        a_plan(a_protocol(windows=WINDOWS), patient=patient, topics=TOPICS, messages=[words("catch-up")])
        for patient in (a_patient(), a_patient(contacts=(MAILBOX,)))
    )

    assert caught_up(texted) == {"retinoid_otc", "heat"}
    assert texted.todos == ()
    assert needs(emailed) == [(Need.CATCH_UP, "catch-up", 0, ("retinoid_otc", "heat"), Why.NO_WORDING)]


def test_a_topic_that_ends_before_any_text_can_go_becomes_a_todo() -> None:
    windows = [a_window("heat", "4h"), a_window()]
    session = a_session(ended_at=wall("2026-03-03T21:30"))

    plan = a_care_plan(protocol=a_protocol(windows=windows), sessions=[session])

    assert caught_up(plan) == {"retinoid_otc", "heat"}
    assert needs(plan) == [(Need.CATCH_UP, "catch-up", 0, ("heat",), Why.TOO_LATE)]


def test_a_todo_on_several_such_topics_names_the_last_end() -> None:
    windows = [a_window("heat", "4h"), a_window("exercise", "6h"), a_window()]

    plan = a_plan(
        a_protocol(windows=windows),
        sessions=[a_session(ended_at=wall("2026-03-03T21:30"))],
        topics=(*TOPICS, a_topic("exercise")),
        messages=WORDS,
    )

    assert needs(plan) == [(Need.CATCH_UP, "catch-up", 0, ("heat", "exercise"), Why.TOO_LATE)]
    assert plan.todos[0].reason.details == {"until": "4 March, 03:30"}


def test_all_topics_ending_before_any_text_can_go_become_a_todo() -> None:
    session = a_session(ended_at=wall("2026-03-03T21:30"))

    plan = a_care_plan(protocol=a_protocol(windows=[a_window("heat", "4h")]), sessions=[session])

    assert needs(plan) == [(Need.CATCH_UP, "catch-up", 0, ("heat",), Why.TOO_LATE)]
    assert plan.todos[0].reason.details == {"until": "4 March, 01:30"}


def test_it_keeps_the_limits_and_becomes_a_todo_where_there_is_no_room() -> None:
    rules = [a_rule(f"r-{hour}", send=on_days(0, at=f"{hour}:00"), topics=(), useful_for="2h") for hour in (15, 17)]

    later, never = (
        a_care_plan(*rules, clinic=a_clinic(limits=limits), fits=ONE) for limits in (Limits(), Limits(per_course=2))
    )

    assert on_clock(planned(later, "catch-up").due_at) == "2026-03-04 14:30"
    assert needs(never) == [(Need.CATCH_UP, "catch-up", 0, ("retinoid_otc", "heat"), Why.COURSE_LIMIT)]
