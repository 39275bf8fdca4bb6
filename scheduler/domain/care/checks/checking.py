"""All checks of a version that could be read, one after the other; what a check looks for is in its own module."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from scheduler.domain.care.checks.cases import Cases
from scheduler.domain.care.checks.findings import Called, RuleFinding, Severity
from scheduler.domain.care.checks.going import check_going, check_limits
from scheduler.domain.care.checks.lengthening import check_modifiers
from scheduler.domain.care.checks.permitting import check_opposites, check_permitted
from scheduler.domain.care.checks.reaching import check_bands, check_conditions
from scheduler.domain.care.checks.telling import check_dates, check_told, check_twice
from scheduler.domain.care.checks.trying import trials
from scheduler.domain.care.checks.wording import check_languages, check_parts
from scheduler.domain.care.protocols import ProtocolVersion


def check_version(version: ProtocolVersion, *, languages: Collection[str] = ()) -> tuple[RuleFinding, ...]:
    """Everything that is wrong or worth knowing, errors first; `languages` are those that all words must have.

    Nothing is said that isn't shown by a session that could be: what would take too long to try is left open.
    """
    found = list(_findings(version, languages))
    return tuple(sorted(found, key=lambda finding: finding.severity is Severity.NOTE))


def _findings(version: ProtocolVersion, languages: Collection[str]) -> Iterator[RuleFinding]:
    protocol, called = version.protocol, Called.of(version.protocol)
    cases = Cases(protocol)
    yield from check_bands(protocol, cases, called)
    yield from check_conditions(protocol, cases, called)
    yield from check_modifiers(protocol, cases, called)
    tried = trials(version, cases)
    yield from check_twice(version, tried, called)
    yield from check_told(version, tried, called)
    yield from check_dates(version, tried, called)
    yield from check_permitted(version, tried, called)
    yield from check_opposites(version, tried, called)
    yield from check_going(version, tried, called)
    yield from check_limits(version, tried, called)
    yield from check_languages(version, languages, called)
    yield from check_parts(version)
