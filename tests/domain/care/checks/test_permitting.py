from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from scheduler.domain.care.checks import Severity
from scheduler.domain.care.protocols import (
    AtWindowEnd,
)
from scheduler.domain.care.ruleless import CATCH_UP
from scheduler.domain.delivery.reminders import Kind
from tests.domain.care.builders import a_protocol, a_rule, a_window, on_days
from tests.domain.care.checks.versions import found, told, words


@pytest.mark.parametrize(
    ("text", "severity"), [("You may", Severity.NOTE), ("You may after ((until))", Severity.ERROR)]
)
def test_a_permission_that_waits_for_the_last_end_is_a_note_unless_it_names_one_date(
    text: str, severity: Severity
) -> None:
    windows = [a_window(), a_window("acids", "9d")]
    resume = a_rule(
        "resume", kind=Kind.RESUME, send=AtWindowEnd(time(10)), topics=("retinoid_otc", "acids"), useful_for="72h"
    )

    protocol = a_protocol(a_rule("tell"), a_rule("more", topics=("acids",)), resume, windows=windows)
    (finding,) = found(
        protocol, messages={**words(protocol, "Call us"), **words(replace(protocol, reminders=(resume,)), text)}
    )

    assert (finding.rule, finding.key, finding.severity) == ('reminder "resume"', "topics", severity)


def test_one_text_that_says_do_and_don_t_is_told() -> None:
    windows = [a_window("spf_start", "24h"), a_window("spf_daily", "28d")]
    both = a_rule(topics=("spf_start", "spf_daily"), send=on_days(0, at="18:00"))

    findings = found(a_protocol(both, windows=windows))

    assert [finding.key for finding in findings if "opposite" in finding.fault] == ["send"]
    assert [finding.key for finding in findings if "permits spf_start" in finding.fault] == ["send"]


def test_a_text_that_permits_too_soon_is_told_of_once_and_never_as_its_own_opposite() -> None:
    soon = a_rule("soon", kind=Kind.RESUME, send=on_days(3), useful_for="9d")

    findings = found(a_protocol(a_rule(), soon))

    (told_of,) = told(findings)
    assert told_of == (
        'reminder "soon": send: permits retinoid_otc on 6 March, 10:00, before its end on 9 March, 00:00 '
        "(a plain session)"
    )


def test_what_the_planner_adds_by_itself_is_not_named_as_the_opposite() -> None:
    windows = [a_window("spf_start", "24h"), a_window("spf_daily", "28d")]
    sun = a_rule("sun", topics=("spf_daily",), send=on_days(0, at="18:00"))
    protocol = a_protocol(sun, windows=windows)
    catch_up = words(a_protocol(a_rule(CATCH_UP)), "No ((topics)) until after ((until))")

    faults = [finding.fault for finding in found(protocol, messages={**words(protocol, "Use it"), **catch_up})]

    assert [fault.partition(" (")[0] for fault in faults] == [
        "is named by no reminder while it holds",
        "permits spf_start on 3 March, 18:00, before its end on 4 March, 14:30",
    ]
