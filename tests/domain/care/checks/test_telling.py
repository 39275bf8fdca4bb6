from __future__ import annotations

from datetime import time

from scheduler.domain.care.checks import Severity
from scheduler.domain.care.protocols import (
    AtWindowEnd,
)
from scheduler.domain.delivery.reminders import Kind
from tests.domain.care.builders import a_protocol, a_rule, a_window, lasts, on_days, when
from tests.domain.care.checks.versions import found


def test_advice_that_another_text_of_the_day_tells_is_told() -> None:
    first = a_rule(send=on_days(0, at="18:00"), condition=when(session_number=1.0))

    (finding,) = found(a_protocol(first))

    assert finding.rule == 'window "retinoid_otc"'
    assert "session 2" in finding.fault


def test_advice_on_the_sheet_and_advice_to_do_need_no_text() -> None:
    assert found(a_protocol(windows=[a_window("sheet"), a_window("spf_daily")])) == []


def test_permission_and_reassurance_tell_no_advice() -> None:
    resume = a_rule(kind=Kind.RESUME, send=AtWindowEnd(time(10)))

    assert [finding.key for finding in found(a_protocol(resume))] == ["topic"]


def test_advice_is_told_in_time_up_to_three_days_after_it_began() -> None:
    in_time, late = (a_protocol(a_rule(send=on_days(day))) for day in (3, 4))

    assert found(in_time) == []
    assert [finding.fault for finding in found(late)] == ["is first named 3 days after it began (a plain session)"]


def test_windows_of_one_topic_that_do_not_touch_are_two_stretches() -> None:
    early, touching, later = a_window(until="2d"), a_window(until="3d"), a_window(until="9d", start=lasts("5d"))
    rules = (a_rule(), a_rule("again", send=on_days(6)))

    assert found(a_protocol(*rules, windows=[early, later])) == []
    assert [finding.rule for finding in found(a_protocol(*rules, windows=[early, touching, later]))] == [
        'window "retinoid_otc" (2)'
    ]


def test_dates_that_a_text_does_not_name_may_differ() -> None:
    windows = [a_window(), a_window("acids", "9d")]
    protocol = a_protocol(a_rule(topics=("retinoid_otc", "acids")), windows=windows)

    assert found(protocol) == []
    assert [finding.severity for finding in found(protocol, text="until after ((until))")] == [Severity.NOTE]


def test_a_topic_that_is_over_when_the_text_goes_is_not_among_its_dates() -> None:
    windows = [a_window("sheet", "2h"), a_window("acids", "9d")]

    assert found(a_protocol(a_rule(topics=("sheet", "acids")), windows=windows), text="((until))") == []
