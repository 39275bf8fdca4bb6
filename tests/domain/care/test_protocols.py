from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.domain.care.protocols import Advice, Band, ToldBy, Topic, TopicWords
from tests.domain.care.builders import a_protocol, a_version, a_window, lasts


@pytest.mark.parametrize(
    ("written", "elapsed"),
    [
        ("2s", timedelta(seconds=2)),
        ("90m", timedelta(minutes=90)),
        ("48h", timedelta(hours=48)),
        ("5d", timedelta(days=5)),
    ],
)
def test_a_duration_is_told_as_it_was_written(written: str, elapsed: timedelta) -> None:
    duration = lasts(written)

    assert str(duration) == written
    assert duration.elapsed == elapsed


def test_bands_are_ordered_as_the_file_first_names_them() -> None:
    bands = [Band(id=name) for name in ("D0", "D1", "D3", "D2", "D3", "D4", "D4")]

    assert a_protocol(bands=bands).band_order == ("D0", "D1", "D3", "D2", "D4")


def test_a_window_has_the_length_of_its_band() -> None:
    window = a_window(until={"D0": "3d", "D1": "5d"})

    assert window.length("D1") == lasts("5d")
    assert window.length("D2") is None
    assert window.length(None) is None


def test_one_length_stands_for_every_band_and_for_none() -> None:
    window = a_window(until="28d")

    assert window.length("D4") == window.length(None) == lasts("28d")


def test_topics_are_named_in_the_first_language_that_has_a_word() -> None:
    words = {"retinoid": ("en", "de"), "acids": ("en",), "heat": ("fr",)}
    topics = [
        Topic(
            id=name,
            advice=Advice.AVOID,
            told_by=ToldBy.TEXT,
            words={tag: TopicWords(name=f"{name} {tag}") for tag in tags},
        )
        for name, tags in words.items()
    ]

    assert a_version(topics=topics).topic_names("de", "en") == {"retinoid": "retinoid de", "acids": "acids en"}
