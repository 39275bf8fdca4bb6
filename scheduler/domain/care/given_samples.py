"""A sample as somebody describes it: facts, flags and earlier sessions by name, each checked as registering would."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from scheduler.domain.care.boundaries import DAYS_SINCE_LAST, FLAGS, SESSION_NUMBER
from scheduler.domain.care.protocols import CareProtocol
from scheduler.domain.care.samples import MOST_SESSIONS, Sample, plain_sample
from scheduler.domain.care.sessions import read_facts
from scheduler.domain.errors import Invalid
from scheduler.domain.naming import did_you_mean

_LONGEST_SINCE = 3660
_YEARS = range(2000, 2101)
"""What zones are known for."""


def given_sample(
    protocol: CareProtocol, given: Mapping[str, object], *, ended: datetime | None, flags: Collection[str]
) -> Sample:
    """The sample with these facts; besides the protocol's own, `flags`, `session_number` and `days_since_last`.

    Without any, the plain sample. `ended` is on the clinic's wall clock. Raises Invalid with a problem `facts.…` for
    each that can't be.
    """
    plain = plain_sample(protocol)
    own = {name: value for name, value in given.items() if name not in (FLAGS, SESSION_NUMBER, DAYS_SINCE_LAST)}
    number = _whole(given, SESSION_NUMBER, most=MOST_SESSIONS, least=1)
    since = _whole(given, DAYS_SINCE_LAST, most=_LONGEST_SINCE, least=0)
    if since is None and (number or 1) > 1:
        raise Invalid.of(f"facts.{DAYS_SINCE_LAST}", "is missing; a later session needs the days since the one before")
    if ended is not None and ended.year not in _YEARS:
        raise Invalid.of("ended", f"must be in the years from {_YEARS[0]} to {_YEARS[-1]}")
    if since is not None and number == 1:
        raise Invalid.of(
            f"facts.{SESSION_NUMBER}", "is 1, and a first session has none before it; leave one of the two out"
        )
    return replace(
        plain,
        name="as given",
        facts=read_facts(protocol, own) if given else plain.facts,
        flags=_flags(given.get(FLAGS, ()), flags),
        number=number or (1 if since is None else 2),
        days_since_last=since,
        ended=ended or plain.ended,
    )


def fitted(sample: Sample, protocol: CareProtocol) -> Sample:
    """The sample with the facts of another protocol: what that doesn't ask for is left out, what it needs is plain."""
    plain = plain_sample(protocol).facts
    needed = {name: plain[name] for name, fact in protocol.facts.items() if name in plain and fact.required}
    kept = {name: value for name, value in sample.facts.items() if name in protocol.facts}
    return replace(sample, facts={**needed, **kept})


def _whole(given: Mapping[str, object], name: str, *, most: int, least: int) -> int | None:
    value = given.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Invalid.of(f"facts.{name}", f"must be a whole number from {least} to {most}")
    return value


def _flags(value: object, known: Collection[str]) -> tuple[str, ...]:
    words = [value] if isinstance(value, str) else value
    found = tuple(str(word) for word in words) if isinstance(words, list | tuple) else ()
    for flag in found:
        if flag not in known:
            raise Invalid.of(f"facts.{FLAGS}", f"{flag} is no flag; {did_you_mean(flag, known)}")
    return found
