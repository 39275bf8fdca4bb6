"""Which rules of the protocol that ships hold for which session, and when they send."""

from __future__ import annotations

from datetime import time

import pytest

from scheduler.domain.care.conditions import Facts, Value, truth
from scheduler.domain.care.protocols import After, AtWindowEnd, Duration, OnDays, SendTime, ToldBy, Unit
from scheduler.domain.delivery.reminders import Kind
from tests.catalog.config_folder import microneedling, shipped

BANDS = ("D0", "D1", "D2", "D3", "D4")
EVERY_SESSION = {"no-actives", "danger", "spf-sun", "resume-actives"}
FIRST_D0 = {"start-d0", "shade", *EVERY_SESSION}
FIRST_DEEPER = {"start", "shade", "heat-exercise", "flaking", "check", "patches", *EVERY_SESSION}
REPEAT = {"again", *EVERY_SESSION}
REPEATS: Facts = {"session_number": 2.0, "days_since_last": 28.0}


def session(**facts: Value) -> Facts:
    """A first session with a pen, ended at half past two; facts that aren't given are missing."""
    return {
        "modality": "pen",
        "band": "D1",
        "flags": (),
        "adjuncts": (),
        "areas": ("face",),
        "weeping": False,
        "session_number": 1.0,
        "ended_time": time(14, 30),
        **facts,
    }


def rules(facts: Facts) -> set[str]:
    return {rule.id for rule in microneedling().reminders if truth(rule.when, facts) is True}


def test_a_first_session_with_short_needles_has_six_reminders() -> None:
    assert rules(session(band="D0")) == FIRST_D0


@pytest.mark.parametrize("band", BANDS[1:])
def test_a_deeper_first_session_has_ten(band: str) -> None:
    assert rules(session(band=band)) == FIRST_DEEPER


@pytest.mark.parametrize("band", ["D3", "D4"])
def test_radiofrequency_has_one_more(band: str) -> None:
    assert rules(session(band=band, modality="rf")) == FIRST_DEEPER | {"rf-check"}


def test_sunscreen_is_not_asked_for_while_weeping_skin_may_have_none() -> None:
    assert rules(session(modality="rf", band="D4", weeping=True)) & {"spf-sun", "spf-sun-weeping"} == {
        "spf-sun-weeping"
    }
    assert rules(session(modality="pen", weeping=True)) & {"spf-sun", "spf-sun-weeping"} == {"spf-sun"}


@pytest.mark.parametrize("modality", ["pen", "rf"])
@pytest.mark.parametrize("band", BANDS)
def test_a_repeat_session_has_exactly_five(band: str, modality: str) -> None:
    assert rules(session(band=band, modality=modality, **REPEATS)) == REPEAT


def test_a_session_long_after_the_last_one_counts_as_a_first() -> None:
    assert rules(session(session_number=3.0, days_since_last=180.0)) == REPEAT
    assert rules(session(session_number=3.0, days_since_last=181.0)) == FIRST_DEEPER


@pytest.mark.parametrize(("ended", "rule"), [(time(9), "shade"), (time(15, 59), "shade"), (time(16), "shade-late")])
def test_while_it_is_still_light_shade_comes_first(ended: time, rule: str) -> None:
    assert rules(session(ended_time=ended)) & {"shade", "shade-late"} == {rule}


@pytest.mark.parametrize(
    ("flag", "rule"),
    [
        ("herpes", "blisters"),
        ("fitzpatrick_4_6", "dark-patches"),
        ("melasma", "dark-patches"),
        ("dark_marks", "dark-patches"),
        ("keloid", "raised-scars"),
    ],
)
def test_a_flag_adds_its_own_reminder_to_every_session(flag: str, rule: str) -> None:
    assert rules(session(flags=(flag,))) == FIRST_DEEPER | {rule}
    assert rules(session(flags=(flag,), **REPEATS)) == REPEAT | {rule}


@pytest.mark.parametrize("flag", ["pregnant", "breastfeeding"])
def test_who_is_pregnant_or_breastfeeding_is_never_told_to_resume(flag: str) -> None:
    assert rules(session(flags=(flag,))) == FIRST_DEEPER - {"resume-actives"}
    assert rules(session(flags=("melasma", flag), **REPEATS)) == (REPEAT | {"dark-patches"}) - {"resume-actives"}


@pytest.mark.parametrize("flag", ["isotretinoin", "blood_thinners", "active_acne", "allergy", "immune"])
def test_other_flags_change_no_reminder(flag: str) -> None:
    assert rules(session(flags=(flag,))) == FIRST_DEEPER


def on(*days: int, at: time) -> OnDays:
    return OnDays(days, at)


HOUR = After(Duration(1, Unit.HOURS))
ACTIVES = {"retinoid_otc", "acids", "vit_c", "exfoliate", "alcohol_toner"}
RULES = {
    "start": (Kind.INSTRUCT, HOUR, {"first_wash", "touch_sleep", "pick"}),
    "start-d0": (Kind.INSTRUCT, HOUR, {"first_wash", "touch_sleep", "pick", "heat"}),
    "shade": (Kind.INSTRUCT, on(0, at=time(18)), {"spf_start", "makeup", "exercise"}),
    "shade-late": (Kind.INSTRUCT, on(0, at=time(18)), {"spf_start", "makeup", "exercise"}),
    "again": (Kind.INSTRUCT, on(0, at=time(18)), {"spf_start", "makeup", "exercise", "heat", "pick"}),
    "no-actives": (Kind.INSTRUCT, on(1, at=time(10)), ACTIVES),
    "danger": (Kind.SAFETY, on(1, at=time(17)), set[str]()),
    "spf-sun": (Kind.INSTRUCT, on(2, at=time(9)), {"spf_daily", "sun_avoid"}),
    "spf-sun-weeping": (Kind.INSTRUCT, on(3, at=time(9)), {"spf_daily", "sun_avoid"}),
    "heat-exercise": (Kind.INSTRUCT, on(2, at=time(9)), {"heat", "exercise", "swim"}),
    "flaking": (Kind.INSTRUCT, on(3, at=time(10)), {"pick"}),
    "check": (Kind.CHECK, on(7, at=time(10)), set[str]()),
    "patches": (Kind.CHECK, on(28, at=time(10)), set[str]()),
    "rf-check": (Kind.CHECK, on(56, at=time(10)), set[str]()),
    "resume-actives": (Kind.RESUME, AtWindowEnd(time(10)), ACTIVES),
    "blisters": (Kind.SAFETY, on(2, 4, 7, at=time(12)), set[str]()),
    "dark-patches": (Kind.CHECK, on(14, at=time(10)), set[str]()),
    "raised-scars": (Kind.CHECK, on(28, 56, 84, at=time(10)), set[str]()),
}


@pytest.mark.parametrize(("rule_id", "expected"), RULES.items(), ids=RULES)
def test_each_rule_says_what_it_is_for_when_and_of_what(
    rule_id: str, expected: tuple[Kind, SendTime, set[str]]
) -> None:
    (rule,) = (rule for rule in microneedling().reminders if rule.id == rule_id)

    assert (rule.kind, rule.send, set(rule.topics)) == expected


def test_there_are_no_other_rules_and_only_resume_says_how_long_it_is_useful() -> None:
    useful = {rule.id: str(rule.useful_for) for rule in microneedling().reminders if rule.useful_for}

    assert {rule.id for rule in microneedling().reminders} == set(RULES)
    assert useful == {"resume-actives": "72h"}


@pytest.mark.parametrize("facts", [session(), session(**REPEATS)], ids=["first", "repeat"])
@pytest.mark.parametrize("band", BANDS)
def test_what_must_be_told_by_text_is_named_by_a_rule(band: str, facts: Facts) -> None:
    holding = rules({**facts, "band": band})
    named = {topic for rule in microneedling().reminders if rule.id in holding for topic in rule.topics}

    assert {topic.id for topic in shipped().topics.values() if topic.told_by is ToldBy.TEXT} <= named


def test_every_rule_has_its_words_in_english_for_texts_and_email() -> None:
    for rule in microneedling().reminders:
        message = shipped().messages[rule.template, "en"]

        assert message.sms is not None
        assert message.email is not None
