from __future__ import annotations

from scheduler.domain.care.checks import Severity
from tests.domain.care.builders import a_protocol, a_rule, a_window
from tests.domain.care.checks.versions import found


def test_a_sound_protocol_has_no_findings() -> None:
    assert found(a_protocol(a_rule())) == []


def test_an_empty_protocol_has_no_findings() -> None:
    assert found(a_protocol(windows=())) == []


def test_errors_stand_before_notes() -> None:
    windows = (a_window(), a_window("acids", "6d"), a_window("spf_start"))
    both = a_rule(topics=("retinoid_otc", "acids"))

    severities = [
        finding.severity for finding in found(a_protocol(both, windows=windows), text="until after ((until))")
    ]

    assert severities == [Severity.ERROR, Severity.NOTE]
