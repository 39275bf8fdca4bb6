"""The chemical peel that ships against table 3.1 of the clinical research, copied here by hand a second time."""

from __future__ import annotations

from datetime import time

import pytest

from scheduler.catalog.document import publishable
from scheduler.catalog.scalars import duration
from scheduler.domain.care.conditions import Facts, Value, truth
from scheduler.domain.care.protocols import AtLeast, NextBand, SignOff, ToldBy
from scheduler.domain.care.windows import find_band
from scheduler.domain.delivery.reminders import Kind
from tests.catalog.config_folder import chemical_peel, microneedling, shipped

# Topic, superficial, medium, who signs; where table 3.1 has no number, as the file's source says.
TABLE = """
retinoid_otc    7d   14d  M
retinoid_rx     7d   14d  M
acids           7d   14d  M
exfoliate       7d   14d  P
vit_c           7d   14d  P
alcohol_toner   7d   14d  P
fragrance       7d   14d  P
bpo             7d   14d  P
makeup          24h  10d  P
ointment        -    10d  M
cleanse         7d   14d  P
moisturise      7d   14d  M
spf_start       24h  10d  P
sun_avoid       14d  42d  P
spf_daily       28d  42d  P
exercise        48h  10d  P
heat            48h  10d  P
swim            72h  10d  P
pick            7d   14d  P
touch_sleep     24h  72h  P
shave           7d   14d  P
wax             7d   14d  P
self_tan        14d  21d  P
other_tx        28d  28d  M
home_roller     28d  28d  P
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()]
BANDS = ("superficial", "medium")
EVERY_SESSION = {"no-actives", "danger", "resume-actives"}
OF_BAND = {
    "superficial": EVERY_SESSION | {"spf-sun"},
    "medium": EVERY_SESSION | {"danger-again", "sun", "resume-sunscreen", "crusts"},
}
FIRST = {
    "superficial": OF_BAND["superficial"] | {"start", "shade-heat", "flaking", "check", "patches"},
    "medium": OF_BAND["medium"] | {"start", "shade-until", "flaking", "patches"},
}
REPEATS: Facts = {"session_number": 2.0, "days_since_last": 28.0}


def session(band: str, **facts: Value) -> Facts:
    """A first session, ended at half past two."""
    return {"band": band, "depth": band, "flags": (), "session_number": 1.0, "ended_time": time(14, 30), **facts}


def rules(facts: Facts) -> set[str]:
    return {rule.id for rule in chemical_peel().reminders if truth(rule.when, facts) is True}


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
@pytest.mark.parametrize("band", BANDS)
def test_each_depth_lasts_as_long_as_its_column_says(row: list[str], band: str) -> None:
    (window,) = (window for window in chemical_peel().windows if window.topic == row[0])

    holds = truth(window.when, session(band)) is True
    assert (str(window.length(band)) if holds else "-") == row[1 + BANDS.index(band)]
    assert window.sign_off.value == row[3]


def test_there_is_one_window_for_each_row_with_a_reason_and_a_source() -> None:
    windows = chemical_peel().windows

    assert [window.topic for window in windows] == [row[0] for row in ROWS]
    assert all(window.why.endswith(".") and window.source for window in windows)
    assert SignOff.GENERAL not in {window.sign_off for window in windows}


@pytest.mark.parametrize(
    ("facts", "band"), [({"depth": "superficial"}, "superficial"), ({"depth": "medium"}, "medium"), ({}, "medium")]
)
def test_a_depth_that_was_not_recorded_counts_as_the_deeper_and_staff_are_told(facts: Facts, band: str) -> None:
    found = find_band(chemical_peel(), facts)

    assert found is not None
    assert found.id == band
    assert found.notice == (None if facts else "No depth recorded: planned as a medium peel.")
    assert chemical_peel().band_order == BANDS


def test_washing_and_cream_wait_for_the_ointment_and_daily_sunscreen_until_it_may() -> None:
    starts = {window.topic: window.start for window in chemical_peel().windows if window.start is not None}

    assert starts == {"cleanse": "ointment", "moisturise": "ointment", "spf_daily": "spf_start"}


@pytest.mark.parametrize("flag", ["fitzpatrick_4_6", "melasma", "dark_marks"])
def test_skin_that_marks_easily_gets_the_times_of_the_deeper_peel_as_after_needling(flag: str) -> None:
    effects = {
        found.id: (set(found.topics), found.effect)
        for found in chemical_peel().modifiers
        if truth(found.when, {"flags": (flag,)}) is True
    }

    (needled,) = (found for found in microneedling().modifiers if found.id == "darker-skin")
    assert effects == {
        "darker-skin": (set(needled.topics) - {"next_session"}, NextBand(duration("7d"))),
        "darker-skin-sunscreen": ({"spf_daily"}, AtLeast(duration("56d"))),
    }
    assert len(chemical_peel().modifiers) == len(effects)


@pytest.mark.parametrize("band", BANDS)
def test_a_first_session_has_its_texts_within_the_limit_of_a_course(band: str) -> None:
    held = rules(session(band))

    kinds = {rule.id: rule.kind for rule in chemical_peel().reminders}
    assert held == FIRST[band]
    assert len([rule for rule in held if kinds[rule] is not Kind.SAFETY]) <= 9


@pytest.mark.parametrize("band", BANDS)
def test_a_repeat_session_has_what_every_session_has_and_one_text_for_the_day(band: str) -> None:
    assert rules(session(band, **REPEATS)) == OF_BAND[band] | {"again"}
    assert rules(session(band, session_number=2.0, days_since_last=181.0)) == FIRST[band]


def test_in_the_evening_of_a_late_session_shade_comes_second() -> None:
    late = rules(session("superficial", ended_time=time(16)))

    assert late ^ FIRST["superficial"] == {"shade-heat", "shade-heat-late"}
    assert rules(session("medium", ended_time=time(16))) == FIRST["medium"]


@pytest.mark.parametrize(
    ("flag", "extra"),
    [("herpes", {"blisters"}), ("keloid", {"raised-scars"}), ("melasma", {"dark-patches"}), ("immune", set[str]())],
)
def test_a_flag_adds_its_own_reminders_and_herpes_one_more_while_medium_is_open(flag: str, extra: set[str]) -> None:
    late = {"blisters-late"} if flag == "herpes" else set[str]()

    assert rules(session("superficial", flags=(flag,))) == FIRST["superficial"] | extra
    assert rules(session("medium", flags=(flag,))) == FIRST["medium"] | extra | late


@pytest.mark.parametrize("flag", ["pregnant", "breastfeeding"])
@pytest.mark.parametrize("band", BANDS)
def test_who_is_pregnant_or_breastfeeding_is_never_told_to_restart_retinol(band: str, flag: str) -> None:
    assert rules(session(band, flags=(flag,))) == FIRST[band] - {"resume-actives"}


@pytest.mark.parametrize("facts", [{}, REPEATS], ids=["first", "repeat"])
@pytest.mark.parametrize("band", BANDS)
def test_what_must_be_told_by_text_is_named_by_a_rule(band: str, facts: Facts) -> None:
    held = rules({**session(band), **facts})
    named = {topic for rule in chemical_peel().reminders if rule.id in held for topic in rule.topics}

    assert {topic.id for topic in shipped().topics.values() if topic.told_by is ToldBy.TEXT} <= named


def test_a_rule_that_both_procedures_have_says_the_same_in_both() -> None:
    needled = {rule.id: rule for rule in microneedling().reminders}
    shared = [rule for rule in chemical_peel().reminders if rule.id in needled]

    assert {rule.id for rule in shared} >= {"start", "no-actives", "danger", "resume-actives", "patches"}
    for rule in shared:
        same = needled[rule.id]
        assert (rule.kind, rule.template, rule.send) == (same.kind, same.template, same.send)


def test_it_can_be_published_with_all_its_words() -> None:
    version = publishable(shipped().sources["chemical_peel"], "chemical_peel.toml", shipped()).version(1)

    assert {rule.template for rule in chemical_peel().reminders} <= {template for template, _ in version.messages}
    assert "ointment" in version.topics
