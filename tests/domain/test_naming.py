from __future__ import annotations

import pytest

from scheduler.domain.naming import did_you_mean, labels, quoted


@pytest.mark.parametrize(
    ("name", "known", "mend"),
    [
        ("needle", ["modality", "needle_mm"], "did you mean needle_mm?"),
        ("neeedle_mm", ["needle", "needle_mm"], "did you mean needle_mm?"),
        ("laser", ["pen", "rf", "dermaroller"], "use one of: dermaroller, pen, rf"),
        ("x", [], "leave it out"),
        ("", ["pen"], "use one of: pen"),
    ],
)
def test_an_unknown_name_gets_the_nearest_known_one_or_all_of_them(name: str, known: list[str], mend: str) -> None:
    assert did_you_mean(name, known) == mend


def test_a_long_list_is_cut() -> None:
    mend = did_you_mean("x", [f"name-{number:02}" for number in range(99)])

    assert mend.startswith("use one of: name-00, name-01")
    assert mend.endswith("name-29, and others")


def test_a_name_that_is_part_of_one_known_finds_it() -> None:
    assert did_you_mean("london", ["Africa/Abidjan", "Europe/London"]) == "did you mean Europe/London?"


def test_a_very_long_name_is_compared_in_no_time() -> None:
    assert did_you_mean("needle_mm" + "m" * 10_000_000, ["needle_mm"]) == "use one of: needle_mm"


def test_of_thousands_of_names_those_that_begin_alike_are_compared() -> None:
    names = [f"rule-{number:05}" for number in range(5000)]

    assert did_you_mean("rule-04999x", names) == "did you mean rule-04999?"
    assert did_you_mean("4999", names) == "did you mean rule-04999?"


def test_a_rule_is_called_by_its_name_its_count_or_its_place() -> None:
    assert list(labels(["a", None, "a"], noun="band")) == ['band "a"', "band number 2", 'band "a" (2)']


def test_a_long_name_is_cut_to_what_fits_in_a_sentence() -> None:
    assert quoted("x" * 41) == f'"{"x" * 40}…"'
