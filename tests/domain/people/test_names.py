from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.people.names import compared_name, listed_name, name_beginnings, name_fits, normal_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("José", "Jose"),
        ("Jose\u0301", "José"),  # an accent of its own
        ("AMIRA KHAN", "Amira Khan"),
        ("  Amira \t Khan\n", "Amira Khan"),
        ("Amira\u00a0Khan", "Amira Khan"),
        ("O'Brien", "O’Brien"),
        ("O\u02bcBrien", "O Brien"),
        ("Anna-Marie", "Anna Marie"),
        ("Anna\u2011Marie", "Anna Marie"),
        ("Khan, Amira", "Khan Amira"),
        ("Łucja", "Lucja"),
        ("Søren Ærø", "soren aero"),
        ("ĐẶNG", "Dang"),
        ("İbrahim", "ibrahim"),
        ("Irmak", "\u0131rmak"),
        ("Straße", "STRASSE"),
        ("Müller", "Muller"),
        ("Σίσυφος", "ΣΙΣΥΦΟΣ"),
        ("أحمد", "احمد"),
        ("\U0001d400mira", "Amira"),  # a letter in bold, as copied from a profile
        ("\ufb01ona", "Fiona"),  # one sign for two letters
        ("Jo\u200dhn\ufeff", "John"),  # what can't be seen
    ],
)
def test_two_spellings_of_a_name_are_equal(one: str, other: str) -> None:
    assert normal_name(one) == normal_name(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Amira Khan", "Amir Khan"),
        ("Müller", "Mueller"),
        ("Anna Marie", "Annamarie"),
        ("\u304b\u305a\u304d", "\u304c\u305a\u304d"),  # voiced kana are other letters
        ("कुमार", "कमार"),  # so are vowel signs
        ("王小明", "王小月"),
        ("佐々木", "佐木"),
    ],
)
def test_two_names_stay_two(one: str, other: str) -> None:
    assert normal_name(one) != normal_name(other)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("José  O’Brien-Łuc", "jose o brien luc"),
        ("王小明", "王小明"),
        ("김민수", "김민수"),
        ("Anna (2)", "anna 2"),
    ],
)
def test_a_normal_name_is_plain_and_small(name: str, expected: str) -> None:
    assert normal_name(name) == expected


@pytest.mark.parametrize("name", ["", "   ", "---", "?!", "\u200b", "\u0301", "\x00", "\ud800", "🎉"])
def test_nothing_is_left_of_what_is_no_name(name: str) -> None:
    assert normal_name(name) == ""
    assert name_beginnings(name) == frozenset()


@given(st.text())
def test_a_normal_name_is_its_own(name: str) -> None:
    normal = normal_name(name)

    assert normal_name(normal) == normal
    assert normal == " ".join(normal.split())


@given(st.text(), st.text())
def test_words_are_normalised_one_by_one(first: str, second: str) -> None:
    words = [normal_name(first), normal_name(second)]

    assert normal_name(f"{first} {second}") == " ".join(filter(None, words))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Amira Khan", {"ami", "kha"}),
        ("O'Brien", {"o", "bri", "obr"}),
        ("Jo Ann Lee", {"jo", "ann", "lee", "joa"}),
        ("Jose O'Brien", {"jos", "o", "bri", "obr"}),
        ("Łucja", {"luc"}),
        ("王小明", {"王小明"}),
        ("İz", {"iz"}),
    ],
)
def test_a_name_is_found_by_three_letters_from_any_word_on(name: str, expected: set[str]) -> None:
    assert name_beginnings(name) == expected


@pytest.mark.parametrize("typed", ["josé", "Obrien", "o'br", "BRIENNE"])
def test_what_somebody_starts_to_type_meets_the_name(typed: str) -> None:
    beginnings = name_beginnings("Jose O’Brien")

    assert normal_name(typed).replace(" ", "")[:3] in beginnings


@pytest.mark.parametrize(("one", "other"), [("O'Brien", "OBrien"), ("Anne-Marie Roe", "Annemarie Roe")])
def test_names_that_are_typed_for_one_another_are_compared_as_one(one: str, other: str) -> None:
    assert compared_name(one) == compared_name(other)
    assert normal_name(one) != normal_name(other)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Amira Khan", "Amira K"),
        ("Bea van der Osei", "Bea O"),
        ("Zoë", "Zoë"),
        ("  jo   brown ", "jo B"),
        ("Łucja Ægir", "Łucja Æ"),
        ("", ""),
    ],
)
def test_a_list_shows_the_first_name_and_the_last_initial(name: str, shown: str) -> None:
    assert listed_name(name) == shown


@pytest.mark.parametrize(
    "typed",
    [
        "Amira",
        "khan",
        "ami kha",
        "kha ami",
        "amirak",
        "a k",
        "O'Brien",
        "obr",
        "brien",
        "lin",
        "Amira Khan-O’Brien Lin",
    ],
)
def test_what_was_typed_fits_a_name_that_begins_so(typed: str) -> None:
    assert name_fits("Amira Khan-O'Brien Lin", typed)


@pytest.mark.parametrize("typed", ["Amirah", "mira", "amira kahn", "rien", "khana", "amira khan zoe"])
def test_what_was_typed_does_not_fit_a_name_that_begins_otherwise(typed: str) -> None:
    assert not name_fits("Amira Khan-O'Brien Lin", typed)
