from __future__ import annotations

import pytest

from scheduler.domain.care.conditions import Value
from scheduler.domain.care.fact_words import facts_line, label_words, value_words
from scheduler.domain.care.protocols import Fact, FactType
from tests.builders import CATALOG

NEEDLE = Fact(
    id="needle_mm", type=FactType.NUMBER, label="Longest needle", unit="mm", choices=(0.25, 0.5, 1.0), max=3.5
)
PASSES = Fact(id="passes", type=FactType.NUMBER, label="Passes", choices=(1.0, 2.0))
DEVICE = Fact(id="modality", type=FactType.CHOICE, label="Device", choices=("pen", "rf"))


@pytest.mark.parametrize(
    ("fact", "value", "words"),
    [
        (NEEDLE, 0.25, "0.25 mm"),
        (NEEDLE, 1.0, "1.0 mm"),
        (NEEDLE, 3, "3.0 mm"),
        (PASSES, 2.0, "2"),
        (DEVICE, "rf", "RF"),
        (DEVICE, "pen", "pen"),
        (DEVICE, ("tranexamic_acid", "prp"), "tranexamic acid, PRP"),
        (DEVICE, True, "yes"),
        (DEVICE, False, "no"),
    ],
)
def test_a_value_is_said_with_its_unit(fact: Fact, value: Value, words: str) -> None:
    assert value_words(fact, value) == words


def test_a_label_within_a_sentence_is_small_unless_it_is_an_abbreviation() -> None:
    assert label_words(NEEDLE) == "longest needle"
    assert label_words(Fact(id="x", type=FactType.YES_NO, label="RF device")) == "RF device"


def test_the_line_of_a_session_names_what_was_recorded_and_not_what_was_not() -> None:
    protocol = CATALOG.protocols["microneedling"]

    line = facts_line(protocol, {"areas": ("face", "neck"), "adjuncts": (), "weeping": False, "needle_mm": 0.5})

    assert line == "0.5 mm, face, neck"
    assert facts_line(protocol, {"weeping": True}) == "weeping when the session ended"
