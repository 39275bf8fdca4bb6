from __future__ import annotations

import pytest

from scheduler.domain.care.conditions import Condition, Equal, FactTest, Not, OneOf
from scheduler.domain.care.drafts import needs_flag
from tests.domain.care.builders import when


@pytest.mark.parametrize(
    ("condition", "needs"),
    [
        (when(), False),
        (when(flags="herpes"), True),
        (when(flags=OneOf(("herpes", "keloid")), band="D1"), True),
        (when(flags=Not(Equal("pregnant"))), False),
        (when(band="D1"), False),
        (when(when(flags="herpes"), when(flags="keloid")), True),
        (when(when(flags="herpes"), when(band="D1")), False),
        (Condition(tests=(FactTest("flags", Not(Equal("a"))), FactTest("flags", Equal("b")))), True),
    ],
)
def test_a_rule_needs_a_flag_if_it_never_holds_without_one(condition: Condition, *, needs: bool) -> None:
    assert needs_flag(condition) is needs
