"""The windows that ship against table 1.1 of the clinical research, copied here by hand a second time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scheduler.catalog.scalars import duration
from scheduler.domain.care.conditions import Facts, truth
from scheduler.domain.care.protocols import Advice, AtLeast, Duration, Modifier, NextBand, ToldBy, WindowRule
from scheduler.domain.care.windows import find_band
from tests.catalog.config_folder import microneedling, shipped

BANDS = ("D0", "D1", "D2", "D3", "D4")
# Topic, the five bands, radiofrequency ("band": as the depth says), what PRP asks for at least, and who signs.
TABLE = """
retinoid_otc    3d   5d   7d   10d  14d   band  7d   P
retinoid_rx     5d   7d   10d  14d  14d   14d   -    M
acids           3d   5d   7d   10d  14d   band  7d   P
exfoliate       5d   7d   7d   10d  14d   band  -    P
vit_c           3d   7d   7d   10d  14d   band  -    P
alcohol_toner   3d   5d   7d   10d  14d   band  -    P
fragrance       3d   5d   7d   10d  14d   band  -    G
bpo             3d   5d   7d   10d  14d   band  -    P
makeup          24h  24h  48h  72h  72h   72h   48h  P
first_wash      8h   8h   8h   8h   8h    8h    24h  P
cleanse         3d   5d   7d   10d  14d   band  -    G
moisturise      7d   7d   7d   10d  14d   band  -    G
spf_start       24h  24h  24h  24h  24h   24h   24h  P
sun_avoid       3d   7d   14d  14d  28d   28d   -    P
spf_daily       28d  28d  28d  28d  56d   56d   -    G
exercise        24h  48h  72h  72h  72h   72h   72h  P
heat            48h  72h  5d   7d   7d    7d    -    P
swim            72h  72h  5d   7d   7d    7d    -    P
pick            3d   7d   7d   10d  14d   14d   -    G
drink           24h  24h  24h  48h  48h   48h   72h  G
nsaid           48h  48h  48h  48h  48h   48h   7d   M
touch_sleep     24h  24h  48h  72h  72h   72h   -    G
shave           3d   3d   3d   5d   7d    7d    -    P
wax             7d   7d   7d   14d  14d   14d   -    P
self_tan        14d  14d  14d  14d  21d   21d   -    P
other_tx        28d  28d  28d  28d  28d   28d   -    M
next_session    14d  28d  28d  42d  56d   42d   -    M
home_roller     28d  28d  28d  42d  56d   56d   -    P
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()]
ONE_BAND_DEEPER = {
    "retinoid_otc", "retinoid_rx", "acids", "exfoliate", "vit_c", "alcohol_toner", "fragrance", "bpo",
    "sun_avoid", "pick", "next_session",
}  # fmt: skip
PEN: Facts = {"modality": "pen", "adjuncts": (), "weeping": False, "areas": ("face",), "flags": ()}


def rule(topic: str) -> WindowRule:
    (found,) = (window for window in microneedling().windows if window.topic == topic)
    return found


def modifiers(topic: str, **facts: str | bool | tuple[str, ...]) -> Iterator[Modifier]:
    for modifier in microneedling().modifiers:
        if topic in modifier.topics and truth(modifier.when, {**PEN, **facts}) is True:
            yield modifier


def longest(topic: str, band: str, **facts: str | bool | tuple[str, ...]) -> Duration:
    """What the band's own length and the minima of the modifiers come to."""
    minima = [found.effect.length for found in modifiers(topic, **facts) if isinstance(found.effect, AtLeast)]
    own = rule(topic).length(band)
    assert own is not None
    return max([own, *minima], key=lambda length: length.elapsed)


def test_there_is_one_window_for_each_row_and_no_other() -> None:
    assert [window.topic for window in microneedling().windows] == [row[0] for row in ROWS]
    assert set(shipped().topics) == {row[0] for row in ROWS} | {"ointment"}


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_each_band_lasts_as_long_as_its_column_says(row: list[str]) -> None:
    lengths = [str(rule(row[0]).length(band)) for band in BANDS]

    assert lengths == row[1:6]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_radiofrequency_lasts_at_least_as_long_as_its_column_says(row: list[str]) -> None:
    for band in ("D3", "D4"):
        own = duration(row[1 + BANDS.index(band)])
        wanted = own if row[6] == "band" else max(own, duration(row[6]), key=lambda length: length.elapsed)

        assert longest(row[0], band, modality="rf") == wanted


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_prp_lasts_at_least_as_long_as_its_column_says(row: list[str]) -> None:
    for band, own in zip(BANDS, map(duration, row[1:6]), strict=True):
        wanted = own if row[7] == "-" else max(own, duration(row[7]), key=lambda length: length.elapsed)

        assert longest(row[0], band, adjuncts=("prp",)) == wanted


def test_after_weeping_radiofrequency_sunscreen_waits_for_two_days() -> None:
    assert str(longest("spf_start", "D3", modality="rf", weeping=True)) == "48h"
    assert str(longest("spf_start", "D3", modality="pen", weeping=True)) == "24h"


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_each_number_has_its_signer_a_reason_and_a_source(row: list[str]) -> None:
    window = rule(row[0])

    assert window.sign_off.value == row[8]
    assert window.why.endswith(".")
    assert "\n" not in window.why
    assert window.source


def test_nothing_but_radiofrequency_prp_skin_and_area_changes_a_window() -> None:
    assert [row[0] for row in ROWS if list(modifiers(row[0]))] == []
    assert all(modifier.why and modifier.source for modifier in microneedling().modifiers)


@pytest.mark.parametrize("flag", ["fitzpatrick_4_6", "melasma", "dark_marks"])
def test_skin_that_marks_easily_gets_the_times_of_one_band_deeper(flag: str) -> None:
    deeper = {
        row[0] for row in ROWS if NextBand(duration("7d")) in {m.effect for m in modifiers(row[0], flags=(flag,))}
    }

    assert deeper == ONE_BAND_DEEPER
    assert str(longest("spf_daily", "D0", flags=(flag,))) == "56d"


@pytest.mark.parametrize("area", ["neck", "chest"])
def test_neck_and_chest_get_the_times_of_one_band_deeper_for_the_actives(area: str) -> None:
    deeper = {
        row[0] for row in ROWS if NextBand(duration("7d")) in {m.effect for m in modifiers(row[0], areas=(area,))}
    }

    assert deeper == {row[0] for row in ROWS[:8]}


def test_cleansing_and_moisturiser_start_at_the_first_wash_and_daily_sunscreen_when_it_may() -> None:
    starts = {window.topic: window.start for window in microneedling().windows if window.start is not None}

    assert starts == {"cleanse": "first_wash", "moisturise": "first_wash", "spf_daily": "spf_start"}


@pytest.mark.parametrize(
    ("needle_mm", "modality", "band"),
    [
        (0.1, "roller", "D0"), (0.3, "roller", "D0"), (0.31, "pen", "D1"), (0.5, "pen", "D1"), (0.51, "pen", "D2"),
        (1.0, "pen", "D2"), (1.01, "pen", "D3"), (1.25, "roller", "D3"), (1.5, "pen", "D3"), (1.51, "pen", "D4"),
        (0.1, "rf", "D3"), (0.3, "rf", "D3"), (0.5, "rf", "D3"), (1.5, "rf", "D3"), (1.6, "rf", "D4"),
    ],
)  # fmt: skip
def test_the_band_follows_the_longest_needle_and_radiofrequency_is_deep(
    needle_mm: float, modality: str, band: str
) -> None:
    found = find_band(microneedling(), {**PEN, "needle_mm": needle_mm, "modality": modality})

    assert found is not None
    assert (found.id, found.notice) == (band, None)


@pytest.mark.parametrize("modality", ["pen", "rf"])
def test_a_needle_that_was_not_recorded_counts_as_the_deepest_and_staff_are_told(modality: str) -> None:
    found = find_band(microneedling(), {**PEN, "modality": modality})

    assert found is not None
    assert (found.id, found.notice) == ("D4", "No needle length recorded: planned as the deepest.")
    assert microneedling().band_order == BANDS


def test_some_topics_are_told_by_text_and_the_others_stand_on_the_sheet() -> None:
    by_text = {topic.id for topic in shipped().topics.values() if topic.told_by is ToldBy.TEXT}

    assert by_text == {
        "retinoid_otc", "acids", "vit_c", "exfoliate", "alcohol_toner",
        "spf_start", "sun_avoid", "makeup", "exercise", "heat", "pick",
    }  # fmt: skip


def test_every_topic_has_english_words_and_says_avoid_or_do() -> None:
    topics = shipped().topics

    assert {name for name, topic in topics.items() if topic.advice is Advice.DO} == {
        "cleanse", "moisturise", "ointment", "spf_daily", "touch_sleep",
    }  # fmt: skip
    assert all(topic.words["en"].name and topic.words["en"].counts for topic in topics.values())
    assert {name: topic.opposes for name, topic in topics.items() if topic.opposes} == {
        "spf_start": "spf_daily", "spf_daily": "spf_start",
    }  # fmt: skip


def test_the_flags_of_a_patients_history_are_there_and_a_named_clinician_signs_them() -> None:
    flags = shipped().flags

    assert set(flags) == {
        "fitzpatrick_4_6", "melasma", "dark_marks", "herpes", "isotretinoin", "keloid", "pregnant", "breastfeeding",
        "blood_thinners", "active_acne", "allergy", "immune",
    }  # fmt: skip
    assert all(flag.sign_off == "M" and flag.why and flag.source for flag in flags.values())


def test_a_session_records_the_facts_that_the_rules_need() -> None:
    facts = microneedling().facts

    assert list(facts) == ["needle_mm", "modality", "areas", "adjuncts", "weeping"]
    assert (facts["needle_mm"].min, facts["needle_mm"].max, facts["needle_mm"].unit) == (0.1, 3.5, "mm")
    assert facts["modality"].required
    assert facts["modality"].choices == ("roller", "pen", "rf")
    assert (facts["areas"].if_missing, facts["adjuncts"].if_missing, facts["weeping"].if_missing) == ((), (), False)
