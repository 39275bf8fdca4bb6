from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from scheduler.domain.care.checks import Severity
from scheduler.domain.care.protocols import (
    AtWindowEnd,
)
from scheduler.domain.delivery.reminders import Kind
from tests.domain.care.builders import a_protocol, a_rule, a_window, on_days
from tests.domain.care.checks.versions import found, words


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
