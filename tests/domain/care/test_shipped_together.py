"""The shipped protocol with bundles and limits: design 3.2's "Shipped sets", as one patient gets them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest

from scheduler.domain.care.drafts import PlannedReminder
from scheduler.domain.care.planning import Plan
from scheduler.domain.care.reasons import Why
from scheduler.domain.care.sessions import TreatmentSession
from scheduler.domain.delivery.messages import fill
from scheduler.domain.delivery.parts import parts
from tests.catalog.config_folder import microneedling, shipped
from tests.domain.care.builders import ENDED, a_patient, utc, wall
from tests.domain.care.plans import a_plan, timetable, why_not
from tests.domain.care.shipped_sessions import NEEDLES, a_shipped_session

VALUES = {"clinic": "Willow Skin", "phone": "020 7946 0018", "until": "Wednesday 23 September"}
EVERY_FLAG = tuple(shipped().flags)


def fits(reminders: Sequence[PlannedReminder]) -> bool:
    """Two parts hold the clinic's name, the clause of each, and its number."""
    lines = [str(shipped().messages[reminder.template, "en"].line) for reminder in reminders]
    return parts(fill(f"((clinic)): {'; '.join(lines)}. ((phone))", VALUES)).parts <= 2


def together(*sessions: TreatmentSession, flags: Iterable[str] = ()) -> Plan:
    """As planned when the first session ended."""
    return a_plan(
        microneedling(),
        sessions=sessions,
        patient=a_patient(flags=flags),
        now=sessions[0].ended_at,
        fits=fits,
        topics=shipped().topics.values(),
        messages=shipped().messages.values(),
    )


START = ["03-03 15:30 start", "03-03 18:00 shade", "03-04 10:00 no-actives", "03-04 17:00 danger"]
DAYS_2_3_7 = ["03-05 09:00 heat-exercise + spf-sun", "03-06 10:00 flaking", "03-10 10:00 check"]
RESUMES = {"D1": "03-11", "D2": "03-11", "D3": "03-14", "D4": "03-18"}


def test_a_first_session_with_short_needles() -> None:
    assert timetable(together(a_shipped_session(NEEDLES["D0"], "roller"))) == [
        "03-03 15:30 start-d0",
        *START[1:],
        "03-05 09:00 spf-sun",
        "03-09 10:00 resume-actives",
    ]


@pytest.mark.parametrize("band", RESUMES)
def test_from_d1_heat_and_exercise_go_in_one_message_with_sunscreen_and_sun(band: str) -> None:
    assert timetable(together(a_shipped_session(NEEDLES[band]))) == [
        *START,
        *DAYS_2_3_7,
        f"{RESUMES[band]} 10:00 resume-actives",
        "03-31 10:00 patches",
    ]


def test_radiofrequency_has_the_ninth_on_day_56() -> None:
    plan = together(a_shipped_session(1.0, "rf"))

    assert timetable(plan)[-1] == "04-28 10:00 rf-check"
    assert Why.COURSE_LIMIT not in why_not(plan).values()


def test_a_repeat_session_gets_five() -> None:
    first, repeat = a_shipped_session(), a_shipped_session(id="s-2", ended_at=utc("2026-04-14T13:30"))

    plan = together(first, repeat)

    assert timetable(plan)[-5:] == [
        "04-14 18:00 again",
        "04-15 10:00 no-actives",
        "04-15 17:00 danger",
        "04-16 09:00 spf-sun",
        "04-22 10:00 resume-actives",
    ]


@pytest.mark.parametrize("band", NEEDLES)
@pytest.mark.parametrize("modality", ["pen", "rf"])
@pytest.mark.parametrize("flags", [(), EVERY_FLAG, ("fitzpatrick_4_6",), ("herpes",), ("keloid",)], ids=str)
def test_no_limit_drops_or_moves_a_text_of_the_plain_course(band: str, modality: str, flags: tuple[str, ...]) -> None:
    plan = together(a_shipped_session(NEEDLES[band], modality), flags=flags)

    assert not {Why.DAY_LIMIT, Why.COURSE_LIMIT, Why.SAME_DAY} & set(why_not(plan).values())
    moved = {Why.DAY_MOVED, Why.APART}
    assert not [one.identity for one in plan.reminders if moved & {reason.code for reason in one.reasons}]


@pytest.mark.parametrize("band", NEEDLES)
@pytest.mark.parametrize("modality", ["pen", "rf"])
@pytest.mark.parametrize("ended", ["08:30", "12:00", "14:30", "15:59", "16:00", "17:45", "19:59", "21:00", "23:50"])
def test_every_topic_that_is_told_by_text_is_told(band: str, modality: str, ended: str) -> None:
    plan = together(a_shipped_session(NEEDLES[band], modality, ended_at=wall(f"2026-03-03T{ended}")))

    assert "catch-up" not in {reminder.template for reminder in plan.reminders}
    assert plan.todos == ()


def test_a_patient_who_can_not_be_reached_is_two_things_to_do() -> None:
    plan = a_plan(
        microneedling(),
        sessions=[a_shipped_session()],
        patient=a_patient(contacts=()),
        now=ENDED,
        fits=fits,
        topics=shipped().topics.values(),
        messages=shipped().messages.values(),
    )

    assert [(need.kind, need.rule) for need in plan.todos] == [("safety", "danger"), ("catch_up", "catch-up")]


def test_two_days_late_what_is_still_true_goes_in_few_messages() -> None:
    session = a_shipped_session()
    late = wall("2026-03-05T14:30")

    plan = a_plan(
        microneedling(),
        sessions=[replace(session, known_at=late)],
        now=late,
        fits=fits,
        topics=shipped().topics.values(),
        messages=shipped().messages.values(),
    )

    assert timetable(plan) == [
        "03-05 14:30 danger",
        "03-05 14:30 start + heat-exercise",
        "03-05 15:30 no-actives + spf-sun",
        "03-06 10:00 flaking",
        "03-10 10:00 check",
        "03-11 10:00 resume-actives",
        "03-31 10:00 patches",
    ]
    assert why_not(plan)["shade"] is Why.TOO_LATE
