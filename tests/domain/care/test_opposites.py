from __future__ import annotations

from collections.abc import Sequence

import pytest

from scheduler.domain.care.opposites import opposites
from scheduler.domain.care.planning import Plan
from scheduler.domain.care.protocols import Advice, ReminderRule, Topic
from scheduler.domain.care.reasons import Why, sentence
from scheduler.domain.care.sessions import TreatmentSession
from scheduler.domain.delivery.reminders import Kind
from tests.domain.care.builders import (
    ENDED,
    a_protocol,
    a_rule,
    a_session,
    a_topic,
    a_version,
    a_window,
    on_clock,
    on_days,
    wall,
)
from tests.domain.care.plans import a_plan, only_reminder, why_not

NO_SUNSCREEN = a_topic("spf_start", opposes="spf_daily")
SUNSCREEN = a_topic("spf_daily", Advice.DO)
TOPICS = (NO_SUNSCREEN, SUNSCREEN)
WINDOWS = (a_window("spf_start", "24h"), a_window("spf_daily", "28d", start="spf_start"))
USE_IT = a_rule("spf", send=on_days(2, at="09:00"), topics=("spf_daily",))


def sun_plan(*rules: ReminderRule, sessions: Sequence[TreatmentSession]) -> Plan:
    return a_plan(a_protocol(*rules, windows=WINDOWS), sessions=sessions, topics=TOPICS, now=ENDED)


def stretches(plan: Plan, topic: str) -> list[tuple[str, str]]:
    return [(on_clock(part.start), on_clock(part.end)) for part in plan.windows.get(topic, ())]


@pytest.mark.parametrize(
    "topics",
    [
        (NO_SUNSCREEN, SUNSCREEN),
        (a_topic("spf_start"), a_topic("spf_daily", Advice.DO, opposes="spf_start")),
        (NO_SUNSCREEN, a_topic("spf_daily", Advice.DO, opposes="spf_start")),
    ],
    ids=["the one that avoids says so", "the one to do says so", "both say so"],
)
def test_topics_oppose_each_other_whichever_says_so(topics: tuple[Topic, ...]) -> None:
    assert opposites([a_version(topics=topics)]) == {"spf_daily": {"spf_start"}}


def test_what_opposes_nothing_or_what_is_not_there_opposes_nothing() -> None:
    assert opposites([a_version(topics=[a_topic("acids"), a_topic("spf_start", opposes="spf_daily")])]) == {}


def test_the_avoid_wins_while_it_holds() -> None:
    plan = sun_plan(sessions=[a_session(), a_session("s-2", ended_at=wall("2026-03-10T14:30"))])

    assert stretches(plan, "spf_start") == [
        ("2026-03-03 14:30", "2026-03-04 14:30"),
        ("2026-03-10 14:30", "2026-03-11 14:30"),
    ]
    assert stretches(plan, "spf_daily") == [
        ("2026-03-04 14:30", "2026-03-10 14:30"),
        ("2026-03-11 14:30", "2026-04-08 00:00"),
    ]


def test_a_stretch_keeps_the_windows_that_reach_into_it() -> None:
    plan = sun_plan(sessions=[a_session(), a_session("s-2", ended_at=wall("2026-03-10T14:30"))])

    before, after = plan.windows["spf_daily"]
    assert [window.session_id for window in before.contributors] == ["s-1"]
    assert [window.session_id for window in after.contributors] == ["s-1", "s-2"]


def test_a_topic_to_do_that_is_wholly_opposed_holds_at_no_time() -> None:
    short = (a_window("spf_start", "5d"), a_window("spf_daily", "3d"))

    plan = a_plan(a_protocol(USE_IT, windows=short), topics=TOPICS)

    assert "spf_daily" not in plan.windows
    assert why_not(plan) == {"spf": Why.NO_WINDOW}


def test_topics_without_an_opposite_are_left_as_they_are() -> None:
    assert stretches(sun_plan(sessions=[a_session()]), "spf_daily") == [("2026-03-04 14:30", "2026-04-01 00:00")]


def test_a_text_to_do_names_the_last_end_though_another_session_interrupts() -> None:
    plan = sun_plan(USE_IT, sessions=[a_session(), a_session("s-2", ended_at=wall("2026-03-10T14:30"))])

    ends = {reminder.identity.session_id: reminder.topic_ends["spf_daily"] for reminder in plan.reminders}
    assert ends == {"s-1": wall("2026-04-08T00:00"), "s-2": wall("2026-04-08T00:00")}


def test_a_text_to_do_waits_while_another_session_says_to_avoid_it() -> None:
    plan = sun_plan(USE_IT, sessions=[a_session(), a_session("s-2", ended_at=wall("2026-03-04T16:00"))])

    first = next(reminder for reminder in plan.reminders if reminder.identity.session_id == "s-1")
    assert on_clock(first.due_at) == "2026-03-05 16:00"
    assert sentence(first.reasons[-1]) == (
        "Moved from 5 March, 09:00 to 5 March, 16:00: until then a session of the patient says the opposite."
    )


def test_a_text_to_do_that_would_wait_too_long_is_left_out() -> None:
    brief = a_rule("spf", send=on_days(2, at="09:00"), topics=("spf_daily",), useful_for="7h")

    plan = sun_plan(brief, sessions=[a_session(), a_session("s-2", ended_at=wall("2026-03-04T16:00"))])

    (left,) = plan.not_planned
    assert (left.session_id, left.reason.code) == ("s-1", Why.FORBIDDEN)
    assert left.reason.details == {"until": "5 March, 16:00"}


def test_a_text_that_permits_waits_for_the_end_of_a_later_window_though_it_is_late() -> None:
    rule = a_rule("resume", kind=Kind.RESUME, send=on_days(3), useful_for="9d")

    reminder = only_reminder(a_plan(a_protocol(rule)))

    assert on_clock(reminder.due_at) == "2026-03-09 08:00"
    assert reminder.reasons[-1].code is Why.AGAINST


def test_a_text_that_permits_is_left_out_when_all_its_use_is_forbidden() -> None:
    rule = a_rule("resume", kind=Kind.RESUME, send=on_days(6), topics=("retinoid_otc", "acids"), useful_for="2d")
    peel = a_protocol(procedure="peel", windows=[a_window("acids", "14d")])

    plan = a_plan(a_protocol(rule), peel, sessions=[a_session(), a_session("s-2", procedure="peel")])

    assert why_not(plan) == {"resume": Why.FORBIDDEN}


def test_what_a_text_forbids_may_be_told_while_it_holds() -> None:
    assert on_clock(only_reminder(a_plan(a_protocol(a_rule()))).due_at) == "2026-03-04 10:00"
