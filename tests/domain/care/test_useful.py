from __future__ import annotations

from datetime import datetime, time

import pytest

from scheduler.domain.care.protocols import After, AtWindowEnd, ReminderRule
from scheduler.domain.care.reasons import Why
from scheduler.domain.delivery.reminders import Kind
from scheduler.domain.people.consent import Purpose, Word
from tests.domain.care.builders import (
    a_patient,
    a_protocol,
    a_rule,
    a_session,
    a_window,
    lasts,
    on_clock,
    on_days,
    said,
    utc,
)
from tests.domain.care.plans import a_plan, only_refusal, only_reminder

WINDOWS = (a_window("acids", "3d"), a_window("swim", "5d"))


def useful_until(rule: ReminderRule) -> datetime:
    patient = a_patient(consents=(said(Word.GIVEN), said(Word.GIVEN, purpose=Purpose.MARKETING)))
    return only_reminder(a_plan(a_protocol(rule, windows=WINDOWS), patient=patient)).useful_until


@pytest.mark.parametrize(
    ("kind", "until"),
    [
        (Kind.SAFETY, "2026-03-07 10:00"),
        (Kind.CHECK, "2026-03-11 10:00"),
        (Kind.REASSURE, "2026-03-05 10:00"),
        (Kind.REBOOK, "2026-03-18 10:00"),
    ],
)
def test_each_kind_has_its_own_useful_time_from_the_intended_one(kind: Kind, until: str) -> None:
    assert on_clock(useful_until(a_rule(kind=kind, send=on_days(1), topics=()))) == until


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.RESUME])
def test_useful_for_counts_from_the_intended_time(kind: Kind) -> None:
    rule = a_rule(kind=kind, send=on_days(1), topics=("swim",), useful_for="5h")

    assert on_clock(useful_until(rule)) == "2026-03-04 15:00"


def test_useful_for_counts_from_the_intended_time_and_not_from_when_it_goes() -> None:
    night = a_rule(kind=Kind.SAFETY, send=on_days(0, at="22:00"), topics=(), useful_for="12h")

    assert on_clock(useful_until(night)) == "2026-03-04 10:00"


def test_an_instruction_is_useful_while_one_of_its_topics_holds() -> None:
    assert on_clock(useful_until(a_rule(topics=("acids", "swim")))) == "2026-03-09 00:00"
    assert on_clock(useful_until(a_rule(topics=("acids",)))) == "2026-03-07 00:00"


def test_a_correction_is_useful_until_the_new_end() -> None:
    assert on_clock(useful_until(a_rule(kind=Kind.CORRECTION, topics=("acids",)))) == "2026-03-07 00:00"


def test_an_instruction_stays_useful_while_another_session_asks_for_the_same() -> None:
    sessions = [a_session("s-1"), a_session("s-2", ended_at=utc("2026-03-05T14:30"))]

    first, _ = a_plan(a_protocol(a_rule(topics=("acids",)), windows=WINDOWS), sessions=sessions).reminders

    assert on_clock(first.useful_until) == "2026-03-09 00:00"


@pytest.mark.parametrize(("useful_for", "until"), [(None, "2026-03-10 00:00"), ("48h", "2026-03-09 00:00")])
def test_resume_counts_from_the_end_and_not_from_its_time(useful_for: str | None, until: str) -> None:
    rule = a_rule(kind=Kind.RESUME, send=AtWindowEnd(time(10)), topics=("acids",), useful_for=useful_for)

    assert on_clock(useful_until(rule)) == until


def test_resume_on_a_day_counts_from_the_end_too() -> None:
    rule = a_rule(kind=Kind.RESUME, send=on_days(6), topics=("swim",), useful_for="24h")

    assert on_clock(useful_until(rule)) == "2026-03-10 00:00"


@pytest.mark.parametrize(("length", "planned"), [("43h30m", False), ("43h31m", True)])
def test_a_message_is_of_no_use_from_the_end_of_its_use_on(length: str, *, planned: bool) -> None:
    minutes = {"43h30m": "2610m", "43h31m": "2611m"}[length]

    plan = a_plan(a_protocol(a_rule(send=on_days(2)), windows=[a_window(until=minutes)]))

    assert bool(plan.reminders) is planned


def test_a_message_that_sending_hours_push_past_its_use_is_not_planned() -> None:
    rule = a_rule(kind=Kind.SAFETY, send=on_days(0, at="20:00"), topics=(), useful_for="12h")

    refusal = only_refusal(a_plan(a_protocol(rule)))

    assert refusal.reason.code is Why.TOO_LATE
    assert refusal.reason.details == {"until": "4 March, 08:00"}


def test_an_instruction_after_its_topics_are_over_is_not_planned() -> None:
    refusal = only_refusal(a_plan(a_protocol(a_rule(send=on_days(6)))))

    assert refusal.reason.code is Why.TOO_LATE


def test_useful_time_counts_from_an_elapsed_time_as_well() -> None:
    assert on_clock(useful_until(a_rule(kind=Kind.SAFETY, send=After(lasts("1h")), topics=()))) == "2026-03-06 15:30"
