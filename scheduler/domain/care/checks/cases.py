"""Every different set of facts that conditions can tell apart, so that what none of them fits is known for certain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod

from scheduler.domain.care.boundaries import BAND, DAYS_SINCE_LAST, SESSION_NUMBER, Values, told_value, values
from scheduler.domain.care.conditions import Condition, Value, truth
from scheduler.domain.care.protocols import CareProtocol
from scheduler.domain.care.windows import find_band

Case = dict[str, Value]
_MOST_TESTS = 600_000
"""Tests of facts in all cases of one protocol: half a second or so."""
_READING = 8
"""To look for the values that a condition names takes as long as so many answers."""


@dataclass(slots=True)
class Cases:
    """The cases of one protocol; so many are tried in all, as thousands of rules must not take minutes."""

    protocol: CareProtocol
    _left: int = _MOST_TESTS
    _impossible: dict[Condition, bool] = field(default_factory=dict)
    """Many rules ask for the same."""

    def of(self, *asked: Condition) -> Iterator[Case] | None:
        """Each set of facts that these conditions can tell apart, with its band where they ask for it.

        None where there are too many to try.
        """
        names = dict.fromkeys(name for condition in asked for name in condition.names())
        banded = BAND in names
        if banded:
            asked = (*asked, *(band.when for band in self.protocol.bands))
        tests = weight(asked)
        if not self._pay(_READING * tests):
            return None
        values_by_name = self._values(asked)
        if not self._pay(tests * prod(len(found) for found in values_by_name.values())):
            return None
        return self._cases(values_by_name, banded=banded)

    def fitting(self, condition: Condition) -> Iterator[Case] | None:
        """The cases in which the condition holds, with their bands; None where there are too many to try."""
        cases = self.of(condition, *(band.when for band in self.protocol.bands))
        return None if cases is None else (self._banded(case) for case in cases if truth(condition, case) is True)

    def impossible(self, condition: Condition) -> bool:
        """Whether no session at all can meet the condition."""
        if condition not in self._impossible:
            cases = self.of(condition)
            met = cases is None or any(truth(condition, case) is True for case in cases)
            self._impossible[condition] = not met
        return self._impossible[condition]

    def _pay(self, tests: int) -> bool:
        """Whether so many tests may still be made; then they count as made."""
        if tests > self._left:
            return False
        self._left -= tests
        return True

    def _values(self, asked: Sequence[Condition]) -> Mapping[str, Values]:
        names = dict.fromkeys(name for condition in asked for name in condition.names())
        if {SESSION_NUMBER, DAYS_SINCE_LAST} & set(names):
            names |= {SESSION_NUMBER: None, DAYS_SINCE_LAST: None}
        names.pop(BAND, None)
        return {name: values(name, self.protocol.facts.get(name), asked) for name in names}

    def _cases(self, values_by_name: Mapping[str, Values], *, banded: bool) -> Iterator[Case]:
        for chosen in product(*values_by_name.values()):
            found = zip(values_by_name, chosen, strict=True)
            case = {name: value for name, value in found if value is not None}
            if _can_be(case):
                yield self._banded(case) if banded else case

    def _banded(self, case: Case) -> Case:
        band = find_band(self.protocol, case)
        return case if band is None else {**case, BAND: band.id}


def weight(asked: Iterable[Condition]) -> int:
    """How many tests the conditions have, and one more for each."""
    return sum(1 + len(condition.tests) + weight(condition.any_of) for condition in asked)


def told(case: Case, names: Sequence[str], protocol: CareProtocol) -> str:
    """`longest needle 0.5 mm, no device`: the facts of a case, to name in a sentence."""
    return ", ".join(told_value(name, protocol.facts.get(name), case.get(name)) for name in names)


def _can_be(case: Case) -> bool:
    """Whether a session number and the days since the last session fit each other."""
    return SESSION_NUMBER not in case or (case[SESSION_NUMBER] == 1) is (DAYS_SINCE_LAST not in case)
