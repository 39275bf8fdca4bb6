from __future__ import annotations

from datetime import date

import pytest

from scheduler.domain.care.conditions import Equal, Missing, Not, Within
from scheduler.domain.care.protocols import Band
from scheduler.domain.care.windows import find_band
from tests.domain.care.builders import (
    ENDED,
    a_patient,
    a_protocol,
    a_session,
    a_window,
    an_override,
    lasts,
    on_clock,
    utc,
    wall,
    when,
)
from tests.domain.care.plans import a_plan, only_stretch, until_days

BANDS = (
    Band(id="D0", when=when(needle_mm=Within(max=0.3), modality=Not(Equal("rf")))),
    Band(id="D3", when=when(needle_mm=Within(max=1.5))),
    Band(id="D3", when=when(needle_mm=Within(max=2.0), modality="rf")),
    Band(id="D4", when=when(needle_mm=Within(over=1.5))),
)


@pytest.mark.parametrize(
    ("needle_mm", "modality", "band"),
    [(0.3, "pen", "D0"), (0.3, "rf", "D3"), (1.5, "pen", "D3"), (1.8, "rf", "D3"), (1.8, "pen", "D4")],
)
def test_the_first_band_that_matches_wins_and_an_id_may_stand_in_several_tables(
    needle_mm: float, modality: str, band: str
) -> None:
    found = find_band(a_protocol(bands=BANDS), {"needle_mm": needle_mm, "modality": modality})

    assert found is not None
    assert found.id == band


def test_each_table_of_a_band_has_a_notice_of_its_own() -> None:
    bands = (Band(id="D4", when=when(needle_mm=Within(over=1.5))), Band(id="D4", notice="No length recorded."))

    deep, unknown = (find_band(a_protocol(bands=bands), facts) for facts in ({"needle_mm": 2.0}, {}))

    assert deep is not None
    assert unknown is not None
    assert (deep.notice, unknown.notice) == (None, "No length recorded.")


def test_a_band_whose_condition_is_unknown_does_not_match() -> None:
    bands = (
        Band(id="D0", when=when(needle_mm=Not(Within(over=0.3)))),
        Band(id="none", when=when(x=Missing(missing=True))),
    )

    found = find_band(a_protocol(bands=bands), {})

    assert found is not None
    assert found.id == "none"


def test_where_no_band_matches_only_lengths_for_every_band_apply() -> None:
    windows = [a_window("makeup", {"D0": "24h"}), a_window("swim", "72h")]
    protocol = a_protocol(bands=[Band(id="D0", when=when(needle_mm=Within(max=0.3)))], windows=windows)

    plan = a_plan(protocol, sessions=[a_session(facts={"needle_mm": 2.0})])

    assert plan.courses["s-1"].band is None
    assert "band" not in plan.courses["s-1"].facts
    assert list(plan.windows) == ["swim"]


def test_a_window_has_the_length_of_the_sessions_band() -> None:
    protocol = a_protocol(
        bands=[Band(id="D0", when=when(needle_mm=0.25)), Band(id="D1")],
        windows=[
            a_window(until={"D0": "3d", "D1": "5d"}),
            a_window("bpo", {"D0": "3d"}),
        ],
    )

    shallow = a_plan(protocol, sessions=[a_session(facts={"needle_mm": 0.25})])
    deep = a_plan(protocol, sessions=[a_session(facts={"needle_mm": 0.5})])

    assert until_days(shallow) == {"retinoid_otc": date(2026, 3, 6), "bpo": date(2026, 3, 6)}
    assert until_days(deep) == {"retinoid_otc": date(2026, 3, 8)}


def test_a_window_begins_when_the_session_ends() -> None:
    stretch = only_stretch(a_plan())

    assert (stretch.start, stretch.end) == (ENDED, utc("2026-03-09T00:00"))
    assert stretch.owner.base == lasts("5d")


def test_windows_are_half_open() -> None:
    stretch = only_stretch(a_plan(a_protocol(windows=[a_window(until="8h")])))

    assert stretch.holds(ENDED)
    assert stretch.holds(utc("2026-03-03T22:29:59"))
    assert not stretch.holds(utc("2026-03-03T22:30"))
    assert not stretch.holds(utc("2026-03-03T14:29:59"))


def test_the_end_of_an_hour_window_is_exact_at_night_too() -> None:
    plan = a_plan(a_protocol(windows=[a_window(until="12h")]))

    assert on_clock(only_stretch(plan).end) == "2026-03-04 02:30"


def test_days_end_at_the_patients_midnight_counted_from_the_clinics_day_0() -> None:
    evening = a_session(ended_at=utc("2026-03-03T20:00"))  # 4 March already where the patient lives

    stretch = only_stretch(a_plan(sessions=[evening], patient=a_patient(zone="Asia/Tokyo")))

    assert on_clock(stretch.end, "Asia/Tokyo") == "2026-03-10 00:00"


def test_a_window_is_only_opened_by_a_condition_that_is_true() -> None:
    windows = [
        a_window("scar_cream", condition=when(areas="scalp")),
        a_window("swim", condition=when(areas=Not(Equal("scalp")))),
        a_window("heat", condition=when(areas="face")),
    ]

    plan = a_plan(a_protocol(windows=windows), sessions=[a_session(facts={"areas": ("face",)})])
    unknown = a_plan(a_protocol(windows=windows))

    assert list(plan.windows) == ["heat", "swim"]
    assert unknown.windows == {}


def test_from_a_duration_counts_from_the_end_of_the_session_as_the_end_does() -> None:
    stretch = only_stretch(a_plan(a_protocol(windows=[a_window(until="72h", start=lasts("8h"))])))

    assert (stretch.start, stretch.end) == (utc("2026-03-03T22:30"), utc("2026-03-06T14:30"))


def test_from_days_begins_at_local_midnight_after_that_day() -> None:
    stretch = only_stretch(a_plan(a_protocol(windows=[a_window(until="3d", start=lasts("1d"))])))

    assert (on_clock(stretch.start), on_clock(stretch.end)) == ("2026-03-05 00:00", "2026-03-07 00:00")


@pytest.mark.parametrize("order", [1, -1])
def test_from_a_topic_begins_where_that_topics_window_ends_wherever_it_is_written(order: int) -> None:
    windows = [
        a_window("first_wash", "8h"),
        a_window("cleanse", "5d", start="first_wash"),
        a_window("tone", "7d", start="cleanse"),
    ]

    plan = a_plan(a_protocol(windows=windows[::order]))

    assert only_stretch(plan, "cleanse").start == only_stretch(plan, "first_wash").end
    assert only_stretch(plan, "tone").start == only_stretch(plan, "cleanse").end


def test_from_a_topic_without_a_window_begins_when_the_session_ends() -> None:
    windows = [a_window("first_wash", condition=when(modality="rf")), a_window("cleanse", start="first_wash")]

    plan = a_plan(a_protocol(windows=windows))

    assert only_stretch(plan, "cleanse").start == ENDED


def test_from_a_topic_with_several_windows_begins_at_the_last_end() -> None:
    windows = [a_window("wash", "24h"), a_window("wash", "8h"), a_window("cleanse", start="wash")]

    plan = a_plan(a_protocol(windows=windows))

    assert only_stretch(plan, "cleanse").start == utc("2026-03-04T14:30")


def test_topics_that_wait_for_one_another_open_nothing() -> None:
    windows = [a_window("a", start="b"), a_window("b", start="a"), a_window("c")]

    assert list(a_plan(a_protocol(windows=windows)).windows) == ["c"]


def test_a_window_that_would_be_empty_is_left_out() -> None:
    windows = [a_window("first_wash", "72h"), a_window("cleanse", "72h", start="first_wash"), a_window("swim", "72h")]

    assert list(a_plan(a_protocol(windows=windows)).windows) == ["first_wash", "swim"]


def test_the_topics_of_a_session_are_those_it_has_a_window_for() -> None:
    peel = a_protocol(procedure="peel", windows=[a_window("swim")])
    sessions = [a_session("s-1"), a_session("s-2", procedure="peel")]

    plan = a_plan(a_protocol(windows=[a_window("acids"), a_window("swim")]), peel, sessions=sessions)

    assert plan.topics_of("s-1") == ("acids", "swim")
    assert plan.topics_of("s-2") == ("swim",)


def test_an_override_is_the_only_thing_that_shortens_a_window() -> None:
    sooner = wall("2026-03-05T09:00")

    stretch = only_stretch(a_plan(patient=a_patient(overrides=(an_override(sooner),))))

    assert stretch.end == sooner
    assert stretch.owner.override is not None
    assert stretch.owner.override.by == "Dr Okafor"


def test_an_override_binds_one_session_and_one_topic() -> None:
    windows = [a_window("acids", "5d"), a_window("swim", "5d")]
    sessions = [a_session("s-1"), a_session("s-2", ended_at=utc("2026-03-20T14:30"))]
    override = an_override(wall("2026-03-05T09:00"), topic="acids")

    plan = a_plan(a_protocol(windows=windows), sessions=sessions, patient=a_patient(overrides=(override,)))

    assert [on_clock(part.end) for part in plan.windows["acids"]] == ["2026-03-05 09:00", "2026-03-26 00:00"]
    assert [on_clock(part.end) for part in plan.windows["swim"]] == ["2026-03-09 00:00", "2026-03-26 00:00"]


def test_the_last_override_of_a_topic_counts() -> None:
    overrides = (an_override(wall("2026-03-05T09:00")), an_override(wall("2026-03-07T09:00")))

    stretch = only_stretch(a_plan(patient=a_patient(overrides=overrides)))

    assert on_clock(stretch.end) == "2026-03-07 09:00"


def test_an_override_never_lengthens_a_window() -> None:
    later = an_override(wall("2026-03-20T09:00"))

    stretch = only_stretch(a_plan(patient=a_patient(overrides=(later,))))

    assert on_clock(stretch.end) == "2026-03-09 00:00"
    assert stretch.owner.override is None


def test_an_override_that_ends_at_once_leaves_the_topic_out_and_what_follows_it_begins() -> None:
    windows = [a_window("first_wash", "24h"), a_window("cleanse", "5d", start="first_wash")]
    patient = a_patient(overrides=(an_override(ENDED, topic="first_wash"),))

    plan = a_plan(a_protocol(windows=windows), patient=patient)

    assert list(plan.windows) == ["cleanse"]
    assert only_stretch(plan, "cleanse").start == ENDED
