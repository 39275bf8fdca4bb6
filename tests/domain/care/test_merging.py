from __future__ import annotations

from itertools import permutations

import pytest

from scheduler.domain.care.merging import Merged, merge, stretch_of
from scheduler.domain.care.windows import Window
from tests.domain.care.builders import a_window, lasts, utc


def window(session_id: str, start: str, end: str, topic: str = "acids") -> Window:
    return Window(
        topic=topic,
        session_id=session_id,
        start=utc(f"2026-{start}"),
        end=utc(f"2026-{end}"),
        rule=a_window(topic),
        base=lasts("5d"),
    )


def told(merged: Merged, topic: str = "acids") -> list[tuple[str, str, list[str]]]:
    return [
        (f"{part.start:%m-%d}", f"{part.end:%m-%d}", [inner.session_id for inner in part.contributors])
        for part in merged[topic]
    ]


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (("03-05", "03-12"), [("03-03", "03-12", ["a", "b"])]),  # overlaps
        (("03-09", "03-12"), [("03-03", "03-12", ["a", "b"])]),  # touches
        (("03-04", "03-06"), [("03-03", "03-09", ["b", "a"])]),  # inside
        (("03-10", "03-12"), [("03-03", "03-09", ["a"]), ("03-10", "03-12", ["b"])]),  # apart
    ],
)
def test_touching_stretches_of_a_topic_become_one(
    second: tuple[str, str], expected: list[tuple[str, str, list[str]]]
) -> None:
    assert told(merge([window("a", "03-03", "03-09"), window("b", *second)])) == expected


def test_a_stretch_reaches_over_what_lies_inside_it() -> None:
    merged = merge([window("a", "03-01", "03-20"), window("b", "03-02", "03-05"), window("c", "03-10", "03-12")])

    assert told(merged) == [("03-01", "03-20", ["b", "c", "a"])]


def test_the_contributor_that_ends_last_owns_the_end() -> None:
    (part,) = merge([window("a", "03-03", "03-12"), window("b", "03-05", "03-09")])["acids"]

    assert part.owner.session_id == "a"
    assert part.end == part.owner.end


def test_of_two_that_end_together_the_later_session_owns_the_end() -> None:
    (part,) = merge([window("a", "03-05", "03-09"), window("b", "03-03", "03-09")])["acids"]

    assert part.owner.session_id == "a"


def test_topics_are_merged_apart() -> None:
    merged = merge([window("a", "03-03", "03-09"), window("b", "03-05", "03-12", "swim")])

    assert told(merged) == [("03-03", "03-09", ["a"])]
    assert told(merged, "swim") == [("03-05", "03-12", ["b"])]


def test_the_order_of_what_is_merged_makes_no_difference() -> None:
    windows = [
        window("a", "03-01", "03-05"),
        window("b", "03-01", "03-05"),
        window("c", "03-05", "03-07"),
        window("d", "03-20", "03-21", "swim"),
        window("e", "03-09", "03-10"),
    ]

    ways = [merge(order) for order in permutations(windows)]

    assert all(way == ways[0] and list(way) == list(ways[0]) for way in ways)


def test_a_window_knows_its_stretch() -> None:
    first, second = window("a", "03-03", "03-09"), window("b", "03-20", "03-25")
    merged = merge([second, first])

    assert stretch_of(merged, first) == merged["acids"][0]
    assert stretch_of(merged, second) == merged["acids"][1]


def test_nothing_merged_is_nothing() -> None:
    assert merge([]) == {}
