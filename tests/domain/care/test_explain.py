from __future__ import annotations

from scheduler.domain.care.explain import stretch_because
from scheduler.domain.care.protocols import AtLeast, Band
from tests.domain.care.builders import (
    a_modifier,
    a_patient,
    a_protocol,
    a_session,
    a_window,
    an_override,
    lasts,
    utc,
    wall,
)
from tests.domain.care.plans import a_plan, only_stretch


def test_a_window_tells_its_session_version_band_length_and_why() -> None:
    plan = a_plan(a_protocol(bands=[Band(id="D1")]))

    assert stretch_because(only_stretch(plan), plan.courses) == (
        "Microneedling of Tuesday 3 March, version 1, band D1: 5d from the end of the session. The barrier is open."
    )


def test_without_a_band_or_a_why_neither_is_told() -> None:
    plan = a_plan(a_protocol(windows=[a_window(why="")]))

    assert stretch_because(only_stretch(plan), plan.courses) == (
        "Microneedling of Tuesday 3 March, version 1: 5d from the end of the session."
    )


def test_the_modifier_that_made_it_longer_is_told() -> None:
    plan = a_plan(a_protocol(modifiers=[a_modifier(AtLeast(lasts("9d")), id="darker-skin")]))

    assert "5d from the end of the session, made longer by darker-skin. The barrier" in stretch_because(
        only_stretch(plan), plan.courses
    )


def test_an_override_tells_who_set_it_and_why_instead() -> None:
    plan = a_plan(patient=a_patient(overrides=(an_override(wall("2026-03-05T09:00")),)))

    assert stretch_because(only_stretch(plan), plan.courses) == (
        "Microneedling of Tuesday 3 March: set by Dr Okafor: the skin has closed."
    )


def test_the_owner_of_the_end_is_told_first_and_every_other_session_after_it() -> None:
    peel = a_protocol(procedure="peel", windows=[a_window(until="9d", why="The skin peels.")])
    sessions = [
        a_session("s-1"),
        a_session("s-2", procedure="peel", ended_at=utc("2026-03-04T10:00")),
        a_session("s-3", ended_at=utc("2026-03-05T10:00")),
    ]

    plan = a_plan(a_protocol(), peel, sessions=sessions)

    assert stretch_because(only_stretch(plan), plan.courses) == (
        "Peel of Wednesday 4 March, version 1: 9d from the end of the session. The skin peels. "
        "Also asked for by Microneedling of Tuesday 3 March, Microneedling of Thursday 5 March."
    )


def test_a_session_is_told_by_its_date_where_the_patient_lives() -> None:
    plan = a_plan(sessions=[a_session(ended_at=utc("2026-03-03T20:00"))], patient=a_patient(zone="Asia/Tokyo"))

    assert stretch_because(only_stretch(plan), plan.courses).startswith("Microneedling of Wednesday 4 March")
