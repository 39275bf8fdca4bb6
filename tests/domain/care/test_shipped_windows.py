from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.domain.care.planning import Plan
from scheduler.domain.care.timing import last_day
from tests.catalog.test_shipped_windows import BANDS, ONE_BAND_DEEPER, ROWS
from tests.domain.care.builders import ENDED, LONDON, on_clock
from tests.domain.care.plans import only_stretch, until_days
from tests.domain.care.shipped_sessions import NEEDLES, a_shipped_plan, a_shipped_session

DARKER = ["fitzpatrick_4_6", "melasma", "dark_marks"]
TOPICS = [row[0] for row in ROWS]
OF_BANDS = {row[0]: dict(zip(BANDS, row[1:6], strict=True)) for row in ROWS}
OF_RF = {row[0]: row[6] for row in ROWS}
OF_PRP = {row[0]: row[7] for row in ROWS}
NOTHING: Mapping[str, str] = {}


def end(length: str, *, more_days: int = 0) -> datetime:
    """When a length of the table is over: hours exactly, days at the midnight after that day."""
    count = int(length[:-1])
    if length.endswith("h"):
        return ENDED + timedelta(hours=count)
    midnight = datetime.combine(date(2026, 3, 3) + timedelta(days=count + more_days + 1), time(), ZoneInfo(LONDON))
    return midnight.astimezone(ENDED.tzinfo)


def ends(band: str, *minima: Mapping[str, str]) -> dict[str, datetime]:
    """The ends of a band's column, or of a minimum where that is longer; "band" and "-" say nothing."""
    lengths = {topic: [OF_BANDS[topic][band], *(found.get(topic, "-") for found in minima)] for topic in TOPICS}
    return {
        topic: max(end(length) for length in found if length not in {"-", "band"}) for topic, found in lengths.items()
    }


def deeper(topics: Iterable[str], band: str) -> dict[str, datetime]:
    """The ends of the next column; at the last a week more than its own."""
    if band == BANDS[-1]:
        return {topic: end(OF_BANDS[topic][band], more_days=7) for topic in topics}
    return {topic: end(OF_BANDS[topic][BANDS[BANDS.index(band) + 1]]) for topic in topics}


def longest(*found: Mapping[str, datetime]) -> dict[str, datetime]:
    return {topic: max(each[topic] for each in found if topic in each) for topic in TOPICS}


def planned(plan: Plan) -> dict[str, datetime]:
    return {topic: only_stretch(plan, topic).end for topic in TOPICS}


def differing(plan: Plan, wanted: Mapping[str, datetime]) -> dict[str, tuple[str, str]]:
    """Topics with another end than the table's: planned, wanted."""
    assert set(plan.windows) == set(TOPICS)
    found = planned(plan)
    return {
        topic: (on_clock(found[topic]), on_clock(wanted[topic])) for topic in TOPICS if found[topic] != wanted[topic]
    }


def test_the_table_counts_days_as_people_do() -> None:
    assert on_clock(end("5d")) == "2026-03-09 00:00"
    assert on_clock(end("28d")) == "2026-04-01 00:00"
    assert on_clock(end("72h")) == "2026-03-06 14:30"


@pytest.mark.parametrize("modality", ["roller", "pen"])
@pytest.mark.parametrize("band", BANDS)
def test_each_band_is_planned_as_its_column(band: str, modality: str) -> None:
    plan = a_shipped_plan(a_shipped_session(NEEDLES[band], modality))

    assert plan.courses["s-1"].facts["band"] == band
    assert differing(plan, ends(band)) == {}


@pytest.mark.parametrize("needle_mm", [0.25, 0.5, 1.5])
def test_radiofrequency_up_to_one_and_a_half_is_planned_as_its_column_and_d3(needle_mm: float) -> None:
    plan = a_shipped_plan(a_shipped_session(needle_mm, "rf"))

    assert differing(plan, ends("D3", OF_RF)) == {}


def test_radiofrequency_over_one_and_a_half_is_planned_as_its_column_and_d4() -> None:
    assert differing(a_shipped_plan(a_shipped_session(1.6, "rf")), ends("D4", OF_RF)) == {}


def test_an_unknown_length_is_planned_as_the_deepest_and_staff_are_told() -> None:
    plan = a_shipped_plan(a_shipped_session(None))

    band = plan.courses["s-1"].band
    assert band is not None
    assert (band.id, band.notice) == ("D4", "No needle length recorded: planned as the deepest.")
    assert differing(plan, ends("D4")) == {}


@pytest.mark.parametrize("band", BANDS)
def test_prp_lengthens_what_its_column_says(band: str) -> None:
    plan = a_shipped_plan(a_shipped_session(NEEDLES[band], adjuncts=["prp"]))

    assert differing(plan, ends(band, OF_PRP)) == {}


def test_prp_and_radiofrequency_take_the_longer_of_the_two() -> None:
    plan = a_shipped_plan(a_shipped_session(1.0, "rf", adjuncts=["prp", "vitamin_c"]))

    assert differing(plan, ends("D3", OF_RF, OF_PRP)) == {}


@pytest.mark.parametrize("adjunct", ["tranexamic_acid", "vitamin_c"])
def test_what_else_is_put_on_the_skin_changes_no_window(adjunct: str) -> None:
    assert differing(a_shipped_plan(a_shipped_session(adjuncts=[adjunct])), ends("D1")) == {}


@pytest.mark.parametrize("flag", DARKER)
@pytest.mark.parametrize("band", BANDS)
def test_darker_skin_gets_the_next_column_and_eight_weeks_of_sunscreen(band: str, flag: str) -> None:
    plan = a_shipped_plan(a_shipped_session(NEEDLES[band]), flags=[flag])

    wanted = longest(ends(band, {"spf_daily": "56d"}), deeper(ONE_BAND_DEEPER, band))
    assert differing(plan, wanted) == {}


def test_several_flags_of_darker_skin_count_once() -> None:
    one, all_three = (a_shipped_plan(a_shipped_session(), flags=flags) for flags in (DARKER[:1], DARKER))

    assert planned(one) == planned(all_three)


@pytest.mark.parametrize(("needle_mm", "band"), [(1.0, "D3"), (2.0, "D4")])
def test_darker_skin_after_radiofrequency_takes_the_longest(needle_mm: float, band: str) -> None:
    plan = a_shipped_plan(a_shipped_session(needle_mm, "rf"), flags=["melasma"])

    wanted = longest(ends(band, OF_RF, {"spf_daily": "56d"}), deeper(ONE_BAND_DEEPER, band))
    assert differing(plan, wanted) == {}


@pytest.mark.parametrize("area", ["neck", "chest"])
@pytest.mark.parametrize("band", BANDS)
def test_neck_and_chest_get_the_next_column_for_the_first_eight_rows(band: str, area: str) -> None:
    plan = a_shipped_plan(a_shipped_session(NEEDLES[band], areas=["face", area]))

    assert differing(plan, longest(ends(band), deeper(TOPICS[:8], band))) == {}


def test_neck_and_darker_skin_do_not_add_up() -> None:
    plan = a_shipped_plan(a_shipped_session(0.5, areas=["neck"]), flags=["melasma"])

    assert until_days(plan)["retinoid_otc"] == date(2026, 3, 10)


@pytest.mark.parametrize(("modality", "length"), [("rf", "48h"), ("pen", "24h")])
def test_weeping_skin_waits_two_days_for_sunscreen_after_radiofrequency(modality: str, length: str) -> None:
    plan = a_shipped_plan(a_shipped_session(1.0, modality, weeping=True))

    assert only_stretch(plan, "spf_start").end == end(length)
    assert only_stretch(plan, "spf_daily").start == end(length)


FLAGS_WITHOUT_WINDOWS = ["herpes", "isotretinoin", "keloid", "pregnant", "breastfeeding", "blood_thinners", "immune"]


@pytest.mark.parametrize("flag", FLAGS_WITHOUT_WINDOWS)
def test_no_other_flag_changes_a_window(flag: str) -> None:
    assert differing(a_shipped_plan(a_shipped_session(), flags=[flag]), ends("D1")) == {}


def test_what_follows_another_topic_begins_at_its_end_and_all_else_with_the_session() -> None:
    plan = a_shipped_plan(a_shipped_session(adjuncts=["prp"]))

    starts = {topic: only_stretch(plan, topic).start for topic in TOPICS}
    first_wash, sunscreen = end("24h"), end("24h")
    assert {topic: start for topic, start in starts.items() if start != ENDED} == {
        "cleanse": first_wash,
        "moisturise": first_wash,
        "spf_daily": sunscreen,
    }


LATER: list[tuple[str, Callable[[Plan], object], object]] = [
    ("D1 retinol", lambda plan: last_day(only_stretch(plan).end, LONDON), date(2026, 3, 8)),
    ("D1 first wash", lambda plan: on_clock(only_stretch(plan, "first_wash").end), "2026-03-03 22:30"),
    ("D1 next session", lambda plan: on_clock(only_stretch(plan, "next_session").end), "2026-04-01 00:00"),
]


@pytest.mark.parametrize(("look", "expected"), [case[1:] for case in LATER], ids=[case[0] for case in LATER])
def test_examples_by_hand(look: Callable[[Plan], object], expected: object) -> None:
    assert look(a_shipped_plan(a_shipped_session())) == expected
