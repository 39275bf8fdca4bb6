from __future__ import annotations

from dataclasses import replace

from scheduler.domain.care.history import NOTHING_YET, History, ToldDate
from tests.domain.care.builders import ENDED, utc


def told(topic: str, until: str) -> ToldDate:
    return ToldDate(topic=topic, until=utc(until), told_at=ENDED)


def test_the_last_told_date_is_the_latest_of_the_topics_asked_for() -> None:
    history = History(
        told=(told("acids", "2026-03-12"), told("acids", "2026-03-10"), told("makeup", "2026-03-30")),
    )

    assert history.last_told(("retinoid_otc", "acids")) == utc("2026-03-12")


def test_without_a_told_date_there_is_no_last_one() -> None:
    assert NOTHING_YET.last_told(("acids",)) is None
    assert History(told=(told("makeup", "2026-03-30"),)).last_told(("acids",)) is None


def test_what_was_told_from_a_moment_on_is_left_out_where_only_what_came_before_it_counts() -> None:
    early, late = told("acids", "2026-03-08"), told("acids", "2026-03-30")
    history = History(told=(replace(early, told_at=utc("2026-03-01")), replace(late, told_at=utc("2026-03-20"))))

    assert history.last_told(("acids",), before=utc("2026-03-20")) == utc("2026-03-08")
    assert history.last_told(("acids",), before=utc("2026-03-21")) == utc("2026-03-30")
    assert history.last_told(("acids",), before=utc("2026-03-01")) is None
