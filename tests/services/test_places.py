from __future__ import annotations

from collections import Counter

import pytest

from scheduler.services.places import Place, Places, most_calls, reserve_of


def start(places: Places, **waiting: int) -> Counter[tuple[str, Place]]:
    """Let these start as many calls as they may."""
    chosen = places.share_out(waiting)
    for sender_id, place in chosen:
        places.take(sender_id, place)
    return Counter(chosen)


@pytest.mark.parametrize("threads", [1, 2, 3, 4, 16, 64])
def test_never_more_is_under_way_than_a_crash_may_leave_in_doubt(threads: int) -> None:
    places = Places(threads)

    started = sum((start(places, **{f"s{number}": 1000}) for number in range(100)), Counter())

    assert started.total() <= most_calls(threads) <= max(2, threads * 1.5)


@pytest.mark.parametrize("threads", [1, 2, 4, 16])
def test_a_sender_alone_keeps_every_thread_busy_and_leaves_the_reserve(threads: int) -> None:
    started = start(Places(threads), alone=1000)

    assert started == {("alone", Place.POOL): most_calls(threads) - reserve_of(threads)}
    assert started.total() >= threads


@pytest.mark.parametrize("threads", [2, 4, 16])
def test_one_that_becomes_due_goes_at_once_though_anothers_calls_hold_every_thread(threads: int) -> None:
    places = Places(threads)
    start(places, hangs=1000)

    first, second = start(places, hangs=1000, due=10), start(places, hangs=1000, due=10)

    assert set(first) == {("due", Place.RESERVE)}
    assert second == {}, "until its own calls are over"


def test_several_senders_hang_and_one_more_still_goes() -> None:
    places = Places(16)
    for name in ("a", "b", "c"):
        start(places, **{name: 1000})

    assert start(places, d=1000) == {("d", Place.RESERVE): 1}


def test_what_is_over_makes_room() -> None:
    places = Places(4)
    start(places, hangs=1000)
    start(places, due=10)

    places.free("due", Place.RESERVE)
    places.free("hangs", Place.POOL)

    assert start(places, due=10) == {("due", Place.RESERVE): 1}
    assert places.calling == {"hangs", "due"}


def test_a_thread_that_comes_free_is_for_whoever_has_the_fewest_calls_under_way() -> None:
    places = Places(4)
    start(places, many=1000)
    for _ in range(2):
        places.free("many", Place.POOL)

    assert places.share_out({"many": 1000, "few": 10})[0] == ("few", Place.POOL)


def test_nobody_waits_for_a_thread_behind_another_senders_calls() -> None:
    places = Places(8)
    start(places, first=5)

    assert start(places, second=1000) == {("second", Place.POOL): 3}


def test_senders_start_by_turns() -> None:
    chosen = Places(4).share_out({"a": 1000, "b": 2, "c": 1})

    assert [sender_id for sender_id, _ in chosen] == ["a", "b", "c", "a", "b"]


def test_who_may_start_none_is_full() -> None:
    places = Places(4)
    start(places, hangs=1000)

    assert places.full({"hangs", "new"}) == {"hangs"}
