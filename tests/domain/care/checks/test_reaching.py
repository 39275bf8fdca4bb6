from __future__ import annotations

from dataclasses import replace
from datetime import time

from scheduler.domain.care.checks import Severity
from scheduler.domain.care.checks.cases import Cases
from scheduler.domain.care.conditions import Condition, Missing, Not, OneOf, Within
from scheduler.domain.care.protocols import (
    AtLeast,
    Band,
)
from tests.domain.care.builders import a_fact, a_modifier, a_protocol, a_rule, a_window, lasts, when
from tests.domain.care.checks.versions import DEEP, DEVICE, NEEDLE, found, told


def test_bands_that_meet_at_a_threshold_have_no_gap_and_do_not_overlap() -> None:
    bands = (Band(id="D0", when=when(needle_mm=Within(max=0.5))), Band(id="D1", when=when(needle_mm=Within(over=0.5))))
    needed = replace(NEEDLE, required=True)

    assert found(a_protocol(a_rule(), facts=[needed], bands=bands)) == []


def test_a_gap_no_wider_than_a_threshold_is_found() -> None:
    bands = (
        Band(id="D0", when=when(needle_mm=Within(under=0.5))),
        Band(id="D1", when=when(needle_mm=Within(over=0.5))),
    )

    (gap,) = found(a_protocol(a_rule(), facts=[replace(NEEDLE, required=True)], bands=bands))

    assert told([gap]) == [": band: fits no session with longest needle 0.5 mm"]


def test_two_tables_of_one_band_may_overlap() -> None:
    bands = (
        Band(id="D0", when=when(needle_mm=Within(max=0.5))),
        Band(id="D0", when=when(needle_mm=Within(max=0.7))),
        DEEP[1],
    )

    assert found(a_protocol(a_rule(), facts=[NEEDLE], bands=bands)) == []


def test_bands_that_share_sessions_are_a_note_that_names_one() -> None:
    bands = (Band(id="D0", when=when(needle_mm=Within(max=0.5))), Band(id="D1", when=when(needle_mm=Within(min=0.5))))

    (note,) = found(a_protocol(a_rule(), facts=[replace(NEEDLE, required=True)], bands=bands))

    assert told([note]) == ['band "D1": when: also fits longest needle 0.5 mm, where band "D0" above wins']
    assert note.severity is Severity.NOTE


def test_a_band_whose_parts_contradict_each_other_is_told() -> None:
    bands = (Band(id="D0", when=when(needle_mm=Within(over=2, max=1))), Band(id="D1"))

    (never,) = found(a_protocol(a_rule(), facts=[NEEDLE], bands=bands))

    assert told([never]) == ['band "D0": when: can never hold, as its parts contradict each other']


def test_a_last_band_that_nothing_is_left_for_is_told() -> None:
    (lost,) = found(a_protocol(a_rule(), bands=(Band(id="D0"), Band(id="D1"))))

    assert told([lost]) == ['band "D1": id: can\'t be reached, as band "D0" and others above fit all of its sessions']


def test_a_condition_that_needs_a_later_session_and_no_earlier_one_can_never_hold() -> None:
    never = when(session_number=2.0, days_since_last=Missing(missing=True))
    fine = when(session_number=2.0, days_since_last=Within(max=30))

    assert [finding.rule for finding in found(a_protocol(a_rule(), a_rule("x", condition=never)))] == ['reminder "x"']
    assert found(a_protocol(a_rule(), a_rule("x", condition=fine))) == []


def test_windows_for_nobody_are_told() -> None:
    never = when(device=OneOf(("pen",)), band="D1")
    bands = (Band(id="D0", when=when(device="pen")), Band(id="D1"))

    (window,) = found(
        a_protocol(a_rule(), windows=(a_window(), a_window("sheet", condition=never)), facts=[DEVICE], bands=bands)
    )

    assert told([window]) == ['window "sheet": when: can never hold, as its parts contradict each other']


def test_what_would_take_too_long_to_try_is_left_open() -> None:
    facts = [a_fact(f"f{place}") for place in range(9)]
    hard = Condition(
        tests=tuple(test for place in range(9) for test in when(**{f"f{place}": Within(over=1, max=3)}).tests)
    )
    never = Condition(tests=(*hard.tests, *when(f0=Within(max=0)).tests))
    modifier = a_modifier(AtLeast(lasts("1h")), condition=never)

    protocol = a_protocol(a_rule(), facts=facts, bands=[Band(id="D0", when=never), Band(id="D1")], modifiers=[modifier])

    assert found(protocol) == []


def test_once_the_tests_are_used_up_the_rest_is_left_open() -> None:
    cases = Cases(a_protocol(facts=[NEEDLE]), 20)

    assert cases.of(when(needle_mm=1.0)) is None
    assert Cases(a_protocol(), 3).of(when(session_number=1.0)) is None
    assert not cases.impossible(when(needle_mm=Within(over=2, max=1)))


def test_a_condition_that_many_rules_share_is_tried_once_so_that_all_of_them_are_told() -> None:
    tests = {f"f{place}": Within(over=1, max=3) for place in range(4)}
    never = when(**tests, f4=Within(over=3, max=1))
    rules = [a_rule(f"never-{place}", condition=never) for place in range(8)]

    protocol = a_protocol(a_rule(), *rules, facts=[a_fact(f"f{place}") for place in range(5)])

    assert [finding.rule for finding in found(protocol)] == [f'reminder "{rule.id}"' for rule in rules]


def test_a_rule_without_any_condition_needs_no_trying() -> None:
    assert Cases(a_protocol()).impossible(Condition()) is False
    assert Cases(a_protocol()).impossible(when(ended_time=Not(Within(min=time(0))))) is True
