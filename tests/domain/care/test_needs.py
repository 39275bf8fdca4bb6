from __future__ import annotations

from dataclasses import replace

import pytest

from scheduler.domain.care.needs import Need
from scheduler.domain.care.planning import Plan
from scheduler.domain.care.protocols import CareProtocol
from scheduler.domain.care.reasons import Why
from scheduler.domain.delivery.reminders import Kind, Status
from scheduler.domain.people.consent import Word
from tests.domain.care.builders import (
    ENDED,
    YES,
    a_patient,
    a_protocol,
    a_rule,
    a_session,
    a_window,
    on_days,
    said,
    wall,
    when,
)
from tests.domain.care.plans import a_plan, history_of, rows_of

DANGER = a_rule("danger", kind=Kind.SAFETY, send=on_days(1, at="17:00"), topics=())
BLISTERS = a_rule("blisters", kind=Kind.SAFETY, send=on_days(2, 4, 7), topics=())
UNREACHED = a_patient(contacts=())


def needs(plan: Plan) -> list[tuple[str, str, int, Why]]:
    assert {need.kind for need in plan.todos} <= {Need.SAFETY}
    return [(need.session_id, need.rule, need.occurrence, need.reason.code) for need in plan.todos]


def test_a_safety_message_that_can_not_be_planned_makes_a_todo() -> None:
    plan = a_plan(a_protocol(DANGER, a_rule()), patient=UNREACHED)

    assert needs(plan) == [("s-1", "danger", 0, Why.NO_CONTACT)]
    assert plan.todos[0].sentence == (
        "Tell the patient the warning signs; no message does: there is no number or address to send it to."
    )


def test_one_that_is_planned_makes_none() -> None:
    assert a_plan(a_protocol(DANGER)).todos == ()


def test_several_days_of_one_rule_make_one() -> None:
    assert needs(a_plan(a_protocol(BLISTERS), patient=UNREACHED)) == [("s-1", "blisters", 2, Why.NO_CONTACT)]


def test_one_that_came_too_late_makes_one() -> None:
    session = a_session(known_at=wall("2026-03-07T18:00"))

    assert needs(a_plan(a_protocol(DANGER), sessions=[session])) == [("s-1", "danger", 0, Why.TOO_LATE)]


@pytest.mark.parametrize(("known_at", "made"), [("2026-03-08T23:59", 1), ("2026-03-09T00:00", 0)])
def test_a_session_registered_when_its_windows_had_ended_makes_none(known_at: str, made: int) -> None:
    plan = a_plan(a_protocol(DANGER), sessions=[a_session(known_at=wall(known_at))], patient=UNREACHED)

    assert len(plan.todos) == made


def test_a_session_without_windows_makes_one() -> None:
    session = a_session(known_at=wall("2026-05-08T23:59"))

    assert len(a_plan(a_protocol(DANGER, windows=()), sessions=[session], patient=UNREACHED).todos) == 1


def test_what_does_not_speak_to_the_patient_makes_none() -> None:
    flagged = replace(BLISTERS, when=when(flags="herpes"))
    elsewhere = a_rule("rf", kind=Kind.SAFETY, topics=("swim",))

    assert a_plan(a_protocol(flagged, elsewhere)).todos == ()


def test_what_another_session_says_that_day_makes_none() -> None:
    sessions = [a_session("s-1"), a_session("s-2", ended_at=wall("2026-03-03T16:00"))]

    assert a_plan(a_protocol(DANGER), sessions=sessions, now=ENDED).todos == ()


def stopped(protocol: CareProtocol, *statuses: Status, touched: bool = False) -> Plan:
    rows = rows_of(a_plan(protocol), planned_at=ENDED)
    known = [replace(row, status=status, touched=touched) for row, status in zip(rows, statuses, strict=True)]
    patient = a_patient(consents=(*YES, said(Word.STOPPED)))
    return a_plan(protocol, patient=patient, history=history_of(*known), now=wall("2026-03-06T12:00"))


def test_what_went_before_the_patient_stopped_makes_none() -> None:
    assert needs(stopped(a_protocol(DANGER), Status.DELIVERED)) == []


def test_what_a_person_decided_about_makes_none() -> None:
    assert needs(stopped(a_protocol(DANGER), Status.SKIPPED, touched=True)) == []


def test_the_days_that_did_not_go_before_the_patient_stopped_make_one() -> None:
    plan = stopped(a_protocol(BLISTERS), Status.SENT, Status.SCHEDULED, Status.SCHEDULED)

    assert needs(plan) == [("s-1", "blisters", 4, Why.STOPPED)]


def test_each_session_has_its_own() -> None:
    sessions = [a_session("s-1"), a_session("s-2", ended_at=wall("2026-03-20T16:00"))]

    plan = a_plan(a_protocol(DANGER, windows=[a_window(until="40d")]), sessions=sessions, patient=UNREACHED)

    assert [session for session, *_ in needs(plan)] == ["s-1", "s-2"]
