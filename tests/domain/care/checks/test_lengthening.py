from __future__ import annotations

from dataclasses import replace

import pytest

from scheduler.domain.care.checks import Severity
from scheduler.domain.care.protocols import (
    Add,
    AtLeast,
    NextBand,
)
from tests.domain.care.builders import a_modifier, a_protocol, a_rule, a_window, lasts, when
from tests.domain.care.checks.versions import DEEP, NEEDLE, found, told


def test_a_modifier_of_a_deeper_band_lengthens_only_where_that_is_longer() -> None:
    protocol = a_protocol(a_rule(), facts=[NEEDLE], bands=DEEP, windows=[a_window(until={"D0": "3d", "D1": "5d"})])
    equal = replace(protocol, windows=(a_window(until={"D0": "5d", "D1": "5d"}),))
    next_band = a_modifier(NextBand(None), condition=when(needle_mm=0.5))
    deepest = a_modifier(NextBand(lasts("7d")), condition=when(needle_mm=0.6))

    assert found(replace(protocol, modifiers=(next_band, replace(deepest, id="deepest")))) == []
    assert [finding.key for finding in found(replace(equal, modifiers=(next_band,)))] == ["effect"]


@pytest.mark.parametrize(
    ("own", "least", "useless"),
    [("72h", "3d", False), ("3d", "72h", True), ("3d", "3d", True), ("3d", "4d", False), ("49h", "2d", True)],
)
def test_days_lengthen_hours_that_last_as_long(own: str, least: str, useless: bool) -> None:  # noqa: FBT001  a column
    protocol = a_protocol(a_rule(), windows=[a_window(until=own)], modifiers=[a_modifier(AtLeast(lasts(least)))])

    assert [finding.severity for finding in found(protocol)] == ([Severity.NOTE] if useless else [])


def test_a_modifier_of_a_topic_without_a_window_is_told() -> None:
    modifier = a_modifier(AtLeast(lasts("9d")), topics=("retinoid_otc", "acids"))

    (finding,) = found(a_protocol(a_rule(), modifiers=[modifier]))

    assert told([finding]) == ['modifier "longer": topics: names acids, which has no [[window]] here']


def test_a_modifier_is_useful_if_one_of_its_windows_has_a_length_for_the_band() -> None:
    by_band = [a_window(until={"D0": "3d"}), a_window("sheet", until={"D1": "3d"})]
    modifier = a_modifier(AtLeast(lasts("4d")), topics=("retinoid_otc",), condition=when(band="D1"))
    adding = a_modifier(Add(lasts("1d")), id="adding", topics=("sheet",))

    notes = found(a_protocol(a_rule(), facts=[NEEDLE], bands=DEEP, windows=by_band, modifiers=[modifier, adding]))

    assert [finding.rule for finding in notes] == ['modifier "longer"']


def test_where_no_band_holds_there_is_none_deeper() -> None:
    shallow = DEEP[:1]
    protocol = a_protocol(a_rule(), facts=[NEEDLE], bands=shallow, windows=[a_window(until="5d")])
    modifier = a_modifier(NextBand(None), condition=when(needle_mm=0.6))

    assert "effect" in [finding.key for finding in found(replace(protocol, modifiers=(modifier,)))]
