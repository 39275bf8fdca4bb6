from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.delivery.parts import Encoding, Parts, foreign, parts

GSM_7, UCS_2 = Encoding.GSM_7, Encoding.UCS_2


class Case(TypedDict):
    runs: list[tuple[str, int]]
    encoding: str
    units: int
    parts: int


TWILIO = json.loads(Path(__file__).with_name("twilio_parts.json").read_text(encoding="utf-8"))
CASES = cast("list[Case]", TWILIO["cases"])
CLUSTERS = cast("list[Case]", TWILIO["clusters"])


def spelt(case: Case) -> str:
    return "".join(piece * times for piece, times in case["runs"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", Parts(GSM_7, 1, 1)),
        ("a" * 160, Parts(GSM_7, 160, 1)),
        ("a" * 161, Parts(GSM_7, 161, 2)),
        ("a" * 306, Parts(GSM_7, 306, 2)),
        ("a" * 307, Parts(GSM_7, 307, 3)),
        ("€" * 80, Parts(GSM_7, 160, 1)),
        ("€" * 81, Parts(GSM_7, 162, 2)),
        ("a" * 159 + "€", Parts(GSM_7, 161, 2)),
        ("é" * 160, Parts(GSM_7, 160, 1)),
        ("á" + "a" * 69, Parts(UCS_2, 70, 1)),
        ("á" + "a" * 70, Parts(UCS_2, 71, 2)),
        ("á€[]" + "a" * 66, Parts(UCS_2, 70, 1)),  # what takes two units of GSM-7 takes one here
        ("’" * 134, Parts(UCS_2, 134, 2)),
        ("’" * 135, Parts(UCS_2, 135, 3)),
        ("😀" * 35, Parts(UCS_2, 70, 1)),
    ],
)
def test_a_text_is_counted_in_the_units_of_its_encoding(text: str, expected: Parts) -> None:
    assert parts(text) == expected


def test_an_escaped_character_is_never_split_over_two_parts() -> None:
    assert parts("a" * 152 + "€" + "a" * 152) == Parts(GSM_7, 306, 3)
    assert parts("a" * 151 + "€" + "a" * 153) == Parts(GSM_7, 306, 2)


def test_a_surrogate_pair_is_never_split_over_two_parts() -> None:
    assert parts("’" * 66 + "😀" + "’" * 66) == Parts(UCS_2, 134, 3)
    assert parts("’" * 65 + "😀" + "’" * 67) == Parts(UCS_2, 134, 2)


def test_an_empty_text_has_no_part_where_twilio_says_one() -> None:
    assert parts("") == Parts(GSM_7, 0, 0)


def test_half_a_surrogate_pair_counts_as_one_foreign_character() -> None:
    assert parts("\ud83d") == Parts(UCS_2, 1, 1)


def test_foreign_characters_are_named_once_in_order() -> None:
    assert foreign("Clinic’s “no-shows” – José’s naïve café") == ("’", "“", "”", "–", "ï")
    assert foreign("plain [text] for 5€ @ Ñandú's") == ("ú",)
    assert foreign("\f\n\r ^{}\\[~]|€") == ()


def test_our_count_is_that_of_twilios_calculator() -> None:
    assert len(CASES) > 500

    for case in filter(spelt, CASES):
        size = parts(spelt(case))

        answer = (case["encoding"].lower(), case["units"], case["parts"])
        assert (size.encoding.value, size.units, size.parts) == answer, case


def test_signs_of_several_characters_differ_by_a_part_at_most() -> None:
    for case in CLUSTERS:
        size = parts(spelt(case))

        assert (size.encoding.value, size.units) == (case["encoding"].lower(), case["units"])
        assert case["parts"] - size.parts in {0, 1}, case


@given(st.text(max_size=700))
def test_a_longer_text_never_takes_fewer_parts(text: str) -> None:
    assert parts(text).parts <= parts(text + "a").parts <= parts(text).parts + 1


@given(st.text(alphabet=st.sampled_from("a€"), max_size=700))
def test_one_foreign_character_never_makes_a_text_cheaper(text: str) -> None:
    assert parts(text + "a").parts <= parts(text + "’").parts
