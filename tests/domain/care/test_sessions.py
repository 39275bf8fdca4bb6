from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, time

import pytest

from scheduler.domain.care.protocols import CareProtocol, Fact, FactType
from scheduler.domain.care.sessions import derived_facts, read_facts
from scheduler.domain.errors import Invalid
from tests.domain.care.builders import LONDON, a_protocol, a_session, utc

NEEDLE = Fact(
    id="needle_mm", type=FactType.NUMBER, label="Longest needle", unit="mm", min=0.1, max=3.5, choices=(0.25, 0.5)
)
DEVICE = Fact(id="modality", type=FactType.CHOICE, label="Device", choices=("pen", "rf"), required=True)
ADJUNCTS = Fact(id="adjuncts", type=FactType.LIST, label="Put on the skin", choices=("prp", "acid"), if_missing=())
AREAS = Fact(id="areas", type=FactType.LIST, label="Areas")
WEEPING = Fact(id="weeping", type=FactType.YES_NO, label="Weeping", if_missing=False)


def protocol(*facts: Fact) -> CareProtocol:
    return a_protocol(facts=facts or (NEEDLE, DEVICE, ADJUNCTS, AREAS, WEEPING))


def problems(given: dict[str, object], *facts: Fact) -> list[str]:
    with pytest.raises(Invalid) as error:
        read_facts(protocol(*facts), given)
    return [str(problem) for problem in error.value.problems]


def test_facts_are_read_as_values() -> None:
    given = {"needle_mm": 1, "modality": "pen", "adjuncts": ["prp"], "areas": ["chin", "nose"], "weeping": True}

    facts = read_facts(protocol(), given)

    assert facts == {
        "needle_mm": 1.0,
        "modality": "pen",
        "adjuncts": ("prp",),
        "areas": ("chin", "nose"),
        "weeping": True,
    }
    assert isinstance(facts["needle_mm"], float)


def test_a_fact_left_out_has_its_default_or_stays_missing() -> None:
    facts = read_facts(protocol(), {"modality": "rf"})

    assert facts == {"modality": "rf", "adjuncts": (), "weeping": False}


def test_nothing_given_is_the_same_as_left_out() -> None:
    facts = read_facts(protocol(), {"modality": "rf", "needle_mm": None, "weeping": None})

    assert facts == {"modality": "rf", "adjuncts": (), "weeping": False}


def test_a_required_fact_that_is_missing_is_a_problem_with_the_mend() -> None:
    assert problems({}) == ["facts.modality: Device is required; give one of: pen, rf"]


def test_a_required_fact_with_a_default_is_never_missing() -> None:
    device = replace(DEVICE, if_missing="pen")

    assert read_facts(protocol(device), {}) == {"modality": "pen"}


def test_an_unknown_fact_is_a_problem_that_names_the_nearest() -> None:
    assert problems({"modality": "pen", "needle": 0.5}) == [
        "facts.needle: Microneedling has no fact of this name; did you mean needle_mm?"
    ]


def test_every_problem_is_named_at_once() -> None:
    found = problems({"x": 1, "needle_mm": "long", "adjuncts": "prp"})

    assert [problem.split(":")[0] for problem in found] == [
        "facts.x",
        "facts.needle_mm",
        "facts.modality",
        "facts.adjuncts",
    ]


@pytest.mark.parametrize("number", [0.1, 3.5, 0.37, 1])
def test_a_number_may_be_any_inside_its_limits_bounds_included(number: float) -> None:
    assert read_facts(protocol(NEEDLE), {"needle_mm": number}) == {"needle_mm": number}


@pytest.mark.parametrize(
    "value",
    [0.09, 3.51, -1, math.nan, math.inf, -math.inf, 10**400, -(10**400), True, "0.5", [0.5], {"mm": 0.5}],
)
def test_a_number_outside_its_limits_or_that_is_none_is_a_problem(value: object) -> None:
    assert problems({"needle_mm": value}, NEEDLE) == [
        "facts.needle_mm: Longest needle can't be this; give a number from 0.1 mm up to 3.5 mm"
    ]


def test_a_number_without_limits_must_still_be_one() -> None:
    free = Fact(id="passes", type=FactType.NUMBER, label="Passes")

    assert read_facts(protocol(free), {"passes": -1e300}) == {"passes": -1e300}
    assert problems({"passes": math.inf}, free) == ["facts.passes: Passes can't be this; give a number"]


@pytest.mark.parametrize("value", ["laser", "", "PEN", 1, True, ["pen"]])
def test_a_choice_must_be_one_of_its_words(value: object) -> None:
    assert problems({"modality": value}) == ["facts.modality: Device can't be this; give one of: pen, rf"]


@pytest.mark.parametrize("value", ["prp", ["prp", "honey"], [1], {"prp": True}, True])
def test_a_list_must_hold_words_it_knows(value: object) -> None:
    assert problems({"adjuncts": value}, ADJUNCTS) == [
        "facts.adjuncts: Put on the skin can't be this; give a list of: prp, acid"
    ]


def test_a_list_without_choices_takes_any_words_and_nothing_else() -> None:
    assert read_facts(protocol(AREAS), {"areas": ("left cheek",)}) == {"areas": ("left cheek",)}
    for value in ([1], ["left cheek", 1]):
        assert problems({"areas": value}, AREAS) == ["facts.areas: Areas can't be this; give a list of words"]


def test_a_word_named_twice_in_a_list_counts_once() -> None:
    assert read_facts(protocol(AREAS), {"areas": ["b", "a", "b"]}) == {"areas": ("b", "a")}


@pytest.mark.parametrize("value", ["yes", 1, 0, [True]])
def test_yes_or_no_is_true_or_false_and_nothing_else(value: object) -> None:
    assert problems({"weeping": value}, WEEPING) == ["facts.weeping: Weeping can't be this; give true or false"]


def test_the_first_session_is_number_one_and_has_no_last() -> None:
    session = a_session()

    facts = derived_facts(session, [session], zone=LONDON, flags=())

    assert facts["session_number"] == 1.0
    assert "days_since_last" not in facts


def test_sessions_are_counted_by_procedure_up_to_this_one() -> None:
    first = a_session("s-1", ended_at=utc("2026-01-10T10:00"))
    peel = a_session("s-2", ended_at=utc("2026-02-10T10:00"), procedure="peel")
    second = a_session("s-3", ended_at=utc("2026-03-03T14:30"))
    third = a_session("s-4", ended_at=utc("2026-04-20T10:00"))

    sessions = [third, second, peel, first]
    of_second, of_third = (derived_facts(one, sessions, zone=LONDON, flags=()) for one in (second, third))

    assert (of_second["session_number"], of_second["days_since_last"]) == (2.0, 52.0)
    assert (of_third["session_number"], of_third["days_since_last"]) == (3.0, 48.0)


def test_days_since_the_last_session_are_calendar_days() -> None:
    late = a_session("s-1", ended_at=utc("2026-03-02T23:50"))
    early = a_session("s-2", ended_at=utc("2026-03-03T00:10"))

    assert derived_facts(early, [late, early], zone=LONDON, flags=())["days_since_last"] == 1.0


def test_two_sessions_that_end_at_the_same_instant_are_numbered_apart() -> None:
    one, other = a_session("s-1"), a_session("s-2")

    first, second = (derived_facts(session, [other, one], zone=LONDON, flags=()) for session in (one, other))

    assert (first["session_number"], second["session_number"]) == (1.0, 2.0)


@pytest.mark.parametrize(("zone", "shown"), [(LONDON, time(15, 30)), ("America/New_York", time(10, 30))])
def test_the_time_of_the_end_is_the_wall_clocks(zone: str, shown: time) -> None:
    session = a_session(ended_at=utc("2026-07-01T14:30"))

    assert derived_facts(session, [session], zone=zone, flags=())["ended_time"] == shown


def test_flags_are_a_fact_of_the_patient_in_one_order() -> None:
    session = a_session(facts={"needle_mm": 0.5})

    facts = derived_facts(session, [session], zone=LONDON, flags={"melasma", "herpes"})

    assert facts["flags"] == ("herpes", "melasma")
    assert facts["needle_mm"] == 0.5


def test_a_sessions_day_0_is_a_record_that_no_zone_changes() -> None:
    before = a_session("s-1", ended_at=utc("2026-03-01T12:00"), day_0=date(2026, 3, 1))
    session = a_session("s-2", ended_at=utc("2026-03-03T23:30"), day_0=date(2026, 3, 3))

    facts = derived_facts(session, [before, session], zone="Asia/Tokyo", flags=())

    assert facts["days_since_last"] == 2.0
