from __future__ import annotations

import pytest

from scheduler.domain.people.consent import Purpose, Word, latest
from scheduler.domain.people.patients import Channel
from tests.domain.care.builders import said


@pytest.mark.parametrize(
    ("words", "last"),
    [
        ((), None),
        ((Word.GIVEN,), Word.GIVEN),
        ((Word.GIVEN, Word.REFUSED), Word.REFUSED),
        ((Word.GIVEN, Word.STOPPED), Word.STOPPED),
        ((Word.STOPPED, Word.GIVEN), Word.GIVEN),
    ],
)
def test_the_latest_word_counts(words: tuple[Word, ...], last: Word | None) -> None:
    history = [said(word) for word in words]

    assert latest(history, channel=Channel.SMS, purpose=Purpose.CARE) is last


def test_consent_is_given_per_channel_and_purpose() -> None:
    history = [
        said(Word.GIVEN),
        said(Word.REFUSED, Channel.EMAIL),
        said(Word.STOPPED, purpose=Purpose.MARKETING),
    ]

    words = {
        (channel, purpose): latest(history, channel=channel, purpose=purpose)
        for channel in Channel
        for purpose in Purpose
    }

    assert words == {
        (Channel.SMS, Purpose.CARE): Word.GIVEN,
        (Channel.SMS, Purpose.MARKETING): Word.STOPPED,
        (Channel.EMAIL, Purpose.CARE): Word.REFUSED,
        (Channel.EMAIL, Purpose.MARKETING): None,
    }
