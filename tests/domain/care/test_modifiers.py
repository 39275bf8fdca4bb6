from __future__ import annotations

from datetime import date

import pytest

from scheduler.domain.care.conditions import Equal, Not
from scheduler.domain.care.merging import Stretch
from scheduler.domain.care.protocols import Add, AtLeast, Band, Effect, Modifier, NextBand
from tests.domain.care.builders import (
    a_modifier,
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

BANDS = tuple(Band(id=name, when=when(depth=name)) for name in ("D0", "D1", "D2"))
BY_BAND = {"D0": "3d", "D1": "5d", "D2": "7d"}


def modified(*modifiers: Modifier, band: str = "D0") -> Stretch:
    protocol = a_protocol(bands=BANDS, windows=[a_window(until=BY_BAND)], modifiers=modifiers)
    return only_stretch(a_plan(protocol, sessions=[a_session(facts={"depth": band})]))


def until(effect: Effect, band: str = "D0") -> str:
    return on_clock(modified(a_modifier(effect), band=band).end)


def test_at_least_lengthens_to_its_own_length() -> None:
    assert until(AtLeast(lasts("6d"))) == "2026-03-10 00:00"
    assert until(AtLeast(lasts("96h"))) == "2026-03-07 14:30"


def test_add_lengthens_what_the_band_gives() -> None:
    assert until(Add(lasts("2d"))) == "2026-03-09 00:00"
    assert until(Add(lasts("2d")), "D1") == "2026-03-11 00:00"
    assert until(Add(lasts("6h"))) == "2026-03-07 06:00"


@pytest.mark.parametrize(("band", "end"), [("D0", "2026-03-09 00:00"), ("D1", "2026-03-11 00:00")])
def test_next_band_takes_the_length_of_the_next_deeper_one(band: str, end: str) -> None:
    assert until(NextBand(lasts("9d")), band) == end


def test_at_the_deepest_band_next_band_adds_its_own_length() -> None:
    assert until(NextBand(lasts("9d")), "D2") == "2026-03-20 00:00"


def test_at_the_deepest_band_without_a_length_next_band_adds_nothing() -> None:
    stretch = modified(a_modifier(NextBand(None)), band="D2")

    assert on_clock(stretch.end) == "2026-03-11 00:00"
    assert stretch.owner.modifier is None


def test_next_band_of_a_band_with_several_tables_is_the_next_id() -> None:
    bands = (Band(id="D0"), Band(id="D0"), Band(id="D1"))
    protocol = a_protocol(bands=bands, windows=[a_window(until={"D0": "3d", "D1": "5d"})], modifiers=[a_modifier()])

    assert until_days(a_plan(protocol)) == {"retinoid_otc": date(2026, 3, 8)}


def test_without_a_band_next_band_counts_as_the_deepest() -> None:
    protocol = a_protocol(modifiers=[a_modifier(NextBand(lasts("1d")))])

    assert until_days(a_plan(protocol)) == {"retinoid_otc": date(2026, 3, 9)}


def test_of_several_modifiers_the_longest_counts_and_none_add_up() -> None:
    short = a_modifier(AtLeast(lasts("6d")), id="short")
    long = a_modifier(Add(lasts("4d")), id="long")

    for order in ((short, long), (long, short)):
        stretch = modified(*order)

        assert on_clock(stretch.end) == "2026-03-11 00:00"
        assert stretch.owner.modifier == long


def test_of_two_that_are_equally_long_the_first_is_the_reason() -> None:
    first, second = (a_modifier(AtLeast(lasts("6d")), id=name) for name in ("first", "second"))

    assert modified(first, second).owner.modifier == first


@pytest.mark.parametrize("effect", [AtLeast(lasts("2d")), AtLeast(lasts("3d")), NextBand(None)])
def test_a_modifier_that_would_shorten_or_change_nothing_is_no_reason(effect: Effect) -> None:
    protocol = a_protocol(
        bands=BANDS, windows=[a_window(until={"D0": "3d", "D1": "1d", "D2": "7d"})], modifiers=[a_modifier(effect)]
    )

    stretch = only_stretch(a_plan(protocol, sessions=[a_session(facts={"depth": "D0"})]))

    assert on_clock(stretch.end) == "2026-03-07 00:00"
    assert stretch.owner.modifier is None


def test_a_modifier_touches_only_its_own_topics() -> None:
    protocol = a_protocol(
        windows=[a_window("acids"), a_window("swim")],
        modifiers=[a_modifier(Add(lasts("2d")), topics=("acids", "makeup"))],
    )

    assert until_days(a_plan(protocol)) == {"acids": date(2026, 3, 10), "swim": date(2026, 3, 8)}


@pytest.mark.parametrize(
    ("modality", "end"), [("rf", "2026-03-13 00:00"), ("pen", "2026-03-09 00:00"), (None, "2026-03-09 00:00")]
)
def test_a_modifier_needs_a_condition_that_is_true(modality: str | None, end: str) -> None:
    protocol = a_protocol(
        modifiers=[
            a_modifier(AtLeast(lasts("9d")), condition=when(modality="rf")),
            a_modifier(AtLeast(lasts("20d")), condition=when(unheard=Not(Equal("of")))),
        ]
    )

    plan = a_plan(protocol, sessions=[a_session(facts={} if modality is None else {"modality": modality})])

    assert on_clock(only_stretch(plan).end) == end


def test_a_modifier_touches_only_sessions_of_its_own_protocol() -> None:
    needling = a_protocol(
        windows=[a_window("acids", "3d")], modifiers=[a_modifier(Add(lasts("9d")), topics=("acids",))]
    )
    peel = a_protocol(procedure="peel", windows=[a_window("acids", "5d")])

    alone = a_plan(needling, peel, sessions=[a_session(procedure="peel")])
    both = a_plan(
        needling,
        peel,
        sessions=[a_session("s-1", ended_at=utc("2026-02-01T10:00")), a_session("s-2", procedure="peel")],
    )

    assert until_days(alone) == until_days(both) == {"acids": date(2026, 3, 8)}


def test_what_begins_at_the_end_of_a_lengthened_topic_begins_later() -> None:
    protocol = a_protocol(
        windows=[a_window("spf_start", "24h"), a_window("spf_daily", "28d", start="spf_start")],
        modifiers=[a_modifier(AtLeast(lasts("48h")), topics=("spf_start",))],
    )

    plan = a_plan(protocol)

    assert only_stretch(plan, "spf_daily").start == utc("2026-03-05T14:30")


def test_a_clinicians_override_outweighs_every_modifier() -> None:
    protocol = a_protocol(modifiers=[a_modifier(AtLeast(lasts("9d")))])
    patient = a_patient(overrides=(an_override(wall("2026-03-05T09:00")),))

    stretch = only_stretch(a_plan(protocol, patient=patient))

    assert on_clock(stretch.end) == "2026-03-05 09:00"
    assert stretch.owner.modifier is None
