from __future__ import annotations

from datetime import time

import pytest

from scheduler.domain.care.protocols import AtWindowEnd
from scheduler.domain.care.reasons import Reason, Why, sentence
from scheduler.domain.delivery.reminders import Kind
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
from tests.domain.care.plans import a_plan, only_refusal, only_reminder, only_stretch, planned

ACTIVES = ("retinoid_otc", "acids")
RESUME = a_rule("resume", kind=Kind.RESUME, send=AtWindowEnd(time(10)), topics=ACTIVES)
WINDOWS = (a_window("retinoid_otc", "5d"), a_window("acids", "5d"), a_window("retinoid_rx", "5d"))


@pytest.mark.parametrize("flag", ["pregnant", "breastfeeding"])
@pytest.mark.parametrize("topic", ["retinoid_otc", "retinoid_rx"])
def test_a_patient_flagged_pregnant_gets_no_text_that_permits_retinoids_whatever_the_rule_says(
    flag: str, topic: str
) -> None:
    rule = a_rule("resume", kind=Kind.RESUME, send=AtWindowEnd(time(10)), topics=("acids", topic))

    refusal = only_refusal(a_plan(a_protocol(rule, windows=WINDOWS), patient=a_patient(flags=[flag])))

    assert refusal.reason == Reason(Why.PREGNANT, {"flags": flag})
    assert sentence(refusal.reason) == f"it permits retinoids, and {flag} is among the patient's flags"


def test_a_pregnant_patient_is_still_told_what_to_leave_out_and_what_else_is_permitted() -> None:
    acids = a_rule("acids", kind=Kind.RESUME, send=AtWindowEnd(time(10)), topics=("acids",))

    plan = a_plan(a_protocol(a_rule(topics=ACTIVES), acids, windows=WINDOWS), patient=a_patient(flags=["pregnant"]))

    assert [reminder.identity.rule for reminder in plan.reminders] == ["no-actives", "acids"]


def test_other_patients_are_told() -> None:
    plan = a_plan(a_protocol(RESUME, windows=WINDOWS), patient=a_patient(flags=["melasma"]))

    assert only_reminder(plan).identity.rule == "resume"


def test_an_override_shortens_by_name_and_the_text_goes_then() -> None:
    patient = a_patient(overrides=(an_override(wall("2026-03-06T00:00")),))

    plan = a_plan(a_protocol(a_rule("resume", kind=Kind.RESUME, send=AtWindowEnd(time(10)))), patient=patient)

    assert on_clock(only_stretch(plan).end) == "2026-03-06 00:00"
    assert on_clock(only_reminder(plan).due_at) == "2026-03-06 10:00"


def test_who_set_the_end_is_told_and_the_reason_stays_with_the_window() -> None:
    patient = a_patient(overrides=(an_override(wall("2026-03-06T00:00")),))

    reminder = only_reminder(a_plan(a_protocol(a_rule()), patient=patient))

    assert sentence(reminder.reasons[-1]) == "Dr Okafor set when retinoid_otc ends."


def test_an_override_binds_one_session_and_topic() -> None:
    patient = a_patient(overrides=(an_override(wall("2026-03-05T00:00"), topic="acids"),))
    sessions = [a_session("s-1"), a_session("s-2", ended_at=wall("2026-03-20T14:30"))]

    plan = a_plan(a_protocol(windows=WINDOWS), sessions=sessions, patient=patient, now=ENDED)

    ends = {topic: [on_clock(part.end) for part in parts] for topic, parts in plan.windows.items()}
    assert ends["acids"] == ["2026-03-05 00:00", "2026-03-26 00:00"]
    assert ends["retinoid_otc"] == ["2026-03-09 00:00", "2026-03-26 00:00"]


def test_an_override_of_one_session_does_not_shorten_what_another_asks_for() -> None:
    patient = a_patient(overrides=(an_override(wall("2026-03-05T00:00")),))
    sessions = [a_session("s-1"), a_session("s-2", ended_at=wall("2026-03-04T14:30"))]

    plan = a_plan(a_protocol(), sessions=sessions, patient=patient, now=ENDED)

    assert on_clock(only_stretch(plan).end) == "2026-03-10 00:00"


def test_a_reminder_names_the_other_sessions_that_its_ends_come_from() -> None:
    peel = a_protocol(procedure="peel", windows=[a_window(until="14d")])
    sessions = [a_session("s-1"), a_session("s-2", ended_at=wall("2026-03-07T14:30"), procedure="peel")]

    plan = a_plan(a_protocol(a_rule("resume", kind=Kind.RESUME, send=AtWindowEnd(time(10)))), peel, sessions=sessions)

    assert sentence(planned(plan, "resume").reasons[1]) == "Its topics end with Peel of Saturday 7 March."
    assert on_clock(planned(plan, "resume").due_at) == "2026-03-22 10:00"


def test_a_reminder_whose_ends_are_its_own_names_no_other_session() -> None:
    sessions = [a_session("s-1"), a_session("s-2", ended_at=wall("2026-03-04T14:30"))]

    plan = a_plan(a_protocol(a_rule(send=on_days(2))), sessions=sessions, now=ENDED)

    codes = {reminder.identity.session_id: [reason.code for reason in reminder.reasons] for reminder in plan.reminders}
    assert codes == {"s-1": [Why.RULE, Why.MERGED], "s-2": [Why.RULE]}
