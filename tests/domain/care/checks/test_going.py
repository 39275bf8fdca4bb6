from __future__ import annotations

from dataclasses import replace

from scheduler.domain.care.checks import RuleFinding, check_version
from scheduler.domain.care.checks.cases import Cases
from scheduler.domain.care.checks.findings import Called
from scheduler.domain.care.checks.going import check_going, check_limits
from scheduler.domain.care.checks.trying import trials
from scheduler.domain.care.protocols import (
    CareProtocol,
    ProtocolVersion,
)
from scheduler.domain.care.reasons import Reason, Why
from scheduler.domain.care.steps import NotPlanned
from scheduler.domain.delivery.reminders import Kind
from tests.domain.care.builders import a_protocol, a_rule, a_window, on_days, when
from tests.domain.care.checks.versions import DEEP, DEVICE, NEEDLE, TOPICS, found, told, words


def test_a_rule_that_says_the_same_as_another_may_be_left_out_of_a_plain_course() -> None:
    protocol = a_protocol(a_rule(), replace(a_rule("b"), same_as="no-actives"), a_rule("c"))

    assert [finding.rule for finding in left_out(protocol, "b", "c", "c", "unknown")] == ['reminder "c"']


def test_a_rule_is_missed_where_what_says_the_same_does_not_go_either() -> None:
    again = a_rule("again", condition=when(device="rf"))
    protocol = a_protocol(replace(a_rule(), same_as="again"), again, facts=[DEVICE])

    assert [finding.rule for finding in left_out(protocol, "no-actives")] == ['reminder "no-actives"']


def test_what_limits_leave_out_is_told_with_the_reason() -> None:
    (finding,) = left_out(a_protocol(a_rule()), "no-actives")

    assert finding.fault == (
        "is left out of a plain course: there is no number or address to send it to (a plain session)"
    )


def left_out(protocol: CareProtocol, *rules: str) -> list[RuleFinding]:
    """What is said of plans that lack these rules for a reason that is neither their condition nor the hour."""
    version = ProtocolVersion(number=1, protocol=protocol, topics=TOPICS, messages=words(protocol, "Call us"))
    tried = [
        replace(
            trial,
            plan=replace(
                trial.plan,
                not_planned=tuple(
                    NotPlanned(session_id=trial.session.id, rule=rule, reason=Reason(Why.NO_CONTACT)) for rule in rules
                ),
            ),
        )
        for trial in trials(version, Cases(protocol))
    ]
    flagged = [replace(trial, sample=replace(trial.sample, flags=("melasma",))) for trial in tried]
    assert list(check_limits(version, flagged, Called.of(protocol))) == []
    return list(check_limits(version, tried, Called.of(protocol)))


def test_a_reminder_that_no_hour_is_left_for_is_told_with_its_days() -> None:
    never = a_rule("never", kind=Kind.CHECK, send=on_days(2, at="22:00"), topics=(), useful_for="1h")
    sometimes = a_rule("sometimes", send=on_days(1, 2, 9))

    findings = found(a_protocol(a_rule(), never, sometimes))

    assert [(finding.rule, finding.key) for finding in findings] == [
        ('reminder "never"', "send"),
        ('reminder "sometimes"', "send.days"),
    ]
    assert "can never go on day 9 inside sending hours" in findings[1].fault


def test_a_reminder_without_a_window_where_it_holds_is_told() -> None:
    windows = [a_window(), a_window("sheet", condition=when(device="rf"))]
    lost = a_rule("lost", topics=("sheet",), condition=when(device="pen"))
    fine = a_rule("fine", topics=("sheet",))

    (finding,) = found(a_protocol(a_rule(), lost, fine, windows=windows, facts=[DEVICE]))

    assert told([finding]) == [
        'reminder "lost": topics: names nothing that has a window where it holds (a plain session)'
    ]


def test_a_reminder_that_is_late_for_some_sessions_only_is_no_finding() -> None:
    windows = [a_window(until={"D0": "12h", "D1": "5d"})]
    sheet = {**TOPICS, "retinoid_otc": TOPICS["sheet"]}
    protocol = a_protocol(a_rule(), facts=[NEEDLE], bands=DEEP, windows=windows)
    version = ProtocolVersion(number=1, protocol=protocol, topics=sheet, messages=words(protocol, "Call us"))

    assert check_version(version) == ()


def test_what_the_planner_adds_by_itself_is_no_rule_of_the_protocol() -> None:
    protocol = a_protocol(a_rule(), a_rule("later", condition=when(session_number=2.0)))
    version = ProtocolVersion(number=1, protocol=protocol, topics=TOPICS, messages=words(protocol, "Call us"))
    tried = trials(version, Cases(protocol))
    named_otherwise = Called.of(a_protocol(a_rule("other")))
    others = replace(version, protocol=a_protocol(a_rule("other")))

    assert list(check_going(others, tried, named_otherwise)) == []
    assert list(check_limits(others, tried, named_otherwise)) == []
