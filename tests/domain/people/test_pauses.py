from __future__ import annotations

from datetime import UTC, datetime

from scheduler.domain.people.pauses import Pause, PauseReason


def test_a_pause_is_the_same_whoever_reads_it() -> None:
    since = datetime(2026, 3, 3, 14, 35, tzinfo=UTC)

    read = Pause(reason=PauseReason("hospital"), note="", since=since)

    assert read == Pause(reason=PauseReason.HOSPITAL, note="", since=since)


def test_staff_say_why_in_one_of_three_words() -> None:
    assert [reason.value for reason in PauseReason] == ["hospital", "death", "other"]
